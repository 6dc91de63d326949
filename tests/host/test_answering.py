"""The answer to a tap: from card to verdict, with what is remembered and what is forgotten."""

import contextlib
import sqlite3

import pytest
from gatehouse.answering import TAPS_REMEMBERED, Answering
from gatehouse.clock import StationClock
from gatehouse.lists import StationLists
from gatehouse.lookup.lookup import Lookup
from gatehouse.lookup.merging import Said
from gatehouse.person import pseudonym
from gatehouse.rules.book import RuleBook
from gatehouse.rules.usual import usual
from gatehouse.status import FAILED, TIMED_OUT, Colour, Outcome, Status
from gatelink import codes
from gatelink.gate_to_house import Tap

GATE, OTHER = b"GATE-A1.", b"GATE-B2."
RULES = RuleBook.fixed(usual(86400, 120, codes.REFER, codes.DENY))


@pytest.fixture
def keys(station):
    opened = station.keys()
    yield opened
    opened.close()


@pytest.fixture
def answering(station, keys, number_of):
    station.know((number_of(1), Colour.GREEN, 60), (number_of(2), Colour.RED, 60), (number_of(3), Colour.YELLOW, 60))
    register = station.register()
    yield Answering(Lookup(register), keys, RULES, StationLists(station.data / "lists.db", keys), 1500)
    register.close()


def tap(number, counter=1, card=codes.CARD_RESIDENT, valid_until=0, valid_from=0):
    return Tap(1, counter, card, number.encode() if isinstance(number, str) else number, valid_until, 5, valid_from)


def answer(answering, *args, **kwargs):
    given = answering.answer(GATE, tap(*args, **kwargs), StationClock().now())
    return given.verdict.verdict, given.verdict.reason, given.colour


def test_each_colour_has_its_answer(answering, number_of):
    """Green passes, red stays, yellow and unknown go to staff."""
    assert answer(answering, number_of(1)) == (codes.ALLOW, codes.REASON_GREEN, "green")
    assert answer(answering, number_of(2)) == (codes.DENY, codes.REASON_RED, "red")
    assert answer(answering, number_of(3)) == (codes.REFER, codes.REASON_YELLOW, "yellow")
    assert answer(answering, number_of(4)) == (codes.REFER, codes.REASON_NOT_FOUND, "not found")


@pytest.mark.parametrize(
    "number", [b"", b"\0" * 18, b"\xff" * 64, b"1" * 18, "11010119781027002１".encode(), b"' or 1=1 --"]
)
def test_any_bytes_in_place_of_a_number_go_to_staff(answering, number):
    """Nothing raises, nothing is looked up."""
    assert answer(answering, number)[:2] == (codes.REFER, codes.REASON_NUMBER_INVALID)


ALL_KINDS = {
    codes.CARD_RESIDENT: "11010519491231002X",
    codes.CARD_HMT_PERMIT: "810000199408230021",
    codes.CARD_FOREIGN_2017: "KAZ110090123105",
    codes.CARD_FOREIGN_2023: "911398199012310021",
}


def test_every_kind_of_card_is_answered(station, answering):
    """By its own number; another kind's card with it goes to staff, and so do cards out of their time."""
    station.know(*((number, Colour.GREEN, 60) for number in ALL_KINDS.values()))
    for card, number in ALL_KINDS.items():
        assert answer(answering, number, card=card) == (codes.ALLOW, codes.REASON_GREEN, "green")
        for other in set(ALL_KINDS) - {card}:
            assert answer(answering, number, card=other)[:2] == (codes.REFER, codes.REASON_NUMBER_INVALID)
        expired = answer(answering, number, card=card, valid_until=20200101)
        early = answer(answering, number, card=card, valid_from=20990101)
        assert expired[:2] == (codes.REFER, codes.REASON_CARD_EXPIRED)
        assert early[:2] == (codes.REFER, codes.REASON_CARD_NOT_YET_VALID)


def test_a_clock_set_forward_makes_no_card_valid(station, keys):
    """Nor does one set back keep an expired one: the day is told by both clocks."""
    import datetime
    import time

    number = ALL_KINDS[codes.CARD_RESIDENT]
    offset_s = [0.0]
    clock = StationClock(lambda: time.time() + offset_s[0], time.monotonic)
    now = datetime.datetime.now().astimezone()
    tomorrow, yesterday = (int(f"{now + datetime.timedelta(days):%Y%m%d}") for days in (1, -1))
    for set_s, dates, reason in (
        (23 * 3600 + 3599, {"valid_from": tomorrow}, codes.REASON_CARD_NOT_YET_VALID),
        (-30 * 3600, {"valid_until": yesterday}, codes.REASON_CARD_EXPIRED),
    ):
        offset_s[0] = set_s
        station.know((number, Colour.GREEN, -set_s))
        register = station.register()
        answering = Answering(Lookup(register), keys, RULES, StationLists(station.data / "lists.db", keys), 1500)
        verdict = answering.answer(GATE, tap(number, **dates), clock.now()).verdict
        register.close()
        assert (verdict.verdict, verdict.reason) == (codes.REFER, reason)


def test_the_verdict_belongs_to_its_tap(answering, number_of):
    """Same boot, same counter, and how long it may be used."""
    verdict = answering.answer(GATE, tap(number_of(1), counter=77), StationClock().now()).verdict

    assert (verdict.boot, verdict.counter, verdict.valid_ms) == (1, 77, 1500)


def test_the_number_does_not_outlive_its_answer(answering, number_of):
    """The tap's own field is emptied; only the masked form comes back."""
    asked = tap(number_of(1))

    given = answering.answer(GATE, asked, StationClock().now())

    assert asked.number == b""
    assert given.masked == f"1***************{number_of(1)[-2:]}"
    assert number_of(1) not in repr(given)


def test_a_tap_is_remembered_by_the_days_pseudonym(answering, keys, number_of):
    """Which is another one than the register's, and another one tomorrow."""
    moment = StationClock().now()
    answer(answering, number_of(1), counter=5)
    person = answering.person(GATE, 1, 5)

    assert person == pseudonym(keys.secret(f"ledger {moment.today}"), number_of(1).encode())
    assert person != pseudonym(keys.secret("register"), number_of(1).encode())
    assert answering.person(OTHER, 1, 5) is None
    assert answering.person(GATE, 2, 5) is None
    assert answering.person(GATE, 1, 6) is None


def test_the_memory_of_taps_is_bounded_for_each_gate(answering, number_of):
    """One busy gate does not push out another one's taps."""
    answering.answer(OTHER, tap(number_of(1), counter=1), StationClock().now())
    for counter in range(1, TAPS_REMEMBERED + 10):
        answer(answering, number_of(1), counter=counter)

    assert answering.person(GATE, 1, 9) is None
    assert answering.person(GATE, 1, TAPS_REMEMBERED) is not None
    assert answering.person(OTHER, 1, 1) is not None


def test_without_a_ledger_everybody_goes_to_staff(answering, number_of):
    """Green too, until it works again."""
    answering.ledger_works = False
    for number in (number_of(1), number_of(2), "x"):
        assert answer(answering, number)[:2] == (codes.REFER, codes.REASON_LEDGER_UNAVAILABLE)

    answering.ledger_works = True
    assert answer(answering, number_of(1))[0] == codes.ALLOW


def test_without_the_days_key_everybody_goes_to_staff(station, answering, number_of):
    """A key file that cannot be written at midnight stops no process and opens no lane."""
    blocker = sqlite3.connect(station.keys_path, isolation_level=None)
    blocker.execute("begin immediate")
    try:
        assert answer(answering, number_of(1))[:2] == (codes.REFER, codes.REASON_LEDGER_UNAVAILABLE)
    finally:
        blocker.execute("rollback")
        blocker.close()

    assert answer(answering, number_of(1))[0] == codes.ALLOW


def test_a_clock_that_jumps_back_allows_nothing_old(station, keys, number_of):
    """A green of thirty hours is not twenty hours old because somebody set the PC's clock."""
    station.know((number_of(1), Colour.GREEN, 30 * 3600))
    register = station.register()
    answering = Answering(Lookup(register), keys, RULES, StationLists(station.data / "lists.db", keys), 1500)
    offset_s = [0.0]
    import time

    clock = StationClock(lambda: time.time() + offset_s[0], time.monotonic)
    before = answering.answer(GATE, tap(number_of(1)), clock.now()).verdict
    offset_s[0] = -10 * 3600
    after = answering.answer(GATE, tap(number_of(1), counter=2), clock.now()).verdict
    register.close()

    assert [one.reason for one in (before, after)] == [codes.REASON_STATUS_EXPIRED] * 2


def test_a_future_clock_allows_nothing(station, keys, number_of):
    """A PC far behind sees only statuses from the future, one far ahead only old ones."""
    station.know((number_of(1), Colour.GREEN, 60))
    register = station.register()
    answering = Answering(Lookup(register), keys, RULES, StationLists(station.data / "lists.db", keys), 1500)
    import time

    verdicts = [
        answering.answer(GATE, tap(number_of(1)), StationClock(lambda off=wrong_s: time.time() + off).now()).verdict
        for wrong_s in (-400 * 86400, 400 * 86400)
    ]
    register.close()

    assert [one.verdict for one in verdicts] == [codes.REFER] * 2
    assert [one.reason for one in verdicts] == [codes.REASON_STATUS_FROM_FUTURE, codes.REASON_STATUS_EXPIRED]


def test_an_answer_names_rule_source_freshness_who_disagrees_and_who_is_silent(answering, number_of):
    """What an operator reads of it."""
    now = StationClock().now()
    matter = answering.open(GATE, tap(number_of(4)), now, "A1")
    green = Status(Outcome.GREEN, int(now.wall_s) - 60, "plain", fetched_s=int(now.wall_s))
    red = Status(Outcome.RED, int(now.wall_s) - 90, "beijing", fetched_s=int(now.wall_s))

    silent = [Said("guangdong", TIMED_OUT), Said("", FAILED)]
    given = answering.conclude(matter, [Said("plain", green), Said("beijing", red), *silent], now)

    assert (given.verdict.verdict, given.rule, given.source, given.freshness) == (codes.ALLOW, "green", "plain", "live")
    assert given.others == (("beijing", "red"),)
    assert given.silent == (("guangdong", "timed out"), ("?", "failed"))
    assert bytes(matter.question.number) == bytes(18)


def before(answering, *args, gate=GATE, **kwargs):
    return answering.answer(gate, tap(*args, **kwargs), StationClock().now()).before


def test_who_comes_again_is_known_by_what_was_presented_and_nobody_else_is(answering, number_of):
    """The tap of the last referral at that gate: not of a pass, not of another gate, not once it has been told."""
    assert before(answering, number_of(3), counter=1) is None
    assert before(answering, number_of(4), counter=2) is None
    assert before(answering, number_of(1), counter=3) is None
    assert before(answering, number_of(1), counter=4) is None
    assert before(answering, number_of(3), counter=5, gate=OTHER) is None
    assert before(answering, number_of(3), counter=6) == (1, 1)
    assert before(answering, number_of(3), counter=7, valid_until=20200101) == (1, 6)
    assert before(answering, number_of(4), counter=8) == (1, 2)


@pytest.mark.parametrize("kind", [codes.CARD_CODE, codes.CARD_RESIDENT])
@pytest.mark.parametrize("shown", [b"", b"https://example.com/station", b"0" * 18])
def test_what_anybody_may_present_tells_nobody_apart(answering, kind, shown):
    """A code printed on a wall, an empty answer, rubbish: two who present it are two."""
    assert before(answering, shown, counter=1, card=kind) is None
    assert before(answering, shown, counter=2, card=kind) is None


def test_a_code_and_a_staff_card_that_come_again_are_known(station, keys):
    """A code that the register knows; a card of staff, whatever the register says of it."""
    code, card = b"ticket-17", b"04A1B2C3"
    station.know(("code:ticket-17", Colour.YELLOW, 60))
    with contextlib.closing(station.register()) as register:
        answering = Answering(Lookup(register), keys, RULES, StationLists(station.data / "lists.db", keys), 1500)
        assert before(answering, code, counter=1, card=codes.CARD_CODE) is None
        assert before(answering, card, counter=2, card=codes.CARD_UID) is None
        assert before(answering, b"04A1B2C4", counter=3, card=codes.CARD_UID) is None
        assert before(answering, code, counter=4, card=codes.CARD_CODE) == (1, 1)
        assert before(answering, card, counter=5, card=codes.CARD_UID) == (1, 2)


def test_the_memory_of_who_was_referred_is_bounded(answering):
    """As that of taps."""
    for number in range(3 * TAPS_REMEMBERED):
        before(answering, f"04{number:06X}", counter=number + 1, card=codes.CARD_UID)
    assert len(answering._referred[GATE]) == TAPS_REMEMBERED
