"""What a lane does for staff, in a fire, and when a part of it fails."""

from gate import lane_table as t
from gate import signals
from gate.facts import (
    BeamBlocked,
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
    Passed,
    ReaderFault,
    Recorded,
    RecordFailed,
    TurnedBack,
)
from gate.orders import Record
from gatelink import codes
from lane_bench import ENTRY, EXIT, OUTCOMES, LaneBench, Settings, opened_lane
from synthetic_card import a_card

OPENING = codes.REPORT_OPENING
NOT_OPENED = codes.REPORT_NOT_OPENED


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
    lane.tell(Passed(ENTRY))

    assert (lane.state, lane.relay) == (t.S_OUT_OF_SERVICE, False)


def test_a_reader_that_fails_takes_the_lane_out_of_service_after_the_traveller():
    """Whoever is under way finishes; a working reader brings it back."""
    lane = opened_lane().tell(ReaderFault(codes.FAULT_READER_SILENT, 0))
    assert lane.state == t.S_OPEN
    assert lane.tell(Passed(ENTRY)).state == t.S_OUT_OF_SERVICE
    assert lane.shown == signals.OUT_OF_SERVICE
    assert lane.tell(ReaderFault(codes.FAULT_READER_BACK, 0)).state == t.S_IDLE


def dead(code):
    """The reader of this code has died."""
    return ReaderFault(codes.FAULT_READER_SILENT, 0, code)


def back(code):
    """It works again."""
    return ReaderFault(codes.FAULT_READER_BACK, 0, code)


def test_a_lane_in_which_no_reader_for_travellers_works_is_out_of_service():
    """A Wiegand reader cannot be asked whether it works, and neither it nor a PN532 reads a traveller."""
    card, code, chip, wires = codes.READER_SAM_V, codes.READER_QR, codes.READER_PN532, codes.READER_WIEGAND
    shut, serves = t.S_OUT_OF_SERVICE, t.S_IDLE
    for readers, story in (
        (["sam_v", "wiegand"], ((dead(card), shut), (back(card), serves), (dead(wires), serves))),
        (["sam_v", "pn532"], ((dead(chip), serves), (dead(card), shut), (back(chip), shut), (back(card), serves))),
        (["sam_v", "qr"], ((dead(card), serves), (dead(code), shut), (back(code), serves), (back(card), serves))),
        (["qr", "sam_v", "wiegand"], ((dead(code), serves), (dead(code), serves), (dead(card), shut))),
        (["sam_v", "mine"], ((dead(card), serves), (dead(15), shut), (back(15), serves))),
        (["wiegand"], ((dead(wires), shut), (back(wires), serves))),
        (["pn532", "wiegand"], ((dead(chip), serves), (dead(wires), shut), (back(chip), serves))),
    ):
        lane = LaneBench(chosen=Settings(readers=readers))
        for fact, state in story:
            assert lane.tell(fact).state == state, readers
    assert LaneBench(chosen=Settings(readers=["sam_v", "wiegand"])).tell(dead(card)).card().asked == []


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
        (opened_lane().tell(Entered(ENTRY)), [(codes.REPORT_UNKNOWN, 1, 0)]),
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
        lane.card().tell(KeyTurned(), Passed(ENTRY), Passed(EXIT), LinkDown()).order(codes.ORDER_LOCK).wait(60000)
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
        assert (lane.opened, lane.completed) == ([300], [(41, codes.COMPLETION_DONE)])
        assert lane.tell(Entered(ENTRY), Passed(ENTRY)).records[-1] == (codes.REPORT_PASSED, counter, 0)


def test_the_key_opens_once_with_the_gatehouse_away():
    """Recorded as staff; nothing to complete."""
    lane = LaneBench(link=False).tell(KeyTurned())

    assert (lane.opened, lane.completed) == ([300], [])
    assert lane.records == [(OPENING, 1, codes.REASON_STAFF)]


def test_an_order_that_the_state_does_not_allow_is_refused():
    """One opening at a time; nothing unknown; nothing without a record."""
    lane = LaneBench().card().order(codes.ORDER_OPEN_ONCE, 1).order(codes.ORDER_HOLD_OPEN, 2)
    lane.allow().order(codes.ORDER_OPEN_ONCE, 3).order(99, 4)
    assert lane.completed == [(number, codes.COMPLETION_REFUSED) for number in (1, 2, 3, 4)]
    lane = LaneBench()
    lane.journal_works = False
    assert lane.order(codes.ORDER_OPEN_ONCE, 5).completed == [(5, codes.COMPLETION_REFUSED)]
    assert lane.order(codes.ORDER_HOLD_OPEN, 6).completed[1:] == [(6, codes.COMPLETION_REFUSED)]
    assert (lane.opened, lane.relay) == ([], False)


def test_staff_hold_the_lane_open():
    """Recorded before the release; no card is asked about; each passage is counted; resume shuts it."""
    lane = LaneBench().order(codes.ORDER_HOLD_OPEN, 5)
    assert lane.records == [(codes.REPORT_HELD, 0, 1)]
    assert lane.wait(60000).relay
    lane.card().tell(Entered(ENTRY), Passed(ENTRY)).order(codes.ORDER_RESUME, 6)
    assert (lane.asked, lane.relay, lane.state) == ([], False, t.S_IDLE)
    assert lane.records[1:] == [(codes.REPORT_PASSED, 0, 0), (codes.REPORT_HELD, 0, 0)]
    assert lane.completed == [(5, codes.COMPLETION_DONE), (6, codes.COMPLETION_DONE)]


def test_staff_lock_the_lane():
    """It takes no card until it is resumed."""
    lane = LaneBench().order(codes.ORDER_LOCK, 5).card()
    assert (lane.asked, lane.state, lane.shown) == ([], t.S_LOCKED, signals.OUT_OF_SERVICE)
    assert lane.order(codes.ORDER_RESUME, 6).card().asked == [1]
    assert lane.records == [(codes.REPORT_LOCKED, 0, 1), (codes.REPORT_LOCKED, 0, 0)]
    assert lane.completed == [(5, codes.COMPLETION_DONE), (6, codes.COMPLETION_DONE)]


def locked_lane(**bench):
    """Locked by staff; then what the lane records and does begins anew."""
    lane = LaneBench(**bench).order(codes.ORDER_LOCK)
    lane.records, lane.given, lane.completed = [], [], []
    return lane


def test_the_key_lets_one_person_through_a_locked_lane_whoever_is_away():
    """Somebody may be shut in: recorded as staff's before the pulse, shown as free to go, and locked again."""
    for link in (True, False):
        lane = locked_lane()
        if not link:
            lane.tell(LinkDown())
        lane.tell(KeyTurned())
        assert (lane.state, lane.opened, lane.shown) == (t.S_OPEN, [300], signals.GO)
        lane.tell(Entered(ENTRY), Passed(ENTRY))
        assert lane.records == [(OPENING, 1, codes.REASON_STAFF), (codes.REPORT_PASSED, 1, 0)]
        assert (lane.state, lane.relay, lane.shown) == (t.S_LOCKED, False, signals.OUT_OF_SERVICE)
        assert (lane.card().asked, lane.completed) == ([], [])
        assert lane.order(codes.ORDER_OPEN_ONCE, 7).completed == [(7, codes.COMPLETION_REFUSED)]
        assert lane.tell(KeyTurned()).opened == [300, 300], "each turn is one passage"


def test_a_locked_lane_is_locked_again_however_the_keys_passage_ends():
    """Gone through, nobody, not to the end, turned back, two at once, blind beams, fire, a failed part or fact."""
    for ends, outcome in (
        ([Entered(ENTRY), Passed(ENTRY)], codes.REPORT_PASSED),
        ([], codes.REPORT_NOBODY_CAME),
        ([Entered(ENTRY)], codes.REPORT_UNKNOWN),
        ([Entered(ENTRY), TurnedBack(ENTRY)], codes.REPORT_TURNED_BACK),
        ([Entered(ENTRY), Followed(ENTRY)], codes.REPORT_FOLLOWED),
        ([BeamBlocked(1)], codes.REPORT_UNKNOWN),
        ([FireOn(), FireOff()], codes.REPORT_UNKNOWN),
        ([Entered(ENTRY), FireOn(), FireOff()], codes.REPORT_UNKNOWN),
        ([ReaderFault(codes.FAULT_READER_SILENT, 0), Passed(ENTRY)], codes.REPORT_PASSED),
        ([Fact()], codes.REPORT_UNKNOWN),
    ):
        lane = locked_lane().tell(KeyTurned(), *ends).wait(60000)
        assert (lane.state, lane.relay) == (t.S_LOCKED, False), ends
        assert [what for what, _, _ in lane.records if what in OUTCOMES] == [outcome], ends
        assert lane.card().asked == []


def test_whoever_taps_or_orders_during_the_keys_passage_does_not_undo_the_lock():
    """A card that waits is wiped and not asked about; to lock again is done already; resume alone ends it."""
    card = a_card()
    lane = locked_lane(chosen=Settings(second_card=codes.SECOND_CARD_WAITS)).tell(KeyTurned(), CardSeen(card, 0))
    lane.order(codes.ORDER_LOCK, 8).tell(Passed(ENTRY))
    assert (lane.state, lane.asked, any(card.number)) == (t.S_LOCKED, [], False)
    assert (lane.completed, lane.relay) == ([(8, codes.COMPLETION_DONE)], False)
    assert locked_lane().tell(KeyTurned()).order(codes.ORDER_RESUME).tell(Passed(ENTRY)).state == t.S_IDLE


def test_a_locked_lane_opens_by_key_only_what_it_can_record():
    """A journal that fails or says nothing: shut and locked, not out of service; by key again when it works again."""
    for works in (False, None):
        lane = locked_lane()
        lane.journal_works = works
        lane.tell(KeyTurned()).wait(1000)
        assert (lane.state, lane.opened, lane.relay) == (t.S_LOCKED, [], False)
        lane.journal_works = True
        lane.tell(JournalReady())
        assert lane.state == t.S_LOCKED
        assert lane.tell(KeyTurned()).opened == [300]


def test_a_lock_while_asking_ends_the_tap():
    """The allow that was under way opens nothing."""
    lane = LaneBench().card().order(codes.ORDER_LOCK).allow()

    assert (lane.state, lane.opened) == (t.S_LOCKED, [])
    assert lane.records[0] == (NOT_OPENED, 1, codes.REASON_STAFF)


def test_a_lock_while_open_ends_the_pulse_and_holds_after_the_passage():
    """Whoever was let in gets an outcome first; an order to resume in between takes the lock back."""
    lane = opened_lane().order(codes.ORDER_LOCK)
    assert (lane.relay, lane.state) == (False, t.S_OPEN)
    assert lane.tell(Entered(ENTRY), Passed(ENTRY)).state == t.S_LOCKED
    lane = opened_lane().order(codes.ORDER_LOCK).order(codes.ORDER_RESUME).tell(Passed(ENTRY))
    assert lane.state == t.S_IDLE


def test_what_the_lane_does_not_know_shuts_it():
    """A fact of no known kind: out of service, the opening ended, until a person has looked. Not against fire."""
    lane = opened_lane().tell(Fact())
    assert (lane.state, lane.relay) == (t.S_OUT_OF_SERVICE, False)
    assert lane.records[-1] == (codes.REPORT_UNKNOWN, 1, 0)
    assert lane.order(codes.ORDER_RESUME).state == t.S_IDLE
    assert LaneBench().tell(FireOn(), Fact()).relay
