"""Entry, exit and two-way lanes, one relay or two, pulse or level, the turnstile's own contact, beams gone blind."""

from gate import lane_table as t
from gate import signals
from gate.facts import (
    ArmTurned,
    BeamBlocked,
    Beyond,
    Entered,
    FireOn,
    Followed,
    KeyTurned,
    Passed,
    TurnedBack,
)
from gatelink import codes
from lane_bench import BOTH, ENTRY, EXIT, LaneBench, Settings, opened_lane

A, B, ALL = 1, 2, 3
OPENING = codes.REPORT_OPENING
PASSED = codes.REPORT_PASSED
WRONG_WAY = codes.REPORT_WRONG_WAY


def outcome(lane):
    """What was recorded last."""
    return lane.records[-1][0]


def test_an_exit_lane_expects_people_from_the_exit_side():
    """The same lane, mounted the other way round: its own side passes, the other one comes the wrong way."""
    lane = opened_lane(direction=EXIT).tell(Passed(ENTRY))
    assert (outcome(lane), lane.state) == (WRONG_WAY, t.S_OPEN)
    assert outcome(lane.tell(Entered(EXIT), Beyond(EXIT), Passed(EXIT))) == PASSED
    assert outcome(LaneBench(chosen=Settings(direction=EXIT)).tell(Passed(ENTRY))) == WRONG_WAY


def test_in_a_two_way_lane_the_readers_side_tells_the_direction():
    """Who comes from the other side takes nobody's opening; a shut lane has no wrong way, only people without one."""
    for side, other in ((ENTRY, EXIT), (EXIT, ENTRY)):
        word = {ENTRY: "entry", EXIT: "exit"}[side]
        lane = opened_lane(direction=BOTH, reader_side=word).tell(Entered(other), Passed(other))
        assert (outcome(lane), lane.state) == (WRONG_WAY, t.S_OPEN)
        assert outcome(lane.tell(Entered(side), Passed(side))) == PASSED
        assert outcome(lane.tell(Passed(other))) == codes.REPORT_FOLLOWED


def test_with_a_reader_for_both_sides_who_enters_first_may_pass():
    """From then on the other side is the wrong way."""
    for side, other in ((ENTRY, EXIT), (EXIT, ENTRY)):
        lane = opened_lane(direction=BOTH, reader_side="either").tell(Entered(side))
        assert outcome(lane.tell(Followed(other))) == WRONG_WAY
        assert outcome(lane.tell(Passed(side))) == PASSED


def test_who_turns_back_on_the_other_side_ends_nobodys_opening():
    lane = opened_lane(direction=BOTH, reader_side="entry").tell(Entered(ENTRY), TurnedBack(EXIT))

    assert lane.state == t.S_PASSING


def test_each_side_has_its_relay():
    """With one relay it is always that one; staff who hold a lane open release the sides it is for."""
    for relays, direction, word, expected in (
        (1, ENTRY, "entry", A),
        (1, EXIT, "entry", A),
        (1, BOTH, "either", A),
        (2, ENTRY, "exit", A),
        (2, EXIT, "entry", B),
        (2, BOTH, "entry", A),
        (2, BOTH, "exit", B),
        (2, BOTH, "either", ALL),
    ):
        chosen = {"relays": relays, "direction": direction, "reader_side": word, "control": "level"}
        assert opened_lane(**chosen).relays == expected, chosen
        held = LaneBench(chosen=Settings(**chosen)).order(codes.ORDER_HOLD_OPEN)
        assert held.relays == (direction if relays == 2 else A), chosen
        assert held.tell(FireOn()).relays == ALL


def test_the_key_opens_for_the_readers_side():
    assert LaneBench(chosen=Settings(relays=2, direction=EXIT)).tell(KeyTurned()).relays == B


def test_nobody_may_come_against_whoever_has_entered():
    """Both sides were released; the first step of one shuts the other."""
    lane = opened_lane(relays=2, direction=BOTH, reader_side="either", control="level").tell(Entered(EXIT))

    assert lane.relays == B


def test_a_level_lasts_until_somebody_is_past_the_barrier():
    """Not longer than the opening, and never into the next person's step; nor does it end under who enters."""
    lane = opened_lane(control="level")
    assert lane.opened == [5000]
    assert lane.wait(3000).tell(Entered(ENTRY)).relay
    assert not lane.tell(Beyond(ENTRY)).relay
    assert outcome(lane.tell(Passed(ENTRY))) == PASSED
    assert not opened_lane(control="level").wait(4000).tell(Entered(ENTRY)).wait(1000).relay
    assert not opened_lane(control="level").tell(Entered(ENTRY), TurnedBack(ENTRY)).relay


def test_the_contact_alone_tells_that_somebody_went_through():
    """Where no beams are fitted; without it nobody came; and a turn of a shut arm is somebody without an opening."""
    assert outcome(opened_lane(feedback="contact").tell(ArmTurned())) == PASSED
    assert outcome(opened_lane(feedback="contact").wait(5000)) == codes.REPORT_NOBODY_CAME
    lane = LaneBench(chosen=Settings(feedback="contact")).tell(ArmTurned())
    assert lane.records == [(codes.REPORT_FOLLOWED, 0, 0)]


def test_with_beams_and_contact_one_passage_counts_once():
    """The arm ends a level at once; the beams tell how it ended; where they miss the end the arm is believed."""
    lane = opened_lane(feedback="both", control="level").tell(Entered(ENTRY), ArmTurned())
    assert (lane.relay, lane.state) == (False, t.S_PASSING)
    assert lane.tell(Beyond(ENTRY), Passed(ENTRY)).records[1:] == [(PASSED, 1, 0)]
    assert outcome(opened_lane(feedback="both").tell(ArmTurned(), Entered(ENTRY), TurnedBack(ENTRY))) == PASSED
    assert outcome(opened_lane(feedback="both").tell(ArmTurned()).wait(10000)) == PASSED
    assert outcome(opened_lane(feedback="both").tell(ArmTurned(), Followed(ENTRY))) == codes.REPORT_FOLLOWED
    assert LaneBench(chosen=Settings(feedback="both")).tell(ArmTurned()).records == []


def test_one_turn_of_the_arm_is_not_believed_of_the_next_opening():
    lane = opened_lane(feedback="both").tell(ArmTurned(), Passed(ENTRY)).card().allow()

    assert outcome(lane.tell(Entered(ENTRY), TurnedBack(ENTRY))) == codes.REPORT_TURNED_BACK


def test_a_blocked_beam_takes_the_lane_out_of_service_until_it_is_free():
    """Whoever is under way finishes; fire and key do not mind; an order to resume does not make beams see."""
    lane = opened_lane().tell(BeamBlocked(EXIT))
    assert lane.state == t.S_OPEN
    lane.wait(5000)
    assert (lane.state, lane.shown) == (t.S_OUT_OF_SERVICE, signals.OUT_OF_SERVICE)
    assert outcome(lane) == codes.REPORT_UNKNOWN, "nobody saw whether somebody came"
    assert lane.order(codes.ORDER_RESUME).state == t.S_OUT_OF_SERVICE
    assert lane.tell(KeyTurned()).relay
    assert lane.tell(FireOn()).state == t.S_FIRE
    assert LaneBench().tell(BeamBlocked(BOTH), BeamBlocked(0)).state == t.S_IDLE


def test_a_hold_ends_by_itself_where_it_has_a_limit():
    """Recorded; without a limit it lasts until staff resume."""
    lane = LaneBench(chosen=Settings(hold_limit_s=600)).order(codes.ORDER_HOLD_OPEN).wait(599999)
    assert lane.relay
    assert (lane.wait(1).relay, lane.state, lane.records[-1]) == (False, t.S_IDLE, (codes.REPORT_HELD, 0, 0))


def test_each_state_lasts_as_long_as_its_setting_says():
    for name, lead, state in (
        ("refused_ms", lambda lane: lane.card().verdict(codes.DENY), t.S_REFUSED),
        ("referred_ms", lambda lane: lane.card().verdict(codes.REFER), t.S_REFERRED),
        ("passage_limit_ms", lambda lane: lane.card().allow().tell(Entered(ENTRY)), t.S_PASSING),
        ("open_limit_ms", lambda lane: lane.card().allow(), t.S_OPEN),
        ("answer_limit_ms", lambda lane: lane.card(), t.S_ASKING),
    ):
        lane = LaneBench(chosen=Settings(**{name: 777}))
        lead(lane)
        assert lane.wait(776).state == state, name
        assert lane.wait(1).state != state, name
