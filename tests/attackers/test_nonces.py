"""No nonce comes twice under one key: not over reboots, power cuts, clock steps, nor with a constant random source."""

import contextlib
import os

import pytest
from gate_bench import TO_GATE, TO_HOUSE
from gatehouse.suite import HouseSuite
from gatelink import codes
from gatelink.house_to_gate import Order
from gatelink.ticks import PERIOD
from hypothesis import HealthCheck, example, given, seed, settings
from hypothesis import strategies as st
from ram_flash import PowerCut
from suites import GateSuite
from tapped_bench import TappedBench

from .recorded_ciphers import record

SOURCES = ("good", "constant at the gate", "constant at the house", "constant at both")


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


class Life:
    """A gate and a house through what a seed gives them; whoever holds the cable repeats what he has seen."""

    def __init__(self):
        self.bench = TappedBench(PERIOD - 40_000)  # ticks wrap on the way

    def live(self, steps):
        for step, number in steps:
            getattr(self, step)(number)
        self.bench.tap.cut = ()
        self.bench.keys_flash.cut_at = 0
        self.bench.run(9000)

    def wait(self, number):
        self.bench.run(number * 20)

    def swipe(self, number):
        self.bench.lay_card()
        self.bench.run(50 + number)

    def order(self, number):
        if self.bench.house.is_up():
            self.bench.house.send(Order(number, codes.ORDER_OPEN_ONCE), self.bench.now)
            self.bench.run(20)

    def restart_gate(self, number):
        self.bench.power_up()
        self.bench.run(number)

    def restart_house(self, number):
        self.bench.start_house()
        self.bench.run(number)

    def cut_cable(self, number):
        self.bench.tap.cut = ((TO_GATE,), (TO_HOUSE,), (TO_GATE, TO_HOUSE))[number % 3]
        self.bench.run(3600 if number % 2 else 500)
        self.bench.tap.cut = ()

    def cut_power(self, number):
        """In one of the next operations on the key partition."""
        flash = self.bench.keys_flash
        flash.operations, flash.cut_at, flash.torn = 0, 1 + number % 3, number % 64

        def fails(part, failure):
            if isinstance(failure, PowerCut):
                raise failure

        self.bench.power_up()
        self.bench.supervisor._crashed = fails
        with contextlib.suppress(PowerCut):
            self.bench.run(300)
        flash.cut_at = 0
        self.bench.power_up()

    def step_clock(self, number):
        """Both ends' clocks jump, back or forth."""
        self.bench.now = (self.bench.now + (number - 50) * 400) % PERIOD

    def replay(self, number):
        seen = self.bench.tap.seen
        for way, frame in seen[-(number + 1) :]:
            self.bench.tap.inject(way, frame)
        self.bench.run(5)

    def replay_handshake(self, number):
        """Every clear frame so far, to a house that has perhaps forgotten."""
        clear = [(way, frame) for way, frame in self.bench.tap.seen if b"\xa1\x01\x0a" not in frame]
        self.bench.replay(clear[-20:])


STEPS = [name for name in vars(Life) if name[0] != "_" and name != "live"]
LIVES = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 99)), min_size=3, max_size=14)


@pytest.mark.parametrize("source", SOURCES)
def test_no_nonce_repeats_whatever_the_two_ends_go_through(monkeypatch, source):
    """Sessions, reboots, power cuts in the ratchet, clock steps, replays, in any order."""
    spoil(monkeypatch, source)
    recorded = []

    @seed(3)
    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @example([("wait", 0), ("wait", 0), ("replay_handshake", 0)])
    @given(LIVES)
    def lives(steps):
        with pytest.MonkeyPatch.context() as patched:
            sealed = record(patched)
            Life().live(steps)
        recorded.append(len(sealed.times))
        assert sealed.repeated() == []

    lives()
    assert max(recorded) > 50


def test_each_session_has_its_own_keys_also_where_every_random_source_is_constant(monkeypatch):
    """Forty starts of both sides, at the same moment of the same clock."""
    spoil(monkeypatch, "constant at both")
    sealed = record(monkeypatch)
    bench = TappedBench()
    for _ in range(40):
        bench.run_until(lambda: bench.end.is_up() and bench.house.is_up())
        bench.run(100)
        bench.now = 1000
        bench.start_house()
        bench.power_up()

    assert len({key for key, _ in sealed.times}) == 80
    assert sealed.repeated() == []


def test_a_repeat_would_be_seen(monkeypatch):
    """A gate that forgets its step and a house that forgets its nonces repeat; the record shows it."""
    monkeypatch.setattr(GateSuite, "random", lambda self, size: bytes(size))
    monkeypatch.setattr(HouseSuite, "random", lambda self, size: bytes(size))
    sealed = record(monkeypatch)
    for _ in range(2):
        TappedBench().bring_up()

    assert len(sealed.repeated()) > 2
