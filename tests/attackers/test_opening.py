"""Whatever somebody does to the cable, the lane opens for nothing but the house's own word on the tap before it."""

import os
import random

import pytest
from gatelink import codes
from hypothesis import HealthCheck, Phase, example, given, seed, settings
from hypothesis import strategies as st
from suites import GateSuite

from .siege import ATTACKS, MISHAPS, PEOPLE, Siege

ALLOWED, DENIED = 0, 1
KEPT_BACK = ("time_passes", 300), ("holds_verdicts_and_orders", 0)
EXAMPLES = int(os.environ.get("SIEGES", "14"))
# People come often: a siege without them proves nothing.
STEPS = st.sampled_from(3 * PEOPLE + 2 * ("holds_verdicts_and_orders", "lets_go", "mends") + ATTACKS + MISHAPS)
LIVES = st.lists(st.tuples(STEPS, st.integers(0, 999)), min_size=30, max_size=30)


@pytest.fixture
def same_draws_each_time(monkeypatch):
    """Both sides' random numbers follow from a seed, so that what was found is found again."""
    from gatehouse.suite import HouseSuite

    def begin():
        source = random.Random(5)
        for suite in (GateSuite, HouseSuite):
            monkeypatch.setattr(suite, "random", lambda self, size: source.randbytes(size))

    return begin


def test_every_pulse_has_its_own_fresh_word_from_the_house(same_draws_each_time):
    """No tap or order is answered by another's word, an old word, a word said twice; and no record is lost."""
    pulses = []

    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @example([*KEPT_BACK, ("somebody_comes", ALLOWED), ("somebody_comes", DENIED), ("lets_go", 0)])
    @example([*KEPT_BACK, ("staff_opens", 0), ("time_passes", 460), ("lets_go", 0)])
    @given(LIVES)
    def lives(steps):
        same_draws_each_time()
        siege = Siege()
        siege.live(steps)
        siege.bench.judge()
        openings = [entry for entry in siege.bench.ledger if entry[0] == codes.REPORT_OPENING]
        assert len(openings) == len(siege.bench.opened_for)
        pulses.append(len(siege.bench.opened_for))

    lives()
    assert sum(pulses) > EXAMPLES, "a siege in which nobody passes proves nothing"
