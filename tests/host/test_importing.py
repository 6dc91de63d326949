"""CSV import: what is taken, what is refused and how that is said, and that it is all or nothing."""

import datetime
from pathlib import Path

import pytest
from gatehouse import importing, sorted_rows
from gatehouse.importing import CsvImport, ImportRefused
from gatehouse.person import pseudonym
from gatehouse.register import Register
from gatehouse.status import Outcome
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

KEY = b"k" * 32
NOW = datetime.datetime(2026, 11, 23, 12, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
TIME = "2026-11-23T08:00:00+08:00"
TIME_S = int(datetime.datetime.fromisoformat(TIME).timestamp())


@pytest.fixture
def register(tmp_path):
    opened = Register(tmp_path / "data" / "register.db", KEY)
    yield opened
    opened.close()


@pytest.fixture
def load(tmp_path, register):
    """Imports a text or bytes."""

    def run(content, progress=lambda done: None):
        file = tmp_path / "people.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return CsvImport(file, KEY, "city", NOW).run(register, progress)

    return run


def csv_of(*rows, header="number,colour,updated"):
    return "\n".join((header, *rows)) + "\n"


def refusal(load, register, content):
    """What the import says, and the proof that it changed nothing."""
    before = register.count()
    with pytest.raises(ImportRefused) as refused:
        load(content)
    assert register.count() == before
    return refused.value


def test_rows_become_statuses(load, register, number_of):
    """Words in both languages, lower-case x, any order of columns, others ignored."""
    rows = [
        f"x,{number_of(1)},green,{TIME},",
        f"x,{number_of(2)},黄码,2026-11-23T00:00:00Z,密接者",
        f'"a, b", {number_of(3)} ,RED,2026-11-23 08:00:00+08:00,contact 14 days',
        f"x,{'11010519491231002x'},绿,{TIME},",
        f"x,810000199408230021,绿,{TIME},",
        f"x,kaz110090123105,绿,{TIME},",
        f"x,911398199012310021,绿,{TIME},",
    ]

    loaded = load(csv_of(*rows, header="note,Number, colour ,updated,reason"))

    assert (loaded.rows, loaded.newer_kept) == (7, 0)
    found = [register.look_up(number.encode()) for number in (number_of(1), number_of(2), number_of(3))]
    assert [status.outcome for status in found] == [Outcome.GREEN, Outcome.YELLOW, Outcome.RED]
    assert [status.updated_s for status in found] == [TIME_S] * 3
    assert [status.reason for status in found] == ["", "密接者", "contact 14 days"]
    assert found[0].source == "city"
    for number in (b"11010519491231002X", b"810000199408230021", b"KAZ110090123105", b"911398199012310021"):
        assert register.look_up(number).outcome is Outcome.GREEN


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_files_of_any_system_are_read(load, end, number_of):
    """BOM, line ends, a missing last line end, empty lines."""
    text = csv_of(f"{number_of(1)},green,{TIME}", "", f"{number_of(2)},red,{TIME}").rstrip().replace("\n", end)

    assert load(b"\xef\xbb\xbf" + text.encode()).rows == 2


def test_a_file_with_a_header_alone_loads_nothing(load):
    """No people is no error."""
    assert load(csv_of()).rows == 0


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("110101197810270021,green,T", "number 1***************21: its check digit does not fit"),
        ("11010119781027002,green,T", "number 1**************02: it is not 17 digits"),
        (",green,T", "number : it is not 17 digits"),
        ("=HYPERLINK(0),green,T", "number ?**********0?: it is not 17 digits"),
        ("\x1b[31m1101011978,green,T", "number ?************78: "),
        ("\0,green,T", "number *: "),
        ("１１０１０１１９７８１０２７００２９,green,T", "it is not 17 digits"),
        ("N,blue,T", "colour: use one of green, yellow, red"),
        ("N,,T", "colour: use one of"),
        ("N,=1+1,T", "colour: use one of"),
        ("N,1,T", "colour: use one of"),
        ("N,green,", "updated: use a time like"),
        ("N,green,yesterday", "updated: use a time like"),
        ("N,green,2026-11-23T08:00:00", "updated: the zone is missing"),
        ("N,green,2026-11-23", "updated: the zone is missing"),
        ("N,green,2026-11-23T12:06:00+08:00", "updated: this time has not come yet"),
        ("N,green,9999-12-31T23:59:59Z", "updated: this time has not come yet"),
        ("N,green,0001-01-01T00:00:00+14:00", "updated: this time is out of range"),
        ("N,green,1969-12-31T00:00:00Z", "updated: this time is out of range"),
        ("N,green", "too few columns: 2"),
        ("N", "too few columns: 1"),
        ("N;green;T", "too few columns: 1"),
        (" ", "too few columns: 1"),
        ("N,green,T," + "x" * 201, "over 200 characters"),
    ],
)
def test_a_bad_row_is_named_by_line_and_column(load, register, number_of, row, says):
    """And the good rows around it are not imported either."""
    row = ",".join({"N": number_of(7), "T": TIME}.get(field, field) for field in row.split(","))
    said = refusal(load, register, csv_of(f"{number_of(1)},green,{TIME}", row, f"{number_of(2)},red,{TIME}"))

    assert [bad.line for bad in said.bad] == [3]
    assert says in said.bad[0].what
    assert number_of(7) not in said.bad[0].what
    assert "\x1b" not in said.bad[0].what
    assert said.bad_count == 1


@pytest.mark.parametrize(
    "reason", ["=cmd()", "-1", "@x", "x" * 41, "id 110101197810270029", "tel 13800", "a\tb", "a<b>"]
)
def test_a_reason_is_a_short_word_and_no_data(load, register, number_of, reason):
    """Formulas, numbers and markup are refused without being repeated."""
    said = refusal(
        load, register, csv_of(f'{number_of(1)},green,{TIME},"{reason}"', header="number,colour,updated,reason")
    )

    assert "reason: use at most 40 letters" in said.bad[0].what
    assert reason not in said.bad[0].what


def test_the_same_person_twice_is_refused(load, register, number_of):
    """Which of the two would be right?"""
    said = refusal(load, register, csv_of(*(f"{number_of(n)},green,{TIME}" for n in (1, 2, 1))))

    assert [bad.line for bad in said.bad] == [4]
    assert "earlier row" in said.bad[0].what


def test_all_bad_rows_are_told_up_to_a_limit(load, register, monkeypatch):
    """The first hundred with their lines, the rest by number."""
    said = refusal(load, register, csv_of(*("x,green," + TIME for _ in range(150))))

    assert [bad.line for bad in said.bad] == list(range(2, 102))
    assert said.bad_count == 150
    assert str(said) == "150 bad rows"


def test_a_bad_row_after_whole_batches_undoes_them(load, register, number_of, monkeypatch):
    """All or nothing holds over the borders of batches."""
    monkeypatch.setattr(importing, "PROGRESS_ROWS", 10)
    load(csv_of(f"{number_of(0)},red,{TIME}"))

    said = refusal(load, register, csv_of(*(f"{number_of(n)},green,{TIME}" for n in range(35)), f"x,green,{TIME}"))

    assert [bad.line for bad in said.bad] == [37]
    assert register.look_up(number_of(0).encode()).outcome is Outcome.RED


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("number,colour\n", "look at: updated"),
        ("name,city\n", "look at: number, colour, updated"),
        ("number,colour,updated,number\n", "look at: number"),
        ("number;colour;updated\n", "look at: number, colour, updated"),
        ("number,colour,updated,reason,reason\n", "look at: reason"),
        ("number,colour,updated\n".encode("utf-16"), "not UTF-8"),
        ("number,colour,updated\n绿".encode("gb18030"), "not UTF-8"),
        (b"\x80\x81\x82", "not UTF-8"),
        (b"PK\x03\x04" + bytes(range(256)), "not UTF-8"),
        ('number,colour,updated\n"unfinished', "line 2: not CSV"),
        ('number,colour,updated\n"a"b,c,d\n', "line 2: not CSV"),
        ("number,colour,updated\n" + "x" * 200_000, "line 2: not CSV (field larger than field limit"),
        ("\0\0\0\n", "look at: number"),
    ],
)
def test_a_file_that_is_something_else_is_refused(load, register, content, says):
    """Wrong separators, wrong encodings, a zip file, an endless field."""
    assert says in str(refusal(load, register, content))


def test_a_file_that_cannot_be_read_is_refused(tmp_path, register):
    """Missing, or a folder."""
    for path, says in ((tmp_path / "none.csv", "No such file"), (tmp_path, "directory")):
        with pytest.raises(ImportRefused, match=says):
            CsvImport(path, KEY, "city", NOW).run(register, lambda done: None)


def test_a_device_without_end_is_refused(register):
    """Before it has filled the memory."""
    with pytest.raises(ImportRefused, match="line 1: has over 1000000 characters; this is no CSV file"):
        CsvImport(Path("/dev/zero"), KEY, "city", NOW).run(register, lambda done: None)


def test_progress_ends_at_the_size_of_the_file(load, number_of):
    """The bar reaches its end."""
    text = csv_of(*(f"{number_of(n)},green,{TIME}" for n in range(50)))
    told = []

    load(text, told.append)

    assert told[-1] == len(text.encode())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: b"number,colour,updated\n" + text.encode("utf-8", "replace"))
)
def test_any_file_loads_or_is_refused(load, content):
    """Nothing but ImportRefused comes out of whatever somebody picks."""
    try:
        load(content)
    except ImportRefused:
        return


def test_the_pseudonym_in_the_register_is_the_keyed_one(load, register, number_of):
    """What the import writes is what a lookup at the lane asks for."""
    load(csv_of(f"{number_of(1)},green,{TIME}"))

    with register._engine.connect() as connection:
        stored = connection.exec_driver_sql("select pseudonym from status").scalar_one()
    assert stored == pseudonym(KEY, number_of(1).encode())


def test_an_entry_has_a_limit_of_its_own(load, register, number_of):
    """From then on it is expired; an empty field is no limit; a red stays red."""
    rows = [
        f"{number_of(1)},green,{TIME},2026-11-24T08:00:00+08:00",
        f"{number_of(2)},yellow,{TIME},2026-11-24T00:00:00Z",
        f"{number_of(3)},red,{TIME},2026-11-24T08:00:00+08:00",
        f"{number_of(4)},green,{TIME}, ",
    ]
    assert load(csv_of(*rows, header="number,colour,updated,until")).rows == 4

    def outcomes(now_s):
        return [register.look_up(number_of(n).encode(), now_s=now_s).outcome for n in (1, 2, 3, 4)]

    end_s = TIME_S + 24 * 3600
    assert outcomes(end_s - 1) == [Outcome.GREEN, Outcome.YELLOW, Outcome.RED, Outcome.GREEN]
    assert outcomes(end_s) == [Outcome.EXPIRED, Outcome.EXPIRED, Outcome.RED, Outcome.GREEN]
    assert register.look_up(number_of(1).encode(), now_s=end_s - 1).usable_until_s == end_s


@pytest.mark.parametrize(
    ("until", "says"),
    [
        ("soon", "until: use a time like"),
        ("2026-11-24T08:00:00", "until: the zone is missing"),
        ("0001-01-01T00:00:00+14:00", "until: this time is out of range"),
        ("1970-01-01T00:00:00Z", "until: this time is out of range"),
        (TIME, "until: this time is not after updated"),
        ("2026-11-22T08:00:00+08:00", "until: this time is not after updated"),
    ],
)
def test_a_limit_that_is_none_is_a_bad_row(load, register, number_of, until, says):
    """Also where the same text stood in a row that it fitted."""
    good = f"{number_of(1)},green,2026-11-01T08:00:00Z,{until if 'until: this time is not' in says else ''}"
    text = csv_of(good, f"{number_of(2)},green,{TIME},{until}", header="number,colour,updated,until")
    said = refusal(load, register, text)

    assert [bad.line for bad in said.bad] == [3]
    assert says in said.bad[0].what


def test_rows_like_others_are_checked_like_the_first(load, register, number_of):
    """Parts that are known make no number of a wrong check digit, and no field of any length."""
    good = [f"{number_of(n)},green,{TIME}," for n in range(1200)]
    wrong = number_of(77)[:-1] + ("0" if number_of(77)[-1] != "0" else "1")
    bad = [
        f"{wrong},green,{TIME},",
        f"{number_of(5)[:-1]},green,{TIME},",
        f"{number_of(1999)},green,{TIME},{'x' * 201}",
    ]
    said = refusal(load, register, csv_of(*good, *bad, header="number,colour,updated,note"))

    assert [one.line for one in said.bad] == [1202, 1203, 1204]
    assert "its check digit does not fit" in said.bad[0].what
    assert "it is not 17 digits" in said.bad[1].what
    assert "over 200 characters" in said.bad[2].what


def test_repeated_people_are_named_among_the_other_bad_rows(load, register, number_of):
    """In the order of the file, as numbers, cards and codes are shown, and no more than are told of others."""
    rows = [
        f"{number_of(1)},green,{TIME}",
        f"{number_of(1)},red,{TIME}",
        f"x,green,{TIME}",
        f"code:7Q2M-K4XW,green,{TIME}",
        f"code:7Q2M-K4XW,green,{TIME}",
        f"uid:04A1B2C3,green,{TIME}",
        f"uid:04a1b2c3,green,{TIME}",
        f"{number_of(1)},red,{TIME}",
    ]
    said = refusal(load, register, csv_of(*rows))

    shown = f"{number_of(1)[0]}***************{number_of(1)[-2:]}"
    assert [(bad.line, bad.what) for bad in said.bad if "earlier row" in bad.what] == [
        (3, f"number {shown}: the same person stands in an earlier row"),
        (6, "code: the same code stands in an earlier row"),
        (8, "number ********: the same person stands in an earlier row"),
        (9, f"number {shown}: the same person stands in an earlier row"),
    ]
    assert [bad.line for bad in said.bad] == [3, 4, 6, 8, 9]
    assert said.bad_count == 5

    many = csv_of(*(f"{number_of(n)},green,{TIME}" for n in (*range(200), *range(200))))
    said = refusal(load, register, many)
    assert (len(said.bad), said.bad_count) == (importing.BAD_ROWS_KEPT, 200)
    assert [bad.line for bad in said.bad] == list(range(202, 302))


def test_a_file_that_is_the_whole_register_leaves_nobody_else(tmp_path, load, register, number_of):
    """Unless it is said, who is not in the file keeps what he has."""
    load(csv_of(f"{number_of(1)},green,{TIME}", f"{number_of(2)},red,{TIME}"))
    load(csv_of(f"{number_of(3)},green,{TIME}"))
    assert register.count() == 3

    file = tmp_path / "whole.csv"
    file.write_text(csv_of(f"{number_of(2)},green,2026-11-20T08:00:00Z", f"{number_of(4)},green,{TIME}"))
    loaded = CsvImport(file, KEY, "city", NOW).run(register, lambda _done: None, whole=True)

    assert (loaded.rows, loaded.newer_kept, register.count()) == (2, 1, 2)
    assert register.look_up(number_of(2).encode()).outcome is Outcome.RED
    assert register.look_up(number_of(1).encode()).outcome is Outcome.NOT_FOUND


def test_more_reasons_than_words_exist_are_refused(load, register, number_of, monkeypatch):
    """A file that has another one for each person would fill the memory."""
    monkeypatch.setattr(sorted_rows, "REASONS_MAX", 3)
    rows = [f"{number_of(n)},red,{TIME},why {n}" for n in range(5)]
    said = refusal(load, register, csv_of(*rows, header="number,colour,updated,reason"))

    assert "line 5: there are over a million different reasons" in str(said)
