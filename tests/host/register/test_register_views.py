"""`gatehouse register stats`, `verify`, `export`, and an export that comes back."""

import contextlib
import csv
import json
import shutil
import sqlite3

import pytest
from gatehouse.status import Colour, Outcome
from host.bundle_maker import OTHERS


def test_stats_tell_of_nobody(call, station, number_of):
    """Sources, colours, how many, how old; for programs too."""
    station.know((number_of(1), Colour.RED, 900), (number_of(2), Colour.GREEN, 60), source="city")
    shown, told = call("stats"), json.loads(call("stats", "--json").stdout)

    assert "2 people" in shown.stdout
    assert told["people"] == 2
    assert [(group["source"], group["colour"], group["people"]) for group in told["groups"]] == [
        ("city", 1, 1),
        ("city", 3, 1),
    ]


def test_commands_without_a_register_say_what_makes_one(call, station):
    """And make none."""
    for arguments in (("stats",), ("verify",), ("export", station.folder / "x.csv")):
        shown = call(*arguments)
        assert shown.exit_code == 1
        assert "no register yet; it is made by `gatehouse register import`" in shown.stderr
    assert not (station.data / "register.db").exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("colour = 9", "a colour is none"),
        ("updated_s = 99999999999", "a status was set at a time that has not come yet"),
        ("until_s = 1", "an age limit ends before the status was set"),
        ("source = ' '", "a status has no source"),
        ("reason = '12345'", "a reason is no short word"),
    ],
)
def test_verify_finds_rows_that_no_import_wrote(call, station, number_of, change, says):
    """Whoever wrote to the file."""
    station.know((number_of(1), Colour.GREEN, 60), (number_of(2), Colour.GREEN, 60))
    assert call("verify").exit_code == 0
    with contextlib.closing(sqlite3.connect(station.data / "register.db")) as file:
        file.execute(f"update status set {change}")
        file.commit()

    shown = call("verify")

    assert shown.exit_code == 1
    assert f"2 rows: {says}" in shown.stderr


def test_verify_finds_damaged_pages_and_other_keys(call, station, number_of):
    """A register under another key is of no use here."""
    station.know(*((number_of(n), Colour.GREEN, 60) for n in range(2000)))
    call("stats")
    path = station.data / "register.db"
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.execute("pragma wal_checkpoint(truncate)")
        root = file.execute("select rootpage from sqlite_master where name = 'status'").fetchone()[0]
        page = file.execute("pragma page_size").fetchone()[0]
    content = bytearray(path.read_bytes())
    content[root * page - 100 : root * page] = b"\xff" * 100
    path.write_bytes(content)
    assert call("verify").exit_code == 1

    path.unlink()
    station.know((number_of(1), Colour.GREEN, 60))
    shutil.rmtree(station.keys_path.parent)
    station.keys().close()
    assert "filled with another key file" in call("verify").stderr


def test_verify_tells_a_bundle_without_importing_it(call, station, bundle, deeds, number_of):
    """Its issuer, kind, people and dates; and what is wrong with it."""
    good = call("verify", bundle((number_of(1), "green"), station="Hall B"))
    assert good.exit_code == 0, good.output
    assert "bundle 7 of city (Office), whole, 1 people" in good.stdout
    assert "for Hall B. Nothing was imported." in good.stdout
    bad = call("verify", bundle((number_of(1), "blue")))
    assert (bad.exit_code, "colour: use one of" in bad.stderr) == (1, True)
    foreign = call("verify", bundle((number_of(1), "green"), office=OTHERS))
    assert (foreign.exit_code, "does not trust" in foreign.stderr) == (1, True)
    call("import", bundle((number_of(1), "green")))
    old = call("verify", bundle((number_of(1), "green")))
    assert (old.exit_code, "was taken here already" in old.stderr) == (1, True)


def test_an_export_comes_back_into_a_register_with_the_same_key(call, station, colours, number_of):
    """Every status with its time, source, reason and limit; nobody's number; for its owner alone."""
    station.know((number_of(1), Colour.GREEN, 900), source="city, north")
    station.know((number_of(2), Colour.RED, 60), source="hospital")
    out = station.folder / "export.csv"

    shown = call("export", out)

    assert shown.exit_code == 0, shown.output
    assert out.stat().st_mode & 0o777 == 0o600
    assert number_of(1) not in out.read_text(encoding="utf-8")
    with contextlib.closing(station.register()) as store:
        before = list(store.rows())
        store.delete(row[0] for row in before)
    back = call("import", out)
    assert back.stdout == "2 people imported. The register knows 2.\n", back.stderr
    with contextlib.closing(station.register()) as store:
        assert list(store.rows()) == before
    assert "is there already" in call("export", out).stderr


def test_an_export_under_another_key_is_refused(call, station, number_of):
    """Its pseudonyms would be nobody's."""
    station.know((number_of(1), Colour.GREEN, 900))
    out = station.folder / "export.csv"
    call("export", out)
    shutil.rmtree(station.data)
    shutil.rmtree(station.keys_path.parent)
    station.keys().close()

    shown = call("import", out)

    assert shown.exit_code == 1
    assert "exported from a register with another key" in shown.stderr


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        (0, "00" * 16, "pseudonym: it is not above the one before"),
        (0, "0" * 31, "pseudonym: use 32 digits"),
        (0, "G" * 32, "pseudonym: use 32 digits"),
        (1, "4", "colour: use one of"),
        (2, "2026-01-01", "updated: the zone is missing"),
        (3, "1970-01-01T00:00:01Z", "until: this time is not after updated"),
        (4, "=cmd()", "reason: use at most"),
        (5, "", "source: use 1 to"),
        (5, "a\x1bb", "source: use 1 to"),
    ],
)
def test_an_altered_export_is_refused_as_a_whole(call, station, colours, number_of, place, value, says):
    """The row is named, and nothing is imported."""
    station.know(*((number_of(n), Colour.GREEN, 900) for n in (1, 2, 3)))
    out = station.folder / "export.csv"
    call("export", out)
    with out.open(encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))
    table[2][place] = value
    with out.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(table)
    station.know((number_of(1), Colour.RED, 60))

    shown = call("import", out)

    assert shown.exit_code == 1
    assert f"line 3: {says}" in shown.stderr
    assert "\x1b" not in shown.stderr
    assert colours(number_of(1)) == [Outcome.RED]


def test_an_export_never_lies_with_data_or_keys(call, station, number_of):
    """With the key beside it, it tells who."""
    station.know((number_of(1), Colour.GREEN, 900))
    for folder in (station.data, station.keys_path.parent):
        shown = call("export", folder / "x.csv")
        assert shown.exit_code == 2
        assert "Choose another place" in shown.stderr
        assert not (folder / "x.csv").exists()


HOSTILE = [
    "",
    ",,,,,\n",
    "\0\n",
    '"\n',
    "00" * 16 + ",green\n",
    ("f" * 32 + ",green,2026-01-01T00:00:00Z,,,city\n") * 2,
]


@pytest.mark.parametrize("more", HOSTILE)
@pytest.mark.parametrize("command", ["import", "delete"])
def test_whatever_stands_in_a_file_is_taken_or_refused_in_words(call, station, number_of, command, more):
    """Behind the right first line, or as people who are to be forgotten."""
    station.know((number_of(1), Colour.GREEN, 900))
    out = station.folder / "export.csv"
    call("export", out)
    first = out.read_text(encoding="utf-8").splitlines()[0] if command == "import" else "number"
    out.write_text(f"{first}\n{more}", encoding="utf-8")

    shown = call(command, out)

    assert shown.exit_code == (0 if not more else 1), shown.output
    assert not isinstance(shown.exception, Exception) or isinstance(shown.exception, SystemExit)
