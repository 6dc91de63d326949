"""QR and bar codes at the house: a question like a card, known by import alone, and nothing of one is ever told."""

import datetime

import pytest
from gatehouse.answering import Answering
from gatehouse.clock import StationClock
from gatehouse.importing import CsvImport, ImportRefused
from gatehouse.lists import StationLists
from gatehouse.lookup.lookup import Lookup
from gatehouse.person import masked_as, pseudonym, pseudonym_as
from gatehouse.rules.book import RuleBook
from gatehouse.rules.usual import usual
from gatelink import codes
from gatelink.gate_to_house import Tap
from gatelink.limits import PRESENTED_MAX_BYTES
from qr_bench import QrBench

GATE = b"GATE-A1."
RULES = usual(86400, 120, codes.REFER, codes.DENY)
CODE = "GH1:7q2m-K4\u7801"
HOSTILE = (
    b"\0" * PRESENTED_MAX_BYTES,
    bytes(range(256)),
    b"\x1b[2J\x1b]0;owned\x07",
    b"'; drop table status; --",
    b"%s%n{0.__class__}${jndi:ldap://x}",
    b'=HYPERLINK("http://x")',
    b"A1: gate is gone\nA1: everybody may pass",
    b"\xff\xfe\xed\xa0\x80",
    b" ",
)

# From a printer that pads, from a generator, from somebody who tries: as they stand in a row and in a module's bytes.
SHOWN = (
    " begins with a space",
    "ends with spaces  ",
    "\u3000full width\u3000",
    "\u00a0no break\u00a0",
    "in  the  midst",
    " ",
    "one, two",
    'say "yes"',
    "code:code:",
    "\x0b\x0c\x1c\x85\u2028",
    "\ufeffmark",
    "\x1b[2J\x07\x7f",
    "%s%n{0}",
    "tab\tbed",
    "two\nlines",
    "nul\0inside",
    "\0",
    "\x03\0\0\x01\x00\x33\x31",  # a module's reply to the heartbeat
    "x" * PRESENTED_MAX_BYTES,
    " " + "y" * PRESENTED_MAX_BYTES,
    "\u7801" * (PRESENTED_MAX_BYTES // 3),
    "\u7801" * (PRESENTED_MAX_BYTES // 3) + "x",
)


@pytest.fixture
def keys(station):
    opened = station.keys()
    yield opened
    opened.close()


@pytest.fixture
def register(station, keys):
    opened = station.register()
    yield opened
    opened.close()


@pytest.fixture
def load(tmp_path, keys, register):
    """Imports rows of (number, colour)."""

    def run(*rows):
        now = datetime.datetime.now().astimezone()
        file = tmp_path / "codes.csv"
        lines = [f'"{number}",{colour},{now.isoformat()}' for number, colour in rows]
        file.write_text("\n".join(["number,colour,updated", *lines]), encoding="utf-8", newline="")
        return CsvImport(file, keys.secret("register"), "venue", now).run(register, lambda _done: None)

    return run


@pytest.fixture
def ask(station, keys, register):
    """(verdict, reason) for something presented."""
    answering = Answering(
        Lookup(register), keys, RuleBook.fixed(RULES), StationLists(station.data / "lists.db", keys), 1500
    )

    def run(presented, kind=codes.CARD_CODE):
        tap = Tap(1, 1, kind, presented, 0, 5)
        given = answering.answer(GATE, tap, StationClock().now())
        assert tap.number == b""
        run.given, run.person = given, answering.person(GATE, 1, 1)
        return given.verdict.verdict, given.verdict.reason

    return run


def test_a_code_that_was_imported_has_its_status(load, ask):
    """As it is printed, to the byte."""
    load((f" code:{CODE}", "green"), ("CODE:Second", "red"), ("code:third", "yellow"))

    assert ask(CODE.encode()) == (codes.ALLOW, codes.REASON_GREEN)
    assert ask(b"Second") == (codes.DENY, codes.REASON_RED)
    assert ask(b"third") == (codes.REFER, codes.REASON_YELLOW)
    for other in (CODE.upper().encode(), b"second", CODE.encode() + b" ", b"code:" + CODE.encode()):
        assert ask(other) == (codes.REFER, codes.REASON_NOT_FOUND)


@pytest.mark.parametrize("code", HOSTILE)
def test_a_code_that_nobody_knows_refers_to_staff_and_says_nothing(ask, code):
    """Whatever is in it."""
    assert ask(code) == (codes.REFER, codes.REASON_NOT_FOUND)
    assert ask.given.masked == "code"
    assert len(ask.person) == 16
    assert all(repr(code)[2:-1] not in shown for shown in (repr(ask.given), str(ask.given))) or code == b" "


def test_an_empty_code_is_none(ask):
    """A gate never sends one."""
    assert ask(b"") == (codes.REFER, codes.REASON_NUMBER_INVALID)


def test_a_code_and_a_number_never_stand_for_each_other(load, ask, keys, number_of):
    """The digits of somebody's number in a code are not that person, in the register nor in the ledger."""
    number = number_of(1)
    load((number, "green"))

    assert ask(number.encode(), codes.CARD_RESIDENT) == (codes.ALLOW, codes.REASON_GREEN)
    person = ask.person
    assert ask(number.encode()) == (codes.REFER, codes.REASON_NOT_FOUND)
    assert ask.person != person

    load((f"code:{number_of(2)}", "green"))
    assert ask(number_of(2).encode()) == (codes.ALLOW, codes.REASON_GREEN)
    assert ask(number_of(2).encode(), codes.CARD_RESIDENT) == (codes.REFER, codes.REASON_NOT_FOUND)


def test_numbers_keep_their_pseudonyms():
    """Registers that were filled before codes came stay good."""
    for kind in (codes.CARD_RESIDENT, codes.CARD_HMT_PERMIT, codes.CARD_FOREIGN_2017, codes.CARD_FOREIGN_2023):
        assert pseudonym_as(b"k" * 32, kind, b"11010519491231002X") == pseudonym(b"k" * 32, b"11010519491231002X")
    assert masked_as(codes.CARD_RESIDENT, b"11010519491231002X") == "1***************2X"
    assert masked_as(codes.CARD_CODE, b"11010519491231002X") == "code"


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("code:", "code: use 2 to 384 bytes"),
        ("code:A", "code: one byte is noise"),
        ("code: ", "code: one byte is noise"),
        ("code:   ", "code: it is nothing but spaces"),
        ("code:\u3000\u00a0", "code: it is nothing but spaces"),
        ("code:" + "x" * 385, "code: use 2 to 384 bytes"),
        ("code:" + "\u7801" * 129, "code: use 2 to 384 bytes"),
        ("code:one\ntwo", "code: it holds a line end, a tab or a NUL"),
        ("code:one\ttwo", "code: it holds a line end, a tab or a NUL"),
        ("code:two\0", "code: it holds a line end, a tab or a NUL"),
    ],
)
def test_a_row_whose_code_no_gate_can_read_is_refused(load, register, number, says):
    """By its line, and with nothing of the code."""
    with pytest.raises(ImportRefused) as refused:
        load(("code:good", "green"), (number, "green"))

    assert says in refused.value.bad[0].what
    assert "two" not in refused.value.bad[0].what
    assert register.count() == 0


@pytest.mark.parametrize("code", SHOWN)
def test_what_an_import_takes_a_gate_tells_alike(load, register, ask, code):
    """The gate's own driver reads it from a module: its person is let in, or the row was refused."""
    told = QrBench().wait(600).show(code.encode(), b"\r\n").told
    try:
        load(("code:" + code.replace('"', '""'), "green"))
    except ImportRefused:
        assert register.count() == 0
        assert told != [code.encode()] or not code.strip() or "\0" in code
        return
    assert told == [code.encode()]
    assert ask(told[0]) == (codes.ALLOW, codes.REASON_GREEN)
    if code.strip() != code:
        assert ask(code.strip().encode()) == (codes.REFER, codes.REASON_NOT_FOUND)


def test_the_longest_code_is_taken_and_the_same_one_twice_is_not(load, register, ask):
    """And the message names the line alone."""
    longest = "y" * PRESENTED_MAX_BYTES
    load((f"code:{longest}", "green"))
    assert ask(longest.encode()) == (codes.ALLOW, codes.REASON_GREEN)

    with pytest.raises(ImportRefused) as refused:
        load(("code:twice", "green"), ("code:twice", "red"))
    assert refused.value.bad[0].what == "code: the same code stands in an earlier row"


def test_the_register_holds_no_text_of_a_code(station, load, register):
    """Only its pseudonym."""
    load(("code:find-me-in-the-file", "green"))
    register.close()
    for path in station.data.iterdir():
        assert b"find-me" not in path.read_bytes(), path.name
