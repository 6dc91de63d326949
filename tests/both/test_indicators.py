"""What people see and hear of a signal."""

from gate import signals
from gate.indicators import ROW_BYTES, TABLE, Indicators, pattern
from gatelink.ticks import PERIOD, add

ALL = range(signals.OUT_OF_SERVICE + 1)


def seen(signal, ms, now=0, step_ms=10):
    """The outputs every `step_ms` after a signal begins."""
    indicators = Indicators(now)
    indicators.show(signal, now)
    return [indicators.outputs(add(now, at)) for at in range(0, ms, step_ms)]


def lit(outputs):
    """Whether any lamp is on."""
    return any(outputs[:3])


def flashes(signal, ms):
    """How often lamps go on within `ms`, the start apart."""
    values = [lit(outputs) for outputs in seen(signal, ms)]
    return sum(1 for i in range(1, len(values)) if values[i] and not values[i - 1])


def test_colours_say_what_people_expect():
    """Green to go, red to stop, amber to do something else; one colour at a time."""
    for signal in ALL:
        for red, green, amber, _ in seen(signal, 5000):
            assert red + green + amber <= 1
            assert not green or signal in (signals.GO, signals.FIRE)
            assert not red or signal in (signals.STOP, signals.OUT_OF_SERVICE)


def test_every_signal_can_be_told_without_its_colour():
    """The rhythm of light alone differs between any two."""
    assert len(TABLE) == ROW_BYTES * len(ALL)
    rhythms = [tuple(lit(outputs) for outputs in seen(signal, 8000)) for signal in ALL]
    for a in ALL:
        for b in range(a):
            assert rhythms[a] != rhythms[b], (a, b)
    assert len({pattern(signal)[1] for signal in ALL}) == len(ALL)


def test_every_signal_can_be_told_by_its_sound_alone():
    """Nobody needs to see: whatever answers a card has a sound of its own."""
    sounds = [tuple(outputs[3] for outputs in seen(signal, 5000)) for signal in ALL]
    assert len(set(sounds)) == len(ALL)
    assert [signal for signal in ALL if not any(sounds[signal])] == [signals.IDLE]


def test_nothing_flashes_more_than_three_times_a_second():
    """WCAG 2.3.1."""
    for signal in ALL:
        assert flashes(signal, 10000) <= 30


def test_every_signal_is_lit_at_once():
    """Nobody waits for the first light."""
    for signal in ALL:
        assert lit(seen(signal, 10)[0])


def test_go_is_steady_and_stop_is_not():
    """The one that lets people through is the calm one."""
    assert all(green for _, green, _, _ in seen(signals.GO, 5000))
    assert flashes(signals.STOP, 4000) >= 8


def test_sounds_end_by_themselves():
    """After four seconds at most there is silence, for good."""
    for signal in ALL:
        assert not any(buzzer for _, _, _, buzzer in seen(signal, 20000)[400:])
    assert any(buzzer for _, _, _, buzzer in seen(signals.STOP, 500))
    assert not any(buzzer for _, _, _, buzzer in seen(signals.IDLE, 5000))


def test_outputs_change_only_at_the_deadline():
    """Whoever sleeps until then misses nothing."""
    for signal in ALL:
        now = PERIOD - 3000
        indicators = Indicators(now)
        indicators.show(signal, now)
        dense = seen(signal, 6000, now)
        before = 0
        while before < 6000:
            outputs = indicators.outputs(add(now, before))
            due = indicators.deadline()
            after = 6000 if due is None else min(6000, (due - now) % PERIOD)
            assert after > before
            for at in range(before, after, 10):
                assert dense[at // 10] == outputs, (signal, at)
            before = after


def test_a_signal_may_stand_for_days():
    """The rhythm goes on through every wrap of the ticks, and after a pause of the loop."""
    indicators = Indicators(0)
    now = 0
    for _ in range(100):
        now = add(now, PERIOD // 5)
        on = sum(lit(indicators.outputs(add(now, at))) for at in range(0, 3000, 10))
        now = add(now, 3000)
        assert 5 <= on <= 20


def test_a_new_signal_begins_at_once():
    """Whatever the old one was doing."""
    indicators = Indicators(0)
    indicators.show(signals.STOP, 0)
    assert indicators.outputs(0) == (True, False, False, True)
    indicators.show(signals.GO, 50)
    assert indicators.outputs(50) == (False, True, False, True)
    assert indicators.outputs(500) == (False, True, False, False)
