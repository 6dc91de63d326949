"""What travellers and staff see a lane do."""

from gate import lane_table as t
from gate import signals
from gate.facts import (
    CardSeen,
    CardUnreadable,
    Entered,
    Fact,
    FireOff,
    FireOn,
    Followed,
    JournalReady,
    KeyTurned,
    LinkDown,
    LinkUp,
    Passed,
    ReaderFault,
    Recorded,
    RecordFailed,
    TurnedBack,
    WrongWay,
)
from gate.orders import Record
from gatelink import codes
from gatelink.ticks import PERIOD
from lane_bench import LaneBench, Settings, a_card

OPENING = codes.REPORT_OPENING
NOT_OPENED = codes.REPORT_NOT_OPENED


def opened_lane(**settings):
    """A lane whose traveller was just allowed in."""
    return LaneBench(settings=Settings(**settings)).card().allow()


def test_an_allowed_traveller_passes():
    """Asked, recorded, opened, passed, recorded, idle again."""
    lane = opened_lane()
    assert lane.given == ["Show", "Ask", "Show", "Record", "Open", "Show"]
    assert lane.relay
    lane.wait(800).tell(Entered()).wait(600).tell(Passed())

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
    lane = opened_lane().allow().tell(Entered()).allow().tell(Passed()).allow()

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
    lane = opened_lane().tell(LinkDown(), Entered(), Passed())

    assert lane.records[-1] == (codes.REPORT_PASSED, 1, 0)


def test_a_second_card_while_busy_is_not_asked_about():
    """Neither while asking nor while open; its number is wiped."""
    lane = LaneBench().card()
    second = a_card()
    lane.tell(CardSeen(second, 0), CardUnreadable())
    assert (lane.asked, bytes(second.number)) == ([1], bytes(18))
    assert lane.allow().card().tell(Entered()).card().asked == [1]
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
    lane = opened_lane().tell(Entered(), TurnedBack())

    assert (lane.state, lane.records[-1]) == (t.S_IDLE, (codes.REPORT_TURNED_BACK, 1, 0))


def test_who_never_comes_is_recorded():
    """At the end of the opening, and the lane is shut."""
    lane = opened_lane().wait(4999)
    assert lane.state == t.S_OPEN
    lane.wait(1)
    assert (lane.state, lane.relay, lane.records[-1]) == (t.S_IDLE, False, (codes.REPORT_NOBODY_CAME, 1, 0))


def test_two_at_once_are_recorded():
    """The outcome of the opening is that somebody followed."""
    lane = opened_lane().tell(Entered(), Followed())

    assert (lane.state, lane.records[-1]) == (t.S_IDLE, (codes.REPORT_FOLLOWED, 1, 0))


def test_who_goes_through_a_shut_lane_is_recorded():
    """After the opening, or without any: a follower without a tap."""
    lane = opened_lane().tell(Entered(), Passed(), Entered(), Passed())

    assert lane.records[-1] == (codes.REPORT_FOLLOWED, 0, 0)
    assert LaneBench().tell(Followed()).records == [(codes.REPORT_FOLLOWED, 0, 0)]


def test_the_wrong_way_is_recorded_and_leaves_the_opening_to_its_owner():
    """While idle, and while open."""
    assert LaneBench().tell(WrongWay()).records == [(codes.REPORT_WRONG_WAY, 0, 0)]
    lane = opened_lane().tell(WrongWay(), Entered(), Passed())
    assert lane.records[1:] == [(codes.REPORT_WRONG_WAY, 0, 0), (codes.REPORT_PASSED, 1, 0)]


def test_who_lingers_in_the_passage_ends_unknown():
    """Ten seconds after entering; the lane was closed when they entered."""
    lane = opened_lane().tell(Entered())
    assert not lane.relay
    assert lane.wait(10000).records[-1] == (codes.REPORT_UNKNOWN, 1, 0)
    assert lane.state == t.S_IDLE


def test_leaning_in_before_the_lane_opens_spoils_nothing():
    """The first step belongs to the same person as the passage."""
    lane = LaneBench().card().tell(Entered()).allow().tell(TurnedBack())
    assert lane.state == t.S_OPEN
    assert lane.tell(Entered(), Passed()).records[-1] == (codes.REPORT_PASSED, 1, 0)


def test_a_pulse_is_never_longer_than_the_opening():
    """Settings that contradict each other are read on the safe side."""
    assert opened_lane(pulse_ms=500, open_limit_ms=200).opened == [200]


def test_nothing_opens_before_its_record_is_durable():
    """No pulse while the journal is silent; after a second it counts as broken, and the late answer is ignored."""
    lane = LaneBench()
    lane.journal_works = None
    lane.card().allow()
    assert (lane.opened, lane.state) == ([], t.S_RECORDING)
    opening = lane.unanswered[0]
    lane.wait(1000)
    assert (lane.opened, lane.state) == ([], t.S_OUT_OF_SERVICE)
    assert lane.tell(Recorded(opening)).opened == []


def test_only_the_records_own_answer_opens():
    """The answer to another record, even one that says the same, does not."""
    lane = LaneBench()
    lane.tell(CardUnreadable())
    lane.journal_works = None
    lane.card().allow()
    lane.tell(Recorded(Record(OPENING, 2, codes.REASON_GREEN)), Recorded(None))
    assert lane.opened == []
    assert lane.tell(Recorded(lane.unanswered[0]), Recorded(lane.unanswered[0])).opened == [300]
    assert lane.state == t.S_OPEN


def test_what_cannot_be_recorded_is_not_opened():
    """Out of service until the journal works again, with a verdict and with a key."""
    lane = LaneBench()
    lane.journal_works = False
    lane.card().allow()
    assert (lane.opened, lane.state, lane.shown) == ([], t.S_OUT_OF_SERVICE, signals.OUT_OF_SERVICE)
    assert lane.card().asked == [1]
    assert lane.tell(KeyTurned()).opened == []
    lane.journal_works = True
    assert lane.tell(JournalReady()).state == t.S_IDLE
    assert lane.card().allow().opened == [300]


def test_an_outcome_that_cannot_be_recorded_takes_the_lane_out_of_service():
    """The opening stays without outcome until the next boot says so; nobody else is let in."""
    lane = opened_lane()
    lane.journal_works = False
    lane.tell(Passed())

    assert (lane.state, lane.relay) == (t.S_OUT_OF_SERVICE, False)


def test_a_reader_that_fails_takes_the_lane_out_of_service_after_the_traveller():
    """Whoever is under way finishes; a working reader brings it back."""
    lane = opened_lane().tell(ReaderFault(codes.FAULT_READER_SILENT, 0))
    assert lane.state == t.S_OPEN
    assert lane.tell(Passed()).state == t.S_OUT_OF_SERVICE
    assert lane.shown == signals.OUT_OF_SERVICE
    assert lane.tell(ReaderFault(codes.FAULT_READER_BACK, 0)).state == t.S_IDLE


def test_two_broken_parts_must_both_come_back():
    """One of them is not enough."""
    lane = LaneBench().tell(ReaderFault(codes.FAULT_READER_SELF_TEST, 0x60), RecordFailed(None))
    assert lane.tell(JournalReady()).state == t.S_OUT_OF_SERVICE
    assert lane.tell(JournalReady()).state == t.S_OUT_OF_SERVICE
    assert lane.tell(ReaderFault(codes.FAULT_READER_BACK, 0)).state == t.S_IDLE


def test_fire_releases_from_every_state():
    """Whatever goes on ends recorded; the lane is released and stays so."""
    silent = LaneBench()
    silent.journal_works = None
    silent.card().allow()
    silent.journal_works = True
    for lane, ending in (
        (LaneBench(), []),
        (LaneBench().card(), [(NOT_OPENED, 1, codes.REASON_FIRE)]),
        (silent, [(codes.REPORT_UNKNOWN, 1, 0)]),
        (opened_lane(), [(codes.REPORT_UNKNOWN, 1, 0)]),
        (opened_lane().tell(Entered()), [(codes.REPORT_UNKNOWN, 1, 0)]),
        (LaneBench().card().verdict(codes.DENY), []),
        (LaneBench(link=False).card(), []),
        (LaneBench().tell(CardUnreadable()), []),
        (LaneBench().order(codes.ORDER_HOLD_OPEN), [(codes.REPORT_HELD, 0, 0)]),
        (LaneBench().order(codes.ORDER_LOCK), []),
        (LaneBench().tell(ReaderFault(codes.FAULT_READER_SILENT, 0)), []),
    ):
        before = len(lane.records)
        came_from = lane.state
        lane.given = []
        lane.tell(FireOn())
        assert lane.records[before:] == ending + [(codes.REPORT_FIRE, 0, 1)], came_from
        assert (lane.state, lane.relay, "Close" in lane.given) == (t.S_FIRE, True, False), came_from
        lane.card().tell(KeyTurned(), Passed(), WrongWay(), LinkDown()).order(codes.ORDER_LOCK).wait(60000)
        assert (lane.state, lane.relay, "Close" in lane.given) == (t.S_FIRE, True, False), came_from
        assert len(lane.records) == before + len(ending) + 1
        lane.tell(FireOff())
        assert (lane.relay, lane.records[-1]) == (False, (codes.REPORT_FIRE, 0, 0)), came_from


def test_after_fire_the_lane_takes_cards_again():
    """Idle, unless staff had locked it."""
    assert LaneBench().tell(FireOn(), FireOff()).state == t.S_IDLE
    assert LaneBench().order(codes.ORDER_LOCK).tell(FireOn(), FireOff()).state == t.S_LOCKED


def test_staff_open_once():
    """Recorded before the pulse, completed, and ended like any opening; with the gatehouse's verdict or without."""
    for lane in (LaneBench(), LaneBench(link=False).card(), LaneBench().card().verdict(codes.DENY)):
        before = len(lane.records)
        lane.order(codes.ORDER_OPEN_ONCE, 41)
        counter = lane.records[before][1]
        assert lane.records[before:] == [(OPENING, counter, codes.REASON_STAFF)]
        assert (lane.opened, lane.completed) == ([300], [(41, codes.ORDER_DONE)])
        assert lane.tell(Entered(), Passed()).records[-1] == (codes.REPORT_PASSED, counter, 0)


def test_the_key_opens_once_with_the_gatehouse_away():
    """Recorded as staff; nothing to complete."""
    lane = LaneBench(link=False).tell(KeyTurned())

    assert (lane.opened, lane.completed) == ([300], [])
    assert lane.records == [(OPENING, 1, codes.REASON_STAFF)]


def test_an_order_that_the_state_does_not_allow_is_refused():
    """One opening at a time; nothing unknown; nothing without a record."""
    lane = LaneBench().card().order(codes.ORDER_OPEN_ONCE, 1).order(codes.ORDER_HOLD_OPEN, 2)
    lane.allow().order(codes.ORDER_OPEN_ONCE, 3).order(99, 4)
    assert lane.completed == [(number, codes.ORDER_REFUSED) for number in (1, 2, 3, 4)]
    lane = LaneBench()
    lane.journal_works = False
    assert lane.order(codes.ORDER_OPEN_ONCE, 5).completed == [(5, codes.ORDER_REFUSED)]
    assert lane.order(codes.ORDER_HOLD_OPEN, 6).completed[1:] == [(6, codes.ORDER_REFUSED)]
    assert (lane.opened, lane.relay) == ([], False)


def test_staff_hold_the_lane_open():
    """Recorded before the release; no card is asked about; each passage is counted; resume shuts it."""
    lane = LaneBench().order(codes.ORDER_HOLD_OPEN, 5)
    assert lane.records == [(codes.REPORT_HELD, 0, 1)]
    assert lane.wait(60000).relay
    lane.card().tell(Entered(), Passed()).order(codes.ORDER_RESUME, 6)
    assert (lane.asked, lane.relay, lane.state) == ([], False, t.S_IDLE)
    assert lane.records[1:] == [(codes.REPORT_PASSED, 0, 0), (codes.REPORT_HELD, 0, 0)]
    assert lane.completed == [(5, codes.ORDER_DONE), (6, codes.ORDER_DONE)]


def test_staff_lock_the_lane():
    """It takes no card until it is resumed."""
    lane = LaneBench().order(codes.ORDER_LOCK, 5).card().tell(KeyTurned())
    assert (lane.asked, lane.state, lane.shown) == ([], t.S_LOCKED, signals.OUT_OF_SERVICE)
    assert lane.order(codes.ORDER_RESUME, 6).card().asked == [1]
    assert lane.records == [(codes.REPORT_LOCKED, 0, 1), (codes.REPORT_LOCKED, 0, 0)]
    assert lane.completed == [(5, codes.ORDER_DONE), (6, codes.ORDER_DONE)]


def test_a_lock_while_asking_ends_the_tap():
    """The allow that was under way opens nothing."""
    lane = LaneBench().card().order(codes.ORDER_LOCK).allow()

    assert (lane.state, lane.opened) == (t.S_LOCKED, [])
    assert lane.records[0] == (NOT_OPENED, 1, codes.REASON_STAFF)


def test_a_lock_while_open_ends_the_pulse_and_holds_after_the_passage():
    """Whoever was let in gets an outcome first; an order to resume in between takes the lock back."""
    lane = opened_lane().order(codes.ORDER_LOCK)
    assert (lane.relay, lane.state) == (False, t.S_OPEN)
    assert lane.tell(Entered(), Passed()).state == t.S_LOCKED
    lane = opened_lane().order(codes.ORDER_LOCK).order(codes.ORDER_RESUME).tell(Passed())
    assert lane.state == t.S_IDLE


def test_what_the_lane_does_not_know_shuts_it():
    """A fact of no known kind: out of service, the opening ended, until a person has looked. Not against fire."""
    lane = opened_lane().tell(Fact())
    assert (lane.state, lane.relay) == (t.S_OUT_OF_SERVICE, False)
    assert lane.records[-1] == (codes.REPORT_UNKNOWN, 1, 0)
    assert lane.order(codes.ORDER_RESUME).state == t.S_IDLE
    assert LaneBench().tell(FireOn(), Fact()).relay


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

    assert lane.tell(Passed()).card().allow().opened == [300, 120]
