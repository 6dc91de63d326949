"""No nonce comes twice under one key: not over reboots, power cuts, clock steps, nor with a constant random source."""

import os

import pytest
from gatehouse.suite import HouseSuite
from gatelink.ticks import PERIOD
from hypothesis import HealthCheck, Phase, example, given, seed, settings
from hypothesis import strategies as st
from suites import GateSuite
from tapped_bench import TappedBench

from .recorded_ciphers import record
from .siege import ATTACKS, MISHAPS, PEOPLE, Siege

SOURCES = ("good", "constant at the gate", "constant at the house", "constant at both")
STEPS = st.sampled_from(PEOPLE + 2 * MISHAPS + ("clock_steps",) + ATTACKS + 2 * ("replays_handshakes", "mends"))
LIVES = st.lists(st.tuples(STEPS, st.integers(0, 999)), min_size=12, max_size=12)


def spoil(monkeypatch, source):
    """The system's random source, as each side's suite finds it, gives zeros."""
    if source in ("constant at the gate", "constant at both"):
        monkeypatch.setattr(GateSuite, "random", lambda self, size: bytes(size))
    if source in ("constant at the house", "constant at both"):
        real = HouseSuite.random

        def drawn(self, size):
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(os, "urandom", bytes)
                return real(self, size)

        monkeypatch.setattr(HouseSuite, "random", drawn)


@pytest.mark.parametrize("source", SOURCES)
def test_no_nonce_repeats_whatever_the_two_ends_go_through(monkeypatch, source):
    """Sessions, reboots, power cuts in the ratchet, clock steps, replays, in any order, over the wrap of the ticks."""
    spoil(monkeypatch, source)
    recorded = []

    @seed(3)
    @settings(
        max_examples=7,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @example([("time_passes", 0), ("time_passes", 0), ("replays_handshakes", 0)])
    @example([("time_passes", 300), ("house_starts_anew", 0), ("replays_handshakes", 0), ("replays", 0)])
    @given(LIVES)
    def lives(steps):
        with pytest.MonkeyPatch.context() as patched:
            sealed = record(patched)
            Siege(PERIOD - 20_000).live(steps)
        recorded.append(len(sealed.times))
        assert sealed.repeated() == []

    lives()
    assert max(recorded) > 50


def test_each_session_has_its_own_keys_also_where_every_random_source_is_constant(monkeypatch):
    """Twenty starts of both sides, at the same moment of the same clock."""
    spoil(monkeypatch, "constant at both")
    sealed = record(monkeypatch)
    bench = TappedBench()
    for _ in range(20):
        bench.run_until(lambda: bench.end.is_up() and bench.house.is_up())
        bench.run(100)
        bench.now = 1000
        bench.start_house()
        bench.power_up()

    assert len({key for key, _ in sealed.times}) == 40
    assert sealed.repeated() == []


def test_a_repeat_would_be_seen(monkeypatch):
    """A gate that forgets its step and a house that forgets its nonces repeat; the record shows it."""
    for suite in (GateSuite, HouseSuite):
        monkeypatch.setattr(suite, "random", lambda self, size: bytes(size))
    sealed = record(monkeypatch)
    for _ in range(2):
        TappedBench().bring_up()

    assert len(sealed.repeated()) > 2
