"""What the fire contact tells, and that nothing outvotes it at the relays."""

from gate.fire import FIRE_MS, OVER_MS, Fire
from gate.relays import Relays
from gatelink.ticks import PERIOD, add


class Chip:
    """Notes what the relays are told."""

    def __init__(self):
        self.told = []

    def set_relays(self, released):
        self.told.append(released)


def sampled(fire, alarm, ms, now, period_ms=10):
    """Names of the facts while the contact says so for `ms`."""
    found = []
    for at in range(0, ms, period_ms):
        fact = fire.sample(alarm, add(now, at))
        if fact is not None:
            found.append(type(fact).__name__)
    return found


def test_fire_is_seen_within_fifty_milliseconds():
    """At the slowest loop of 10 ms, at any moment of the clock; its end when the contact was quiet for a while."""
    for start in (1000, PERIOD - 25, PERIOD - 1):
        fire = Fire(False, start)
        assert sampled(fire, 1, 40, start) == ["FireOn"]
        assert fire.stands
        assert sampled(fire, 1, 1000, add(start, 40)) == []
        assert sampled(fire, 0, OVER_MS, add(start, 1040)) == []
        assert fire.stands
        assert sampled(fire, 0, 20, add(start, 1040 + OVER_MS)) == ["FireOff"]
        assert not fire.stands
        assert sampled(fire, 1, 40, add(start, 2000 + OVER_MS)) == ["FireOn"]


def test_a_spike_is_no_fire():
    fire = Fire(False, 1000)
    assert sampled(fire, 1, FIRE_MS - 1, 1000, 1) == []
    assert sampled(fire, 0, 100, 1000 + FIRE_MS, 1) == []


def test_fire_that_stood_at_the_start_is_told_at_once_and_so_is_its_end():
    """Even if it ended before the first sample."""
    assert sampled(Fire(True, 1000), 1, 100, 1000) == ["FireOn"]
    fire = Fire(True, 1000)
    assert sampled(fire, 0, OVER_MS + 20, 1000) == ["FireOn", "FireOff"]


def test_a_contact_that_flickers_is_one_fire():
    """Relays do not chatter with it, and the journal is not filled by it."""
    fire = Fire(False, 1000)
    found = []
    for at in range(1000, 61000, 100):
        found += sampled(fire, 1, 50, at) + sampled(fire, 0, 50, at + 50)
        assert fire.stands
    assert found == ["FireOn"]


def test_the_deadline_names_the_moment_the_contact_becomes_steady():
    fire = Fire(False, 0)
    assert fire.deadline() is None
    fire.sample(1, 100)
    assert fire.deadline() == 100 + FIRE_MS


def test_nothing_shuts_the_relays_while_fire_stands():
    """Neither a shut, nor the end of a pulse, nor another release; afterwards what was wanted counts."""
    chip = Chip()
    relays = Relays(chip, True)
    relays.shut()
    relays.release(1, 1300)
    relays.let_time_pass(1300)
    assert set(chip.told) == {3}
    relays.set_fire(False)
    assert chip.told[-1] == 0
    relays.release(2, None)
    relays.set_fire(True)
    relays.set_fire(False)
    assert chip.told[-3:] == [2, 3, 2]


def test_a_pulse_ends_when_its_time_is_up_and_one_side_may_end_before():
    chip = Chip()
    relays = Relays(chip, False)
    relays.release(3, 1300)
    relays.shut(2)
    relays.let_time_pass(1299)
    assert (chip.told[-1], relays.off_at) == (1, 1300)
    relays.let_time_pass(1300)
    assert (chip.told[-1], relays.off_at) == (0, None)
