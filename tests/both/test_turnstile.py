"""What the beams, the turnstile's contact and the key switch tell."""

from gate.turnstile import ARM, ARM_MS, BEAM_MS, DIRECTION, KEY_MS, P_BLIND, P_CLEAR, Turnstile
from gatelink.ticks import PERIOD, add
from lane_bench import Settings

NONE, ENTRY, EXIT, BOTH = 0, 1, 2, 3
MIRRORED = (NONE, EXIT, ENTRY, BOTH)


class Passage:
    """A turnstile whose inputs are set and sampled every few milliseconds. `sides`: of the facts so far."""

    def __init__(self, now=1000, period_ms=5, **chosen):
        self.now = now
        self.period_ms = period_ms
        self.turnstile = Turnstile(Settings(**chosen), now)
        self.beams = self.key = self.arm = 0
        self.facts = []
        self.sides = []

    def hold(self, ms, beams=None, key=None, arm=None):
        """Set inputs and keep them for `ms`; the names of the facts so far."""
        self.beams = self.beams if beams is None else beams
        self.key = self.key if key is None else key
        self.arm = self.arm if arm is None else arm
        for _ in range(0, ms, self.period_ms):
            found = self.turnstile.sample(self.beams & 1, self.beams >> 1, self.key, self.arm, self.now)
            self.facts += [type(fact).__name__ for fact in found]
            self.sides += [getattr(fact, "side", getattr(fact, "sides", None)) for fact in found]
            self.now = add(self.now, self.period_ms)
        return self.facts

    def walk(self, *beams):
        """Each pattern of broken beams for a while."""
        for pattern in beams:
            self.hold(60, beams=pattern)
        return self.facts


def test_a_person_who_goes_through_has_passed():
    """Entry, both, exit, clear; fast ones, of whom no sample shows both, too."""
    assert Passage().walk(ENTRY, BOTH, EXIT, NONE) == ["Entered", "Beyond", "Passed"]
    assert Passage().walk(ENTRY, EXIT, NONE) == ["Entered", "Beyond", "Passed"]
    assert Passage().walk(BOTH, EXIT, NONE) == ["Entered", "Beyond", "Passed"]
    assert Passage().walk(BOTH, NONE) == ["Entered", "Passed"]


def test_a_person_who_goes_back_has_turned_back():
    """From the entry beam alone, and from the middle; again and again."""
    assert Passage().walk(ENTRY, NONE) == ["Entered", "TurnedBack"]
    assert Passage().walk(ENTRY, BOTH, ENTRY, NONE) == ["Entered", "TurnedBack"]
    assert Passage().walk(ENTRY, BOTH, ENTRY, BOTH, ENTRY, NONE) == ["Entered", "TurnedBack"]


def test_a_person_who_hesitates_and_goes_on_has_passed_once():
    """Back and forth in the middle changes nothing."""
    assert Passage().walk(ENTRY, BOTH, ENTRY, BOTH, EXIT, NONE) == ["Entered", "Beyond", "Passed"]


def test_two_at_once_are_seen():
    """The entry beam breaks again behind somebody who is leaving."""
    assert Passage().walk(ENTRY, BOTH, EXIT, BOTH, EXIT, NONE) == ["Entered", "Beyond", "Followed"]
    assert Passage().walk(ENTRY, BOTH, EXIT, BOTH, ENTRY, BOTH, EXIT, NONE) == ["Entered", "Beyond", "Followed"]
    assert Passage().walk(ENTRY, BOTH, EXIT, ENTRY, EXIT, NONE) == ["Entered", "Beyond", "Followed"]


def test_a_follower_who_turns_back_leaves_one_passage():
    """The first went through, the second did not."""
    assert Passage().walk(ENTRY, BOTH, EXIT, BOTH, ENTRY, NONE) == ["Entered", "Beyond", "Passed"]


def test_two_after_each_other_are_two():
    """A clear passage in between."""
    assert Passage().walk(ENTRY, BOTH, EXIT, NONE, ENTRY, BOTH, EXIT, NONE) == ["Entered", "Beyond", "Passed"] * 2


def test_from_the_exit_side_it_is_the_same_seen_in_a_mirror():
    """Every walk with the beams exchanged gives the same facts, which name the other side."""
    for walk in ((ENTRY, BOTH, EXIT, NONE), (ENTRY, NONE), (ENTRY, BOTH, EXIT, BOTH, EXIT, NONE), (ENTRY, EXIT, NONE)):
        one, other = Passage(), Passage()
        assert one.walk(*walk) == other.walk(*(MIRRORED[step] for step in walk))
        assert (set(one.sides), set(other.sides)) == ({ENTRY}, {EXIT})


def test_who_breaks_both_beams_at_once_comes_from_where_people_are_expected():
    """The exit side of an exit lane, else the entry side."""
    for direction, side in ((ENTRY, ENTRY), (EXIT, EXIT), (BOTH, ENTRY)):
        passage = Passage(direction=direction)
        assert passage.walk(BOTH, NONE) == ["Entered", "Passed"]
        assert set(passage.sides) == {side}


def test_every_way_through_the_beams_ends_with_exactly_one_fact():
    """All walks of up to six steps from either side: one ending for each time somebody entered; clear means clear."""

    def explore(phase, beams, entered, ended, depth):
        for step in range(4):
            if step == beams or (phase == P_CLEAR and step == EXIT):
                continue  # who breaks the far beam first has come from the other side: it is the near one
            cell = DIRECTION[phase][step]
            now_phase, fact = cell & 0x0F, cell >> 4
            now_entered = entered + (fact == 1)
            now_ended = ended + (1 < fact < 5)
            assert (now_phase == P_CLEAR) == (step == NONE)
            assert now_ended <= 1 and now_entered <= 1
            if step == NONE:
                assert now_ended == now_entered, "somebody entered and never left"
            elif depth:
                explore(now_phase, step, now_entered, now_ended, depth - 1)

    explore(P_CLEAR, NONE, 0, 0, 6)
    assert DIRECTION[P_BLIND] == (P_CLEAR, P_BLIND, P_BLIND, P_BLIND)


def test_flicker_is_nothing():
    """Shorter than the steady time of each input."""
    passage = Passage(period_ms=1)
    passage.hold(BEAM_MS - 1, beams=ENTRY)
    passage.hold(100, beams=NONE)
    passage.turnstile.settings.feedback = "both"
    passage.hold(ARM_MS - 1, arm=1)
    passage.hold(100, arm=0)
    passage.hold(KEY_MS - 1, key=1)
    assert passage.hold(100, key=0) == []


def test_the_key_counts_once_per_turn():
    """However long it is held."""
    passage = Passage()
    passage.hold(100)
    passage.hold(2000, key=1)
    passage.hold(100, key=0)
    assert passage.hold(100, key=1) == ["KeyTurned", "KeyTurned"]


def test_beams_that_become_steady_in_one_sample_keep_their_order():
    """The one that broke first counts first, in both directions."""
    for first in (ENTRY, EXIT):
        turnstile = Turnstile(Settings(), 0)
        turnstile.sample(first & 1, first >> 1, 0, 0, 10)
        turnstile.sample(1, 1, 0, 0, 13)
        found = turnstile.sample(1, 1, 0, 0, 40)
        assert [(type(fact).__name__, fact.side) for fact in found] == [("Entered", first)]


def test_beams_that_clear_in_one_sample_keep_their_order():
    """Who steps back out on the side they came from did not go through."""
    for way, last in (((ENTRY, BOTH), ENTRY), ((EXIT, BOTH), EXIT)):
        passage = Passage()
        passage.walk(*way)
        passage.facts = []
        turnstile, now = passage.turnstile, passage.now
        turnstile.sample(last & 1, last >> 1, 0, 0, now)
        turnstile.sample(0, 0, 0, 0, add(now, 3))
        found = turnstile.sample(0, 0, 0, 0, add(now, 40))
        assert [type(fact).__name__ for fact in found] == ["TurnedBack"], way


def test_the_deadline_names_the_moment_an_input_becomes_steady():
    """None while nothing changes."""
    turnstile = Turnstile(Settings(), 0)
    turnstile.sample(0, 0, 0, 0, KEY_MS)
    assert turnstile.deadline() is None
    turnstile.sample(1, 0, 1, 0, 100)
    assert turnstile.deadline() == 100 + BEAM_MS
    turnstile.sample(1, 0, 1, 0, 100 + BEAM_MS)
    assert turnstile.deadline() == 100 + KEY_MS


def test_what_is_turned_at_the_start_has_not_turned_until_it_was_seen_quiet():
    """A key that was left in the switch, or a wire that is damaged, opens no lane each time the power comes back."""
    passage = Passage(feedback="both")
    assert passage.hold(2000, key=1, arm=1) == []
    passage.hold(100, key=0, arm=0)
    assert passage.hold(100, key=1, arm=1) == ["ArmTurned", "KeyTurned"]


def test_the_arm_is_looked_at_only_where_its_contact_is_wired():
    """One fact for each turn, however long the contact stays."""
    for feedback, expected in (("beams", []), ("contact", ["ArmTurned"] * 2), ("both", ["ArmTurned"] * 2)):
        passage = Passage(feedback=feedback)
        passage.hold(100)
        passage.hold(400, arm=1)
        passage.hold(100, arm=0)
        assert passage.hold(100, arm=1) == expected, feedback


def test_beams_that_are_not_there_tell_nothing():
    """With the contact alone their inputs are open, which reads like a broken beam."""
    passage = Passage(feedback="contact")
    assert passage.hold(120000, beams=BOTH) == []


def test_a_beam_that_stays_broken_is_blocked_until_the_passage_is_clear():
    """Told once, with its side; meanwhile nothing counts as a passage, and its end is no passage either."""
    passage = Passage(blocked_limit_s=30)
    passage.hold(29900, beams=EXIT)
    assert passage.facts == ["Entered"]
    passage.hold(200)
    assert (passage.facts, passage.sides) == (["Entered", "BeamBlocked"], [EXIT, EXIT])
    passage.walk(BOTH, EXIT, BOTH, ENTRY, BOTH, EXIT)
    assert passage.facts == ["Entered", "BeamBlocked"]
    passage.hold(100, beams=NONE)
    assert passage.facts == ["Entered", "BeamBlocked", "BeamBlocked"]
    assert passage.sides[-1] == NONE
    assert passage.walk(ENTRY, BOTH, EXIT, NONE)[3:] == ["Entered", "Beyond", "Passed"]


def test_a_second_beam_that_stays_broken_is_told_too():
    passage = Passage(blocked_limit_s=5)
    passage.hold(6000, beams=ENTRY)
    passage.hold(6000, beams=BOTH)
    assert [side for name, side in zip(passage.facts, passage.sides) if name == "BeamBlocked"] == [ENTRY, BOTH]


def test_a_beam_may_stay_blocked_for_longer_than_the_clock_counts():
    """Ticks wrap after 12.4 days, and half of that is as far as they tell before from after."""
    passage = Passage(blocked_limit_s=5)
    passage.hold(6000, beams=ENTRY)
    for _ in range(40):
        passage.now = add(passage.now, PERIOD // 8)
        passage.hold(20)
    assert passage.facts == ["Entered", "BeamBlocked"]


def test_a_contact_that_stays_turned_is_told_as_a_blocked_beam_is():
    """Else every opening would end as one that nobody came for."""
    for turned_at_start in (False, True):
        passage = Passage(feedback="contact")
        if not turned_at_start:
            passage.hold(100)
        passage.hold(31000, arm=1)
        assert passage.facts == ["ArmTurned", "BeamBlocked"][turned_at_start:]
        assert passage.sides[-1] == ARM
        passage.hold(100, arm=0)
        assert passage.facts[-1] == "BeamBlocked"
        assert passage.sides[-1] == 0
    passage = Passage(feedback="both")
    passage.hold(31000, arm=1, beams=ENTRY)
    passage.hold(100, beams=NONE)
    assert passage.sides[-1] != 0
    passage.hold(100, arm=0)
    assert passage.sides[-1] == 0


def test_people_pass_while_the_ticks_wrap():
    """At any point of the passage."""
    for start in range(PERIOD - 300, PERIOD, 20):
        assert Passage(now=start).walk(ENTRY, BOTH, EXIT, NONE) == ["Entered", "Beyond", "Passed"]
