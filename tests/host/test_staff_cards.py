"""Cards of staff and visitors, which anybody can copy: they open nothing unless the operator says so."""

import datetime
import itertools

import pytest
from gatehouse.answering import Answering
from gatehouse.clock import Moment, StationClock
from gatehouse.decide import decide
from gatehouse.importing import CsvImport, ImportRefused
from gatehouse.lists import StationLists
from gatehouse.lookup.lookup import Lookup
from gatehouse.number_parts import NumberInvalid
from gatehouse.person import MASK, pseudonym_as
from gatehouse.rules.book import RuleBook
from gatehouse.rules.presented import Presented
from gatehouse.rules.usual import usual
from gatehouse.staff_card import Trust, card_of, is_card
from gatehouse.status import Outcome, Status
from gatelink import codes
from gatelink.gate_to_house import Tap

GATE = b"GATE-A1."
NOW_S = 1_790_000_000
NOW = Moment(NOW_S, NOW_S, 20260921, 20260921)
DAY_S = 86400
KINDS = (codes.CARD_UID, codes.CARD_WIEGAND)
UID, WIEGAND = b"04A1B2C3D4E5F6", b"123:45678"
WANTED = (
    "a UID is 8, 14 or 20 hexadecimal digits, and none that changes each time (08 and six more)",
    (
        "a Wiegand card is facility and number with a hyphen between, as in wiegand:123-45678 "
        "(26 bits: up to 255-65535) or wiegand34:12345-45678 (34 bits: up to 65535-65535)"
    ),
)


RULES = usual(DAY_S, 120, codes.REFER, codes.DENY)


def trusts(uid=Trust.REFER, wiegand=Trust.REFER):
    return {codes.CARD_UID: uid, codes.CARD_WIEGAND: wiegand}


def decided(kind, status, mine, *, number_ok=True):
    card = Presented(kind, number_ok, valid_until=0, trust=mine[kind])
    return decide(card, status, RULES, NOW, "A1")


# --- the decision -----------------------------------------------------------------------------------------


def test_which_such_cards_open():
    """Every combination of kind, rule, number, outcome, age and source."""
    opened = 0
    for kind, trust, number_ok, outcome, age_s, source in itertools.product(
        KINDS, Trust, (True, False), Outcome, (0, DAY_S, DAY_S + 1, 400 * DAY_S, -121), ("office", "")
    ):
        mine = trusts(trust, Trust.REFER) if kind == codes.CARD_UID else trusts(Trust.REFER, trust)
        decision = decided(kind, Status(outcome, NOW_S - age_s, source), mine, number_ok=number_ok)
        good = number_ok and outcome is Outcome.GREEN and source == "office" and age_s >= 0
        as_traveller = trust is Trust.REGISTER and good and age_s <= DAY_S
        as_staff = trust is Trust.STAFF and good
        assert (decision.verdict == codes.ALLOW) == (as_traveller or as_staff)
        assert (decision.reason == codes.REASON_GREEN) == as_traveller
        assert (decision.reason == codes.REASON_STAFF_CARD) == as_staff
        opened += as_traveller or as_staff
    assert opened == 2 * (2 + 4)


def test_the_rule_of_one_kind_is_not_the_other_ones():
    """A station that trusts its own Wiegand reader need not trust UIDs."""
    green = Status(Outcome.GREEN, NOW_S, "office")
    mine = trusts(wiegand=Trust.STAFF)

    assert decided(codes.CARD_UID, green, mine).verdict == codes.REFER
    assert decided(codes.CARD_WIEGAND, green, mine).verdict == codes.ALLOW


def test_a_withdrawn_card_stays_out():
    """Red in the register, whatever cards may do."""
    red = Status(Outcome.RED, NOW_S - 400 * DAY_S, "office")
    for trust in (Trust.REGISTER, Trust.STAFF):
        decision = decided(codes.CARD_UID, red, trusts(trust))
        assert (decision.verdict, decision.reason) == (codes.DENY, codes.REASON_RED)


# --- numbers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("uid:04a1b2c3", codes.CARD_UID, b"04A1B2C3"),
        ("UID:04A1B2C3D4E5F6", codes.CARD_UID, b"04A1B2C3D4E5F6"),
        ("uid:04A1B2C3D4E5F60718FE", codes.CARD_UID, b"04A1B2C3D4E5F60718FE"),
        ("wiegand:123-45678", codes.CARD_WIEGAND, b"123:45678"),
        ("Wiegand:0-0", codes.CARD_WIEGAND, b"0:0"),
        ("wiegand:255-65535", codes.CARD_WIEGAND, b"255:65535"),
        ("wiegand:12-00678", codes.CARD_WIEGAND, b"12:678"),
        ("wiegand:012-00678", codes.CARD_WIEGAND, b"12:678"),
        ("wiegand:000-0000000000", codes.CARD_WIEGAND, b"0:0"),
        ("wiegand34:12-345", codes.CARD_WIEGAND, b"34:12:345"),
        ("Wiegand34:00300-00007", codes.CARD_WIEGAND, b"34:300:7"),
        ("wiegand34:65535-65535", codes.CARD_WIEGAND, b"34:65535:65535"),
    ],
)
def test_a_card_is_written_as_people_write_it(text, kind, number):
    assert card_of(text) == (kind, number)


@pytest.mark.parametrize(
    "text", ["11010519491231002X", "", "X:04A1B2C3", "uid", "wiegand26:1-2", "card:1", "uid 04A1B2C3"]
)
def test_what_is_no_such_card_is_left_to_others(text):
    assert card_of(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("uid:", "uid:04A1B2C", "uid:04A1B2C3D4", "uid:04A1B2CG", "uid:08A1B2C3", "uid: 04A1B2C3", "uid:04A1B2C3\n"),
        *("uid:０４A1B2C3", "wiegand:", "wiegand:1", "wiegand:1-", "wiegand:-1", "wiegand:1-2-3", "wiegand:12,678"),
        *(
            "wiegand:256-1",
            "wiegand34:65536-1",
            "wiegand34:1-65536",
            "wiegand34:",
            "wiegand34:34-1-2",
            "wiegand:34:1-2",
        ),
        *("wiegand:65536-1", "wiegand:1-65536", "wiegand:1-99999", "wiegand:1:2", "wiegand:1--2", "wiegand:١-٢"),
    ],
)
def test_what_only_begins_like_one_is_refused_and_not_shown(text):
    with pytest.raises(NumberInvalid) as refused:
        card_of(text)

    # Whatever stood there, the sentence is the same.
    assert str(refused.value) in WANTED


@pytest.mark.parametrize(
    "number",
    [
        *(b"", b"\0" * 8, b"\xff" * 384, b"04a1b2c3", b"' or 1=1 --", b"1" * 18),
        *(b"123:456789", b"256:1", b"01:2", b"26:1:2", b"34:65536:1"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_any_bytes_in_place_of_a_number_are_none(kind, number):
    assert not is_card(kind, number)


def test_kinds_are_kept_apart():
    """The same characters as another kind of card are somebody else, in register and ledger."""
    kinds = (codes.CARD_RESIDENT, codes.CARD_CODE, *KINDS)

    assert len({pseudonym_as(b"k" * 32, kind, b"04A1B2C3") for kind in kinds}) == len(kinds)


# --- answers ----------------------------------------------------------------------------------------------


@pytest.fixture
def ask(station, tmp_path):
    """Answers a tap under rules, with both cards in the register by the command's own import."""
    keys, register = station.keys(), station.register()
    file = tmp_path / "staff.csv"
    rows = [
        "number,colour,updated",
        "uid:04a1b2c3d4e5f6,green,2020-01-01T00:00:00Z",
        "wiegand:123-45678,green,2020-01-01T00:00:00Z",
    ]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    CsvImport(file, keys.secret("register"), "office", datetime.datetime.now(datetime.UTC)).run(
        register, lambda _: None
    )

    def asked(kind, number, mine):
        lists = StationLists(station.data / "lists.db", keys)
        answering = Answering(Lookup(register), keys, RuleBook.fixed(RULES), lists, 1500, mine)
        given = answering.answer(GATE, Tap(1, 1, kind, number, 0, 5), StationClock().now())
        return given, answering.person(GATE, 1, 1)

    yield asked
    register.close()
    keys.close()


@pytest.mark.parametrize(("kind", "number"), [(codes.CARD_UID, UID), (codes.CARD_WIEGAND, WIEGAND)])
@pytest.mark.parametrize(
    ("trust", "verdict", "reason"),
    [
        (Trust.REFER, codes.REFER, codes.REASON_CARD_UNPROVEN),
        (Trust.REGISTER, codes.REFER, codes.REASON_STATUS_EXPIRED),
        (Trust.STAFF, codes.ALLOW, codes.REASON_STAFF_CARD),
    ],
)
def test_a_card_that_was_imported_is_answered_by_its_rule(ask, kind, number, trust, verdict, reason):
    given, _ = ask(kind, number, trusts(trust, trust))

    assert (given.verdict.verdict, given.verdict.reason) == (verdict, reason)


@pytest.mark.parametrize("trust", Trust)
def test_an_unknown_card_goes_to_staff(ask, trust):
    """Whatever such cards may do."""
    others = ((codes.CARD_UID, b"04A1B2C3"), (codes.CARD_WIEGAND, b"123:45679"), (codes.CARD_UID, WIEGAND))
    for kind, number in (*others, (codes.CARD_WIEGAND, b"34:123:45678")):
        assert ask(kind, number, trusts(trust, trust))[0].verdict.verdict == codes.REFER


def test_nothing_of_such_a_number_is_shown(ask):
    """A short number would be told by three of its characters."""
    for kind, number in ((codes.CARD_UID, UID), (codes.CARD_WIEGAND, WIEGAND), (codes.CARD_WIEGAND, b"1:2")):
        given, person = ask(kind, number, trusts(Trust.STAFF, Trust.STAFF))
        assert given.masked == MASK
        assert number.decode() not in repr(given)
        assert person is not None
        assert number not in person


def test_an_identity_card_is_no_staff_card(ask, number_of):
    """The number of a traveller in a tap of this kind, and the other way round."""
    mine = trusts(Trust.STAFF, Trust.STAFF)

    assert ask(codes.CARD_UID, number_of(1).encode(), mine)[0].verdict.reason == codes.REASON_NUMBER_INVALID
    assert ask(codes.CARD_RESIDENT, UID, mine)[0].verdict.reason == codes.REASON_NUMBER_INVALID
    assert ask(codes.CARD_RESIDENT, b"uid:" + UID, mine)[0].verdict.verdict == codes.REFER


def test_an_import_names_bad_rows_and_shows_no_number(station, tmp_path):
    keys, register = station.keys(), station.register()
    file = tmp_path / "staff.csv"
    rows = ("uid:04A1B2C3", "uid:04a1b2c3", "uid:04A1B2", "wiegand:256000-1")
    text = "number,colour,updated\n" + "".join(f"{row},green,2020-01-01T00:00:00Z\n" for row in rows)
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ImportRefused) as refused:
        CsvImport(file, b"k" * 32, "office", datetime.datetime.now(datetime.UTC)).run(register, lambda _: None)
    register.close()
    keys.close()

    assert [row.line for row in refused.value.bad] == [3, 4, 5]
    assert all(row.what.startswith(f"number {MASK}: ") for row in refused.value.bad)
