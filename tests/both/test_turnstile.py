"""What the beams, the fire contact and the key switch tell."""

from gate.turnstile import BEAM_MS, DIRECTION, FIRE_MS, KEY_MS, P_CLEAR, Turnstile
from gatelink.ticks import PERIOD, add

NONE, ENTRY, EXIT, BOTH = 0, 1, 2, 3


class Passage:
    """A turnstile whose inputs are set and sampled every few milliseconds."""

    def __init__(self, now=1000, period_ms=5):
        self.now = now
        self.period_ms = period_ms
        self.turnstile = Turnstile(now)
        self.beams = self.fire = self.key = 0
        self.facts = []

    def hold(self, ms, beams=None, fire=None, key=None):
        """Set inputs and keep them for `ms`; the names of the facts so far."""
        self.beams = self.beams if beams is None else beams
        self.fire = self.fire if fire is None else fire
        self.key = self.key if key is None else key
        for _ in range(0, ms, self.period_ms):
            found = self.turnstile.sample(self.beams & 1, self.beams >> 1, self.fire, self.key, self.now)
            self.facts += [type(fact).__name__ for fact in found]
            self.now = add(self.now, self.period_ms)
        return self.facts

    def walk(self, *beams):
        """Each pattern of broken beams for a while."""
        for pattern in beams:
            self.hold(60, beams=pattern)
        return self.facts


def test_a_person_who_goes_through_has_passed():
    """Entry, both, exit, clear; fast ones, of whom no sample shows both, too."""
    assert Passage().walk(ENTRY, BOTH, EXIT, NONE) == ["Entered", "Passed"]
    assert Passage().walk(ENTRY, EXIT, NONE) == ["Entered", "Passed"]
    assert Passage().walk(BOTH, EXIT, NONE) == ["Entered", "Passed"]
    assert Passage().walk(BOTH, NONE) == ["Entered", "Passed"]


def test_a_person_who_goes_back_has_turned_back():
    """From the entry beam alone, and from the middle; again and again."""
    assert Passage().walk(ENTRY, NONE) == ["Entered", "TurnedBack"]
    assert Passage().walk(ENTRY, BOTH, ENTRY, NONE) == ["Entered", "TurnedBack"]
    assert Passage().walk(ENTRY, BOTH, ENTRY, BOTH, ENTRY, NONE) == ["Entered", "TurnedBack"]


def test_a_person_who_hesitates_and_goes_on_has_passed_once():
    """Back and forth in the middle changes nothing."""
    assert Passage().walk(ENTRY, BOTH, ENTRY, BOTH, EXIT, NONE) == ["Entered", "Passed"]


def test_two_at_once_are_seen():
    """The entry beam breaks again behind somebody who is leaving."""
    assert Passage().walk(ENTRY, BOTH, EXIT, BOTH, EXIT, NONE) == ["Entered", "Followed"]
    assert Passage().walk(ENTRY, BOTH, EXIT, BOTH, ENTRY, BOTH, EXIT, NONE) == ["Entered", "Followed"]
    assert Passage().walk(ENTRY, BOTH, EXIT, ENTRY, EXIT, NONE) == ["Entered", "Followed"]


def test_a_follower_who_turns_back_leaves_one_passage():
    """The first went through, the second did not."""
    assert Passage().walk(ENTRY, BOTH, EXIT, BOTH, ENTRY, NONE) == ["Entered", "Passed"]


def test_two_after_each_other_are_two():
    """A clear passage in between."""
    assert Passage().walk(ENTRY, BOTH, EXIT, NONE, ENTRY, BOTH, EXIT, NONE) == ["Entered", "Passed"] * 2


def test_the_wrong_way_is_seen():
    """Exit, both, entry, clear; who only leans in from behind is nothing."""
    assert Passage().walk(EXIT, BOTH, ENTRY, NONE) == ["WrongWay"]
    assert Passage().walk(EXIT, ENTRY, NONE) == ["WrongWay"]
    assert Passage().walk(EXIT, BOTH, NONE) == ["WrongWay"]
    assert Passage().walk(EXIT, NONE, EXIT, BOTH, EXIT, NONE) == []


def test_every_way_through_the_beams_ends_with_exactly_one_fact_or_a_glance():
    """All walks of up to six steps: one ending for each time the passage was entered, and clear means clear."""
    endings = ("Passed", "TurnedBack", "Followed", "WrongWay")

    def explore(phase, beams, entered, ended, depth):
        for step in range(4):
            if step == beams:
                continue
            cell = DIRECTION[phase][step]
            now_phase, fact = cell & 0x0F, cell >> 4
            now_entered = entered + (fact == 1)
            now_ended = ended + (fact > 1)
            assert (now_phase == P_CLEAR) == (step == NONE)
            assert now_ended <= 1 and now_entered <= 1
            if step == NONE:
                assert now_ended == 1 or not now_entered, "somebody entered and never left"
            elif depth:
                explore(now_phase, step, now_entered, now_ended, depth - 1)

    assert len(endings) == 4
    explore(P_CLEAR, NONE, 0, 0, 6)


def test_flicker_is_nothing():
    """Shorter than the steady time of each input."""
    passage = Passage(period_ms=1)
    passage.hold(BEAM_MS - 1, beams=ENTRY)
    passage.hold(100, beams=NONE)
    passage.hold(FIRE_MS - 1, fire=1)
    passage.hold(100, fire=0)
    passage.hold(KEY_MS - 1, key=1)
    assert passage.hold(100, key=0) == []


def test_fire_is_seen_within_fifty_milliseconds():
    """At the slowest loop of 10 ms; and its end."""
    passage = Passage(period_ms=10)
    assert passage.hold(40, fire=1) == ["FireOn"]
    passage.hold(1000)
    assert passage.hold(50, fire=0) == ["FireOn", "FireOff"]


def test_fire_at_power_up_is_seen():
    """An input that is active from the first sample is a fact."""
    assert Passage().hold(50, fire=1) == ["FireOn"]


def test_the_key_counts_once_per_turn():
    """However long it is held."""
    passage = Passage()
    passage.hold(2000, key=1)
    passage.hold(100, key=0)
    assert passage.hold(100, key=1) == ["KeyTurned", "KeyTurned"]


def test_beams_that_become_steady_in_one_sample_keep_their_order():
    """The one that broke first counts first, in both directions."""
    for first, second, expected in ((ENTRY, EXIT, ["Entered"]), (EXIT, ENTRY, [])):
        turnstile = Turnstile(0)
        turnstile.sample(first & 1, first >> 1, 0, 0, 10)
        turnstile.sample(1, 1, 0, 0, 13)
        found = turnstile.sample(1, 1, 0, 0, 40)
        assert [type(fact).__name__ for fact in found] == expected, (first, second)


def test_beams_that_clear_in_one_sample_keep_their_order():
    """Who steps back out on the side they came from did not go through."""
    for way, last, expected in (((ENTRY, BOTH), ENTRY, ["TurnedBack"]), ((EXIT, BOTH), EXIT, [])):
        passage = Passage()
        passage.walk(*way)
        passage.facts = []
        turnstile, now = passage.turnstile, passage.now
        turnstile.sample(last & 1, last >> 1, 0, 0, now)
        turnstile.sample(0, 0, 0, 0, add(now, 3))
        found = turnstile.sample(0, 0, 0, 0, add(now, 40))
        assert [type(fact).__name__ for fact in found] == expected, way


def test_the_deadline_names_the_moment_an_input_becomes_steady():
    """None while nothing changes."""
    turnstile = Turnstile(0)
    assert turnstile.deadline() is None
    turnstile.sample(1, 0, 1, 0, 100)
    assert turnstile.deadline() == 100 + BEAM_MS
    turnstile.sample(1, 0, 1, 0, 100 + BEAM_MS)
    assert turnstile.deadline() == 100 + FIRE_MS


def test_people_pass_while_the_ticks_wrap():
    """At any point of the passage."""
    for start in range(PERIOD - 300, PERIOD, 20):
        assert Passage(now=start).walk(ENTRY, BOTH, EXIT, NONE) == ["Entered", "Passed"]
