"""A hundred thousand random facts in a row; `python -m tests.lane` goes on for millions."""

from gatelink.ticks import PERIOD, add
from lane_walk import walk

EVENTS = 12500  # for each seed
SEEDS = (1, 2, 3, 4, 5, 6, 7, 8)


def test_no_order_of_facts_breaks_a_promise():
    """No Open without its own record, one outcome each, one tap one opening, no relay past its limit, fire wins."""
    for seed in SEEDS:
        opens, wraps = walk(seed, EVENTS)
        print("seed", seed, "opened", opens, "times")
        assert opens > EVENTS // 100
        assert wraps >= 1


def test_ticks_are_added_modulo_their_period():
    """The walk starts just before the wrap."""
    assert add(PERIOD - 1, 1) == 0
