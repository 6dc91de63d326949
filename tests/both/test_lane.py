"""What travellers and staff see a lane do."""

from gate import lane_table as t
from gate import signals
from gate.facts import (
    Beyond,
    CardSeen,
    CardUnreadable,
    Entered,
    FireOn,
    Followed,
    LinkDown,
    LinkUp,
    Passed,
    TurnedBack,
)
from gatelink import codes
from gatelink.ticks import PERIOD
from lane_bench import ENTRY, EXIT, LaneBench, Settings, opened_lane
from synthetic_card import a_card

OPENING = codes.REPORT_OPENING
NOT_OPENED = codes.REPORT_NOT_OPENED


def test_an_allowed_traveller_passes():
    """Asked, recorded, opened, passed, recorded, idle again."""
    lane = opened_lane()
    assert lane.given == ["Show", "Ask", "Show", "Record", "Open", "Show"]
    assert lane.relay
    lane.wait(800).tell(Entered(ENTRY)).wait(600).tell(Passed(ENTRY))

    assert lane.records == [(OPENING, 1, codes.REASON_GREEN), (codes.REPORT_PASSED, 1, 0)]
    assert lane.opened == [300]
    assert (lane.state, lane.shown, lane.relay) == (t.S_IDLE, signals.IDLE, False)


def test_the_lane_says_what_it_does():
    """Checking while it asks, go when open, stop when refused, staff when referred."""
    lane = LaneBench()
    assert lane.shown == signals.IDLE
    assert lane.card().shown == signals.CHECKING
    assert lane.allow().shown == signals.GO
    assert LaneBench().card().verdict(codes.DENY, codes.REASON_RED).shown == signals.STOP
    assert LaneBench().card().verdict(codes.REFER, codes.REASON_NOT_FOUND).shown == signals.SEE_STAFF
    assert LaneBench().tell(CardUnreadable()).shown == signals.PLACE_AGAIN
    assert LaneBench().tell(FireOn()).shown == signals.FIRE


def test_whoever_gets_the_same_answer_as_the_one_before_is_told_too():
    """While the first one's still stands: without a sound of his own the second would wait for one."""
    for lane, fact, signal in (
        (LaneBench(), CardUnreadable(), signals.PLACE_AGAIN),
        (LaneBench(), CardUnreadable(codes.REASON_CARD_KIND_UNSUPPORTED), signals.SEE_STAFF),
    ):
        assert lane.tell(fact).shown == signal
        lane.shown = None
        assert lane.wait(1000).shown is None
        assert lane.tell(fact).shown == signal


def test_a_refused_traveller_stays_outside():
    """Recorded with the reason of the gatehouse; the next card may come at once."""
    lane = LaneBench().card().verdict(codes.DENY, codes.REASON_RED)

    assert lane.records == [(NOT_OPENED, 1, codes.REASON_RED)]
    assert (lane.opened, lane.state) == ([], t.S_REFUSED)
    assert lane.card().asked == [1, 2]
    assert LaneBench().card().verdict(codes.DENY).wait(2500).state == t.S_IDLE


def test_a_referred_traveller_goes_to_staff():
    """Whatever the gatehouse cannot decide is not opened."""
    lane = LaneBench().card().verdict(codes.REFER, codes.REASON_LOOKUP_FAILED)

    assert lane.records == [(NOT_OPENED, 1, codes.REASON_LOOKUP_FAILED)]
    assert lane.wait(4000).state == t.S_IDLE


def test_a_verdict_of_no_known_kind_goes_to_staff():
    """A number that nothing maps never opens."""
    for verdict in (0, 4, 255):
        lane = LaneBench().card().verdict(verdict)
        assert (lane.state, lane.opened) == (t.S_REFERRED, [])


def test_only_the_outstanding_tap_is_answered():
    """Another tap's verdict, another boot's, a second one: all ignored."""
    lane = LaneBench().card()
    lane.verdict(codes.ALLOW, counter=2).verdict(codes.ALLOW, counter=0).verdict(codes.ALLOW, boot=6)
    assert (lane.state, lane.opened) == (t.S_ASKING, [])
    lane.verdict(codes.DENY).allow()
    assert (lane.state, lane.opened) == (t.S_REFUSED, [])
    lane.card().verdict(codes.ALLOW, counter=1)
    assert (lane.state, lane.opened) == (t.S_ASKING, [])


def test_one_tap_opens_once():
    """The same allow again, before and after the passage, opens nothing more."""
    lane = opened_lane().allow().tell(Entered(ENTRY)).allow().tell(Passed(ENTRY)).allow()

    assert lane.opened == [300]
    assert [what for what, _, _ in lane.records] == [OPENING, codes.REPORT_PASSED]


def test_an_allow_counts_up_to_its_age_limit():
    """The smaller of the verdict's own limit and the lane's, from the card's last byte, on the gate's clock."""
    for age_ms, waited_ms, valid_ms, opens in (
        (0, 1000, 1000, True),
        (0, 1001, 1000, False),
        (400, 600, 1000, True),
        (400, 601, 1000, False),
        (0, 1499, 9999, True),
        (0, 1500, 9999, False),
        (0, 0, 0, True),
        (1, 0, 0, False),
    ):
        lane = LaneBench().card(age_ms).wait(waited_ms).verdict(codes.ALLOW, valid_ms=valid_ms)
        assert (lane.opened != []) == opens, (age_ms, waited_ms, valid_ms)
        if not opens:
            assert lane.records == [(NOT_OPENED, 1, codes.REASON_NO_ANSWER)]


def test_no_answer_sends_the_traveller_to_staff():
    """After the answer limit; the verdict that comes later changes nothing."""
    lane = LaneBench().card().wait(1499)
    assert lane.state == t.S_ASKING
    lane.wait(1)
    assert (lane.state, lane.records) == (t.S_REFERRED, [(NOT_OPENED, 1, codes.REASON_NO_ANSWER)])
    assert lane.allow().opened == []


def test_with_the_gatehouse_away_travellers_go_to_staff_at_once():
    """The lane keeps running, asks nothing, records each of them, and forgets the card."""
    lane = LaneBench(link=False)
    card = a_card()
    lane.tell(CardSeen(card, 0))

    assert (lane.asked, lane.records) == ([], [(NOT_OPENED, 1, codes.REASON_HOST_AWAY)])
    assert lane.shown == signals.SEE_STAFF
    assert bytes(card.number) == bytes(18)
    assert lane.wait(4000).tell(LinkUp()).card().asked == [2]


def test_a_question_does_not_outlive_its_session():
    """The link falls while a verdict is awaited: staff, and a verdict from a new session is ignored."""
    lane = LaneBench().card().tell(LinkDown(), LinkUp()).allow()

    assert (lane.state, lane.opened) == (t.S_REFERRED, [])
    assert lane.records == [(NOT_OPENED, 1, codes.REASON_HOST_AWAY)]


def test_an_open_lane_does_not_mind_the_link():
    """Who was let in may go through."""
    lane = opened_lane().tell(LinkDown(), Entered(ENTRY), Passed(ENTRY))

    assert lane.records[-1] == (codes.REPORT_PASSED, 1, 0)


def test_a_second_card_while_busy_is_not_asked_about():
    """Neither while asking nor while open; its number is wiped."""
    lane = LaneBench().card()
    second = a_card()
    lane.tell(CardSeen(second, 0), CardUnreadable())
    assert (lane.asked, bytes(second.number)) == ([1], bytes(18))
    assert lane.allow().card().tell(Entered(ENTRY)).card().asked == [1]
    assert lane.opened == [300]


def test_the_card_that_is_asked_about_is_left_to_the_link():
    """The lane wipes only what nobody will send."""
    lane = LaneBench().card()

    assert bytes(lane.cards[0].number) != bytes(18)


def test_an_unreadable_card_is_to_be_placed_again():
    """Recorded, shown, and the next try is taken at once."""
    lane = LaneBench().tell(CardUnreadable())

    assert lane.records == [(NOT_OPENED, 1, codes.REASON_CARD_UNREADABLE)]
    assert lane.card().asked == [2]


def test_a_card_of_unknown_kind_or_not_genuine_goes_to_staff():
    """Laying it down again would not help."""
    for reason in (codes.REASON_CARD_KIND_UNSUPPORTED, codes.REASON_CARD_REJECTED):
        lane = LaneBench().tell(CardUnreadable(reason))
        assert (lane.shown, lane.records) == (signals.SEE_STAFF, [(NOT_OPENED, 1, reason)])


def test_who_turns_back_is_recorded():
    """Entered and left on the same side: the opening is over."""
    lane = opened_lane().tell(Entered(ENTRY), TurnedBack(ENTRY))

    assert (lane.state, lane.records[-1]) == (t.S_IDLE, (codes.REPORT_TURNED_BACK, 1, 0))


def test_who_never_comes_is_recorded():
    """At the end of the opening, and the lane is shut."""
    lane = opened_lane().wait(4999)
    assert lane.state == t.S_OPEN
    lane.wait(1)
    assert (lane.state, lane.relay, lane.records[-1]) == (t.S_IDLE, False, (codes.REPORT_NOBODY_CAME, 1, 0))


def test_two_at_once_are_recorded():
    """The outcome of the opening is that somebody followed."""
    lane = opened_lane().tell(Entered(ENTRY), Followed(ENTRY))

    assert (lane.state, lane.records[-1]) == (t.S_IDLE, (codes.REPORT_FOLLOWED, 1, 0))


def test_who_goes_through_a_shut_lane_is_recorded():
    """After the opening, or without any: a follower without a tap."""
    lane = opened_lane().tell(Entered(ENTRY), Passed(ENTRY), Entered(ENTRY), Passed(ENTRY))

    assert lane.records[-1] == (codes.REPORT_FOLLOWED, 0, 0)
    assert LaneBench().tell(Followed(ENTRY)).records == [(codes.REPORT_FOLLOWED, 0, 0)]


def test_the_wrong_way_is_recorded_and_leaves_the_opening_to_its_owner():
    """While idle, and while open."""
    assert LaneBench().tell(Passed(EXIT)).records == [(codes.REPORT_WRONG_WAY, 0, 0)]
    lane = opened_lane().tell(Passed(EXIT), Entered(ENTRY), Passed(ENTRY))
    assert lane.records[1:] == [(codes.REPORT_WRONG_WAY, 0, 0), (codes.REPORT_PASSED, 1, 0)]


def test_who_lingers_in_the_passage_ends_unknown():
    """Ten seconds after entering; the lane was shut when they were past the barrier."""
    lane = opened_lane().tell(Entered(ENTRY), Beyond(ENTRY))
    assert not lane.relay
    assert lane.wait(10000).records[-1] == (codes.REPORT_UNKNOWN, 1, 0)
    assert lane.state == t.S_IDLE


def test_leaning_in_before_the_lane_opens_spoils_nothing():
    """The first step belongs to the same person as the passage."""
    lane = LaneBench().card().tell(Entered(ENTRY)).allow().tell(TurnedBack(ENTRY))
    assert lane.state == t.S_OPEN
    assert lane.tell(Entered(ENTRY), Passed(ENTRY)).records[-1] == (codes.REPORT_PASSED, 1, 0)


def test_a_pulse_is_never_longer_than_the_opening():
    """Settings that contradict each other are read on the safe side."""
    assert opened_lane(pulse_ms=500, open_limit_ms=200).opened == [200]


def test_the_clock_may_wrap_at_any_moment():
    """The whole path just before, at and after the wrap of the ticks."""
    for start in range(PERIOD - 7000, PERIOD, 500):
        lane = LaneBench(now=start).card(100).wait(200).allow()
        assert lane.opened == [300]
        lane.wait(5000)
        assert lane.records[-1] == (codes.REPORT_NOBODY_CAME, 1, 0)
        lane.card().wait(1499)
        assert lane.state == t.S_ASKING
        assert lane.wait(1).state == t.S_REFERRED


def test_settings_may_change_at_any_moment():
    """The next opening uses the new ones."""
    lane = opened_lane()
    lane.lane.settings = Settings(pulse_ms=120)

    assert lane.tell(Passed(ENTRY)).card().allow().opened == [300, 120]
