"""A card that is laid down while somebody else's passage is under way: refused and said so, or asked about after it."""

from gate import lane_table as t
from gate import signals
from gate.facts import CardSeen, CardUnreadable, Entered, FireOn, LinkDown, Passed
from gatelink import codes
from lane_bench import ENTRY, LaneBench, Settings, opened_lane
from synthetic_card import a_card


def waiting_lane():
    """The same, with somebody else's card waiting; and that card."""
    lane = opened_lane(second_card=codes.SECOND_CARD_WAITS)
    card = a_card()
    return lane.tell(CardSeen(card, 0)), card


def wiped(card):
    """Whether nothing of its number is left."""
    return not any(card.number)


def test_a_refused_second_card_is_to_be_laid_down_again_after_the_passage():
    """Wiped at once, recorded once however many there were, and its owner is told when the lane is free."""
    lane, card = opened_lane(), a_card()
    lane.tell(CardSeen(card, 0)).card()
    assert (wiped(card), lane.shown) == (True, signals.GO)
    lane.tell(Entered(ENTRY), Passed(ENTRY))

    assert (lane.state, lane.shown, lane.asked) == (t.S_PLACE_AGAIN, signals.PLACE_AGAIN, [1])
    assert lane.records[2:] == [(codes.REPORT_NOT_OPENED, 2, codes.REASON_LANE_BUSY)]
    assert lane.card().asked == [1, 3]


def test_a_waiting_card_is_asked_about_after_the_passage():
    """As a tap of its own, which is fresh from then on."""
    lane, card = waiting_lane()
    lane.wait(1400).tell(Entered(ENTRY)).wait(600)
    assert (lane.asked, wiped(card)) == ([1], False)
    lane.tell(Passed(ENTRY))
    assert (lane.asked, lane.cards[-1] is card, lane.state) == ([1, 2], True, t.S_ASKING)
    assert lane.wait(1400).allow().opened == [300, 300]


def test_only_one_card_waits():
    """The first; a later one is refused and wiped."""
    lane, card = waiting_lane()
    late = a_card()
    lane.tell(CardSeen(late, 0))
    assert (wiped(late), wiped(card)) == (True, False)
    assert lane.tell(Passed(ENTRY)).cards[-1] is card


def test_a_card_that_has_waited_too_long_is_wiped_and_to_be_laid_down_again():
    """At its limit from the card's last byte, not at the end of the passage."""
    lane = opened_lane(second_card=codes.SECOND_CARD_WAITS, second_card_limit_ms=3000)
    card = a_card()
    lane.tell(CardSeen(card, 100)).tell(Entered(ENTRY)).wait(2899)
    assert not wiped(card)
    lane.wait(1)
    assert (wiped(card), lane.state) == (True, t.S_PASSING)
    assert lane.tell(Passed(ENTRY)).state == t.S_PLACE_AGAIN
    assert lane.asked == [1]


def test_with_the_gatehouse_gone_meanwhile_its_owner_goes_to_staff():
    lane, card = waiting_lane()
    lane.tell(LinkDown(), Passed(ENTRY))

    assert (lane.state, wiped(card), lane.asked) == (t.S_REFERRED, True, [1])


def test_whatever_comes_between_wipes_the_waiting_card():
    """Fire, a lock that stands after the passage."""
    lane, card = waiting_lane()
    lane.tell(FireOn())
    assert wiped(card)
    lane, card = waiting_lane()
    lane.order(codes.ORDER_LOCK).tell(Passed(ENTRY))
    assert (wiped(card), lane.state, lane.asked) == (True, t.S_LOCKED, [1])


UNREAD = (codes.REASON_CARD_UNREADABLE, codes.REASON_CODE_TOO_LONG, codes.REASON_CARD_KIND_UNSUPPORTED)


def test_who_comes_while_another_is_asked_about_is_told_behind_that_ones_answer():
    """Whatever the answer is; the first one's light, reason and record stay the first one's."""
    for verdict, reason, shown in (
        (codes.DENY, codes.REASON_RED, signals.STOP),
        (codes.REFER, codes.REASON_YELLOW, signals.SEE_STAFF),
    ):
        for come in [CardSeen(a_card(), 0)] + [CardUnreadable(reason) for reason in UNREAD]:
            lane = LaneBench().card().tell(come)
            assert (lane.state, lane.shown) == (t.S_ASKING, signals.CHECKING)
            lane.verdict(verdict, reason)
            assert (lane.shown, lane.records) == (shown, [(codes.REPORT_NOT_OPENED, 1, reason)])
            lane.wait(4000)
            assert (lane.asked, lane.shown) == ([1], signals.PLACE_AGAIN)
            assert lane.records[1:] == [(codes.REPORT_NOT_OPENED, 2, codes.REASON_LANE_BUSY)]
            lane.wait(10000)
            assert (lane.state, len(lane.records)) == (t.S_IDLE, 2), "told once"


def test_what_cannot_be_read_during_somebodys_passage_is_to_be_presented_again():
    """With a card that waits the card comes first, and the rest is told behind it."""
    for reason in UNREAD:
        for waits in (codes.SECOND_CARD_REFUSED, codes.SECOND_CARD_WAITS):
            lane = opened_lane(second_card=waits).tell(CardUnreadable(reason))
            assert (lane.state, lane.shown) == (t.S_OPEN, signals.GO)
            lane.tell(Entered(ENTRY), Passed(ENTRY))
            assert (lane.state, lane.records[-1]) == (
                t.S_PLACE_AGAIN,
                (codes.REPORT_NOT_OPENED, 2, codes.REASON_LANE_BUSY),
            )
    lane, card = waiting_lane()
    lane.tell(CardUnreadable(), Passed(ENTRY))
    assert (lane.state, lane.cards[-1] is card) == (t.S_ASKING, True)
    lane.verdict(codes.DENY, codes.REASON_RED).wait(3000)
    assert lane.state == t.S_PLACE_AGAIN


def test_the_reason_that_is_shown_for_an_opening_is_the_first_ones():
    """The journal has not answered yet, and the next card cannot be read."""
    lane = LaneBench().card()
    lane.journal_works = None
    lane.allow().tell(CardUnreadable(codes.REASON_CODE_TOO_LONG))
    assert lane.lane._reason == codes.REASON_GREEN


def test_a_card_waits_also_while_another_is_asked_about_and_answered():
    lane = LaneBench(chosen=Settings(second_card=codes.SECOND_CARD_WAITS)).card()
    card = a_card()
    lane.tell(CardSeen(card, 0)).verdict(codes.DENY, codes.REASON_RED)
    assert (lane.shown, wiped(card)) == (signals.STOP, False)
    lane.wait(2500)
    assert (lane.state, lane.asked, lane.cards[-1] is card) == (t.S_ASKING, [1, 2], True)


def test_a_card_whose_turn_somebody_else_takes_is_wiped_and_to_be_laid_down_again():
    """At once, so that one traveller who lays it down twice is not let in twice."""
    lane = LaneBench(chosen=Settings(second_card=codes.SECOND_CARD_WAITS)).card()
    card = a_card()
    lane.tell(CardSeen(card, 0)).verdict(codes.DENY, codes.REASON_RED).card()
    assert (lane.asked, wiped(card)) == ([1, 2], True)
    lane.allow().tell(Entered(ENTRY), Passed(ENTRY))
    assert (lane.state, lane.asked, len(lane.opened)) == (t.S_PLACE_AGAIN, [1, 2], 1)
