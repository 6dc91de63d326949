"""A file of travellers is taken as a whole or refused row by row."""

import datetime

import pytest
from gatetools.sim import people_file
from gatetools.sim.people import Behaviour, TrueColour
from gatetools.sim.people_file import PeopleFileError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
GOOD = "11010519491231002X"
HEADER = "number,colour,updated,behaviour\n"


@pytest.fixture
def read(tmp_path):
    def read(text, encoding="utf-8"):
        path = tmp_path / "people.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return people_file.read(path, NOW)

    return read


def problems(read, text):
    with pytest.raises(PeopleFileError) as refused:
        read(text)
    for problem in refused.value.problems:
        assert "19491231" not in problem, "no full number in a message"
    return refused.value.problems


def test_rows_become_travellers(read):
    """In their order, with status and behaviour."""
    found = read(
        HEADER
        + f"{GOOD},green,2026-03-01T08:00:00+08:00,turned_back\n"
        + "440524188001010014,RED,now,\n"
        + "110101197810270021,green,now,wrong_check_digit\n"
        + "330105197810270025,unknown,,normal\n"
    )
    assert [GOOD, "440524188001010014", "110101197810270021", "330105197810270025"] == [t.number for t in found]
    assert [TrueColour.GREEN, TrueColour.RED, TrueColour.GREEN, TrueColour.UNKNOWN] == [t.colour for t in found]
    assert [Behaviour.TURNED_BACK, Behaviour.NORMAL] == [t.behaviour for t in found[:2]]
    assert NOW == found[1].updated


def test_spreadsheets_are_understood(read):
    """A BOM, other columns, another order, empty lines, lower-case x."""
    (found,) = read(f"\ufeffColour,Name,updated,Number\r\n\r\ngreen,specimen,now,{GOOD.lower()}\r\n,,,\r\n")
    assert GOOD == found.number


def test_numbers_of_every_kind_of_card_are_taken(read):
    """The form tells the card: the character at byte 248 of its text."""
    found = read(
        HEADER
        + f"{GOOD},green,now,\n810000199408230021,green,now,not_yet_valid_card\nkaz110090123105,green,now,\n"
        + "911398199012310021,green,now,expired_card\nKAZ110090123107,green,now,wrong_check_digit\n"
    )
    assert " JIYI" == "".join(chr(traveller.card().text[248]) for traveller in found)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("110101197810270021,green,now", "check digit"),
        (f"{GOOD},green,now,wrong_check_digit", "fits, but the behaviour"),
        ("110101197802310029,green,now", "birth date"),
        ("880101197810270029,green,now", "province"),
        (f"{GOOD},purple,now", "colour: use one of green, yellow, red, unknown"),
        (f"{GOOD},green,now,dancing", "behaviour: use one of normal"),
        (f"{GOOD},green,yesterday", "updated: use a time like"),
        (f"{GOOD},green,2026-03-01T08:00:00", "zone is missing"),
        (f"{GOOD},green,2027-03-01T08:00:00Z", "not come yet"),
        (f"{GOOD},green,", "updated: is missing"),
        (f"{GOOD}", "colour, updated: is missing"),
        ("1101051949123100２X,green,now", "17 digits"),
        ("'; drop table status; --,green,now", "17 digits"),
        ("1" * 5000 + ",green,now", "17 digits"),
    ],
)
def test_bad_rows_are_named_with_line_and_reason(read, row, why):
    """All of them, and nothing is taken."""
    said = problems(read, f"{HEADER}{GOOD},green,now,\n{row}\n\n{row}\n")
    assert 2 == len(said)
    assert "line 3" in said[0]
    assert "line 5" in said[1]
    assert all(why in sentence for sentence in said)


@pytest.mark.parametrize("shown", ["code:ABC", "CODE:ticket 17 of Wang", "uid:04A1B2C3", "wiegand:123-45678"])
def test_codes_and_cards_of_staff_are_refused_and_nothing_of_them_is_shown(read, shown):
    """With what to use instead."""
    (said,) = problems(read, f"{HEADER}{shown},green,now,\n")
    assert said.endswith(
        "line 2: number: write that of an identity card. A traveller of this file has no code and no card of staff; "
        "`gate sim` shows one"
    )


def test_one_person_has_one_status(read):
    """The same number may come again, but not with another status."""
    assert 2 == len(read(f"{HEADER}{GOOD},green,now,\n{GOOD},green,now,laid_twice\n"))
    (said,) = problems(read, f"{HEADER}{GOOD},green,now,\n{GOOD},red,now,\n")
    assert "line 3" in said
    assert "line 2" in said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "line 1"),
        (HEADER, "holds no traveller"),
        ("number,colour\n", "updated"),
        ("number,number,colour,updated\n", "number"),
        (b"\xff\xfe\x00", "UTF-8"),
        (HEADER + '"unclosed', "not CSV"),
        (HEADER + "x" * 200_000, "not CSV"),
    ],
)
def test_files_that_are_none_say_what_they_lack(read, text, why):
    """One sentence that helps."""
    (said,) = problems(read, text)
    assert why in said


def test_a_missing_file_is_named(tmp_path):
    """With its path."""
    with pytest.raises(PeopleFileError, match=r"none\.csv: cannot be read"):
        people_file.read(tmp_path / "none.csv", NOW)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.booleans())
def test_no_file_breaks_it(tmp_path, data, with_header):
    """Whatever lies there: travellers or PeopleFileError, nothing else."""
    path = tmp_path / "any.csv"
    path.write_bytes((HEADER.encode() if with_header else b"") + data)
    try:
        travellers = people_file.read(path, NOW)
    except PeopleFileError as refused:
        said = refused.problems
    else:
        said = travellers
    assert said
