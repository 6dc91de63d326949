"""Openings on the pins against what the house commits, while writes fail and the power does; `python -m tests.lane`."""

from posted_walk import walk

EVENTS = 25000  # for each seed
SEEDS = (1, 2, 3, 4, 5, 6, 7, 8)


def test_every_opening_on_the_pins_has_its_entry_and_one_outcome_whenever_the_power_fails():
    cuts = full = 0
    for seed in SEEDS:
        print("seed", seed)
        bench = walk(seed, EVENTS)
        assert bench.opens > EVENTS // 100
        assert bench.outcomes >= bench.opens
        cuts += bench.cuts
        full += bench.full
    assert cuts > 50, "the power has hardly failed"
    assert full > 1000, "the journal was hardly ever full"
