"""`gatehouse register`: bundles, updates, deletions, and that each is in the ledger or not in force."""

import contextlib
import csv
import datetime
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from gatehouse import register_change
from gatehouse.cli import main
from gatehouse.deeds import What
from gatehouse.ledger import Ledger
from gatehouse.schema import DatabaseError
from gatehouse.status import Colour, Outcome
from host.bundle_maker import Office

OFFICE, OTHERS = Office(), Office(b"s" * 32, "Others")
NOW = datetime.datetime.now(datetime.UTC)
SET = f"{NOW - datetime.timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"
ISSUED = f"{NOW - datetime.timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
UNTIL = f"{NOW + datetime.timedelta(hours=6):%Y-%m-%dT%H:%M:%SZ}"
SETTINGS = f"""
[bundles]
station = "Hall B"
[bundles.issuers.city]
key = "{OFFICE.public}"
"""


@pytest.fixture
def call(station):
    """Calls `gatehouse register` with the station's settings."""

    def run(*arguments, settings=SETTINGS):
        station.write_config("loop://", more=settings)
        return CliRunner().invoke(main, [str(one) for one in ("register", *arguments, "--config", station.config)])

    return run


@pytest.fixture
def rows(station):
    """A CSV file of (number, colour)."""

    def write(*people, name="people.csv", extra=""):
        file = station.folder / name
        text = "".join(f"{number},{colour},{SET}{extra and ',' + extra}\n" for number, colour in people)
        file.write_text(f"number,colour,updated{extra and ',until'}\n{text}", encoding="utf-8")
        return file

    return write


@pytest.fixture
def bundle(station, rows):
    """A bundle of (number, colour)."""

    def write(*people, office=OFFICE, **facts):
        content = rows(*people).read_bytes()
        if facts.get("kind") == "deletion":
            content = b"number\n" + b"".join(number.encode() + b"\n" for number, _ in people)
        file = station.folder / f"{facts.get('serial', 7)}.bundle"
        file.write_bytes(office.bundle(content, **{"issued": ISSUED, "valid_until": UNTIL, **facts}))
        return file

    return write


@pytest.fixture
def colours(station):
    """What the register answers about some people."""

    def run(*numbers):
        with contextlib.closing(station.register()) as store:
            return [store.look_up(number.encode()).outcome for number in numbers]

    return run


@pytest.fixture
def deeds(station):
    """(what, detail) of each deed in the ledger."""

    def run():
        if not (station.data / "ledger.db").exists():
            return []
        with contextlib.closing(Ledger(station.data / "ledger.db")) as book:
            return [(deed.what, deed.detail) for deed in book.deeds()]

    return run


def test_a_whole_bundle_forgets_its_issuer_s_others_and_nobody_else(call, station, bundle, colours, number_of):
    """Whoever had his status from elsewhere stays."""
    station.know((number_of(1), Colour.RED, 900), (number_of(2), Colour.GREEN, 900), source="hospital")
    station.know((number_of(3), Colour.RED, 900), (number_of(4), Colour.RED, 900), source="city")

    shown = call("import", bundle((number_of(2), "yellow"), (number_of(3), "green"), (number_of(5), "green")))

    assert shown.exit_code == 0, shown.output
    assert shown.stdout == "3 people imported. The register knows 4.\n"
    assert colours(*map(number_of, range(1, 6))) == [
        Outcome.RED,
        Outcome.YELLOW,
        Outcome.GREEN,
        Outcome.NOT_FOUND,
        Outcome.GREEN,
    ]


def test_changes_and_deletions_follow_a_whole_bundle(call, station, bundle, colours, deeds, number_of):
    """Each with its deed: who issued it, its serial, how many people, and nothing that tells who."""
    call("import", bundle((number_of(1), "green"), (number_of(2), "green")))
    station.know((number_of(9), Colour.RED, 900), source="hospital")
    changed = call("update", bundle((number_of(2), "red"), serial=9, kind="incremental", after=7))
    gone = call("delete", bundle((number_of(1), ""), (number_of(9), ""), serial=12, kind="deletion"))

    assert changed.stdout == "1 people updated. The register knows 3.\n"
    assert gone.stdout == "1 of 2 people forgotten. The register knows 2.\n"
    assert colours(number_of(1), number_of(2), number_of(9)) == [Outcome.NOT_FOUND, Outcome.RED, Outcome.RED]
    told = deeds()
    assert [what for what, _ in told] == [What.REGISTER_IMPORTED, What.REGISTER_UPDATED, What.REGISTER_DELETED]
    assert [detail["serial"] for _, detail in told] == [7, 9, 12]
    assert {detail["issuer"].hex() for _, detail in told} == {OFFICE.public}
    assert [detail["people"] for _, detail in told] == [2, 1, 1]
    text = repr(told)
    assert number_of(1) not in text
    assert number_of(2) not in text


@pytest.mark.parametrize(
    ("serial", "facts", "says"),
    [
        (7, {}, "its serial is 7, and 7 of city was taken here already"),
        (6, {}, "its serial is 6, and 7 of city was taken here already. Get the newest one from its issuer."),
        (8, {"office": OTHERS}, 'says that "Others" with the key'),
        (8, {"station": "Hall A"}, 'meant for the station "Hall A", and this one is "Hall B"'),
        (8, {"valid_until": SET, "issued": "2026-01-01T00:00:00Z"}, "it was valid until"),
        (8, {"kind": "incremental"}, "it is a bundle of the kind incremental. Use: gatehouse register update"),
        (8, {"sha256": "0" * 64}, "its rows are not those that were signed"),
    ],
)
def test_an_old_foreign_or_altered_bundle_changes_nothing(call, bundle, colours, deeds, number_of, serial, facts, says):
    """Neither register nor ledger; also in another process, later."""
    call("import", bundle((number_of(1), "red")))
    before = deeds()

    shown = call("import", bundle((number_of(1), "green"), serial=serial, **facts))

    assert shown.exit_code == 1
    assert says in shown.stderr
    assert shown.stderr.rstrip().endswith("Nothing was imported; the register is as it was.")
    assert colours(number_of(1)) == [Outcome.RED]
    assert deeds() == before


def test_changes_wait_for_those_that_they_build_upon(call, bundle, number_of):
    """A station that has missed one is told which."""
    call("import", bundle((number_of(1), "red")))

    shown = call("update", bundle((number_of(1), "green"), serial=9, kind="incremental", after=8))

    assert shown.exit_code == 1
    assert "it builds upon bundle 8 of city, and the last one taken here is 7" in shown.stderr


def test_a_bundle_with_a_bad_row_is_refused_as_a_whole(call, bundle, colours, deeds, number_of):
    """Its serial is not used up by that."""
    shown = call("import", bundle((number_of(1), "green"), (number_of(2), "blue")))
    assert shown.exit_code == 1
    assert "line 3: colour: use one of" in shown.stderr
    assert deeds() == []
    assert call("import", bundle((number_of(1), "green"))).exit_code == 0
    assert colours(number_of(1)) == [Outcome.GREEN]


def test_entries_carry_their_own_limit(call, station, rows, colours, number_of):
    """A green that may be used until an hour ago is expired."""
    past = f"{NOW - datetime.timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    file = station.folder / "7.bundle"
    content = rows((number_of(1), "green"), (number_of(2), "red"), extra=past).read_bytes()
    file.write_bytes(OFFICE.bundle(content, issued=ISSUED, valid_until=UNTIL))

    assert call("import", file).exit_code == 0
    assert colours(number_of(1), number_of(2)) == [Outcome.EXPIRED, Outcome.RED]


def test_a_station_may_take_bundles_alone(call, rows, bundle, number_of):
    """Plain CSV is refused then, but for people who are to be forgotten."""
    strict = SETTINGS.replace("[bundles]", "[bundles]\nrequired = true")
    for command in ("import", "update"):
        shown = call(command, rows((number_of(1), "green")), settings=strict)
        assert shown.exit_code == 1
        assert "it is no bundle, and the settings, [bundles] required, take nothing else" in shown.stderr
    assert call("import", bundle((number_of(1), "green")), settings=strict).exit_code == 0
    gone = call("delete", rows((number_of(1), "")), settings=strict)
    assert gone.stdout == "1 of 1 people forgotten. The register knows 0.\n"


def test_a_source_beside_a_bundle_is_refused(call, bundle, number_of):
    """Its issuer is the source."""
    shown = call("import", bundle((number_of(1), "green")), "--source", "me")
    assert shown.exit_code == 2
    assert "a bundle or an export says that itself" in shown.stderr


def test_a_source_that_may_be_a_number_is_not_recorded(call, rows, number_of):
    """And so nothing is imported."""
    shown = call("import", rows((number_of(1), "green")), "--source", number_of(3))
    assert shown.exit_code == 1
    assert "may hold somebody's number" in shown.stderr
    assert number_of(3) not in shown.output


# --- deeds --------------------------------------------------------------------------------------------------


CHANGING = [("import", What.REGISTER_IMPORTED), ("update", What.REGISTER_UPDATED), ("delete", What.REGISTER_DELETED)]


@pytest.mark.parametrize(("command", "what"), CHANGING)
def test_what_cannot_be_recorded_is_not_in_force(call, station, rows, colours, number_of, command, what, monkeypatch):
    """However whole the rows were."""
    station.know((number_of(1), Colour.RED, 900))

    def full(_book, _deed):
        raise sa.exc.OperationalError("insert", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr(Ledger, "record", full)
    shown = call(command, rows((number_of(1), "green")))

    assert shown.exit_code == 1
    assert "The ledger cannot record it." in shown.stderr
    assert "disk is full. Free space on that disk" in shown.stderr
    assert colours(number_of(1)) == [Outcome.RED]


@pytest.mark.parametrize(("command", "what"), CHANGING)
def test_a_deed_whose_change_fails_is_taken_back(
    call, station, rows, colours, deeds, number_of, command, what, monkeypatch
):
    """The register's disk is full at the very last moment: the ledger says that it is not in force."""
    station.know((number_of(1), Colour.RED, 900))

    def fails(*_):
        raise DatabaseError("the disk is full.")

    monkeypatch.setattr(register_change, "remember", fails)
    shown = call(command, rows((number_of(1), "green")))

    assert shown.exit_code == 1
    assert colours(number_of(1)) == [Outcome.RED]
    (first, done), (second, undone) = deeds()
    assert first == second == what
    assert undone == {"undone": done["change"]}


def test_a_power_cut_between_deed_and_change_is_found_by_the_next(
    call, station, rows, deeds, colours, number_of, monkeypatch
):
    """Nobody could take it back then; `verify` says so, and the next change records it."""

    class PowerCut(BaseException):
        """Nothing is cleaned up."""

    def cut(*_):
        raise PowerCut

    call("import", rows((number_of(1), "red")))
    with monkeypatch.context() as patch, contextlib.suppress(PowerCut):
        patch.setattr(register_change, "remember", cut)
        call("import", rows((number_of(1), "green")))
    assert colours(number_of(1)) == [Outcome.RED]
    checked = call("verify")
    assert checked.exit_code == 1
    assert "1 changes that the ledger tells of are not in it" in checked.stderr

    shown = call("update", rows((number_of(2), "green")))

    assert "1 earlier changes that this register does not hold" in shown.stderr
    told = deeds()
    assert [sorted(detail) for _, detail in told][2] == ["undone"]
    assert told[2][1]["undone"] == told[1][1]["change"]
    assert call("verify").exit_code == 0
    assert len(deeds()) == 4


@pytest.mark.parametrize("command", ["import", "update"])
def test_a_change_that_is_killed_before_any_commit_is_whole_or_not_there(
    call, station, bundle, colours, deeds, number_of, command
):
    """Real processes, killed before each commit from the deed's on; whatever is left, the next one is right."""
    kind = {"import": "whole", "update": "incremental"}[command]
    call("import", bundle((number_of(1), "red"), serial=1))
    serial, nth, killed = 2, 0, 0
    while True:
        nth += 1
        file = bundle((number_of(1), "green"), serial=serial, kind=kind)
        script = Path(__file__).with_name("killed_changes.py")
        arguments = [sys.executable, script, str(nth), "register", command, file, "--config", station.config]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        if done.returncode != -signal.SIGKILL:
            break
        killed += 1
        marks = [detail.get("serial") for _, detail in deeds()]
        if colours(number_of(1)) == [Outcome.GREEN]:
            assert serial in marks, "in force, and not recorded"
            again = call(command, file)
            assert "was taken here already" in again.stderr
            serial += 1
            assert call(command, bundle((number_of(1), "red"), serial=serial, kind=kind)).exit_code == 0
        elif serial in marks:
            assert "are not in it" in call("verify").stderr
            serial += 1
            assert call(command, bundle((number_of(1), "red"), serial=serial, kind=kind)).exit_code == 0
            assert any("undone" in detail for _, detail in deeds())
        serial += 1

    assert call("verify").exit_code == 0
    assert done.returncode == 0, done.stderr
    assert killed >= 2


def test_changes_are_recorded_beside_a_ledger_that_is_in_use(call, station, rows, deeds, number_of):
    """As a running gatehouse has it open, with its own transactions."""
    with contextlib.closing(Ledger(station.data / "ledger.db")) as running:
        running.prove_writable()
        assert call("import", rows((number_of(1), "red"))).exit_code == 0
        running.prove_writable()
    assert len(deeds()) == 1


def test_a_ledger_that_was_lost_is_not_begun_anew_by_an_import(call, station, rows, number_of):
    """Travellers were answered before: the operator has to say that it is gone."""
    with contextlib.closing(station.keys()) as keys:
        keys.secret("ledger 2026-11-23")
    shown = call("import", rows((number_of(1), "red")))
    assert shown.exit_code == 1
    assert "travellers have been answered here before" in shown.stderr
    assert not (station.data / "ledger.db").exists()


# --- restored backups ---------------------------------------------------------------------------------------


def test_a_restored_register_is_told_and_caught_up(call, station, bundle, colours, deeds, number_of):
    """Old bundles are refused as ever; those that it has lost are taken again when that is wanted, in their order."""
    call("import", bundle((number_of(1), "green"), serial=5))
    shutil.copytree(station.data, station.folder / "backup")
    call("update", bundle((number_of(1), "red"), serial=6, kind="incremental", after=5))
    call("update", bundle((number_of(2), "red"), serial=7, kind="incremental", after=6))
    shutil.rmtree(station.data)
    (station.folder / "backup").rename(station.data)

    old = call("update", bundle((number_of(1), "red"), serial=6, kind="incremental", after=5))
    assert old.exit_code == 1
    assert "its serial is 6, and 7 of city was taken here already, though the register remembers 5 only" in old.stderr
    gap = call("update", bundle((number_of(2), "red"), serial=7, kind="incremental", after=6), "--again")
    assert "it builds upon bundle 6 of city" in gap.stderr
    for serial, person in ((6, 1), (7, 2)):
        file = bundle((number_of(person), "red"), serial=serial, kind="incremental", after=serial - 1)
        again = call("update", file, "--again")
        assert again.exit_code == 0, again.stderr
        assert (
            f"remembers bundle {serial - 1} of city as the last, the key file 7: the register was restored"
            in again.stderr
        )
    assert colours(number_of(1), number_of(2)) == [Outcome.RED, Outcome.RED]
    twice = call("update", file, "--again")
    assert "its serial is 7, and 7 of city was taken here already. Get" in twice.stderr


def test_a_register_restored_beside_its_ledger_is_told(call, station, rows, deeds, number_of):
    """The ledger knows of changes that it does not hold."""
    call("import", rows((number_of(1), "red")))
    shutil.copy(station.data / "register.db", station.folder / "old.db")
    call("import", rows((number_of(2), "red")))
    for file in station.data.glob("register.db-*"):
        file.unlink()
    shutil.copy(station.folder / "old.db", station.data / "register.db")

    assert "are not in it" in call("verify").stderr
    assert "1 earlier changes that this register does not hold" in call("import", rows((number_of(3), "red"))).stderr


# --- looking and copying ------------------------------------------------------------------------------------


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


# --- the office ---------------------------------------------------------------------------------------------


def office(*arguments):
    return CliRunner().invoke(main, [str(one) for one in ("register", *arguments)])


def test_an_office_makes_key_and_bundle_and_a_station_takes_it(call, station, rows, colours, number_of, tmp_path):
    """By commands alone, as the help shows."""
    key = tmp_path / "office.pem"
    made = office("issuer", key, "--new")
    public = made.stdout.strip()
    assert office("issuer", key).stdout.strip() == public
    assert office("issuer", key, "--new").exit_code == 1
    file = tmp_path / "41.bundle"
    signed = office(
        "issue",
        rows((number_of(1), "green")),
        file,
        "--key",
        key,
        "--issuer",
        "卫生局",
        "--serial",
        "41",
        "--valid",
        "7d",
    )
    assert signed.exit_code == 0, signed.output
    assert "bundle 41, whole, 1 people" in signed.stdout

    shown = call("import", file, settings=f'[bundles.issuers.city]\nkey = "{public}"\n')

    assert shown.exit_code == 0, shown.output
    assert colours(number_of(1)) == [Outcome.GREEN]


@pytest.mark.parametrize(
    ("more", "status", "says"),
    [
        (("--serial", "0"), 1, "serial: allowed is a whole number"),
        (("--serial", "3", "--kind", "incremental", "--after", "3"), 1, "builds upon an earlier one"),
        (("--serial", "3", "--valid", "0h"), 2, "--valid: use hours or days"),
        (("--serial", "3", "--valid", "9999999d"), 2, "--valid: use hours or days"),
        (("--serial", "3", "--station", "a\nb"), 1, "station: a name has no control"),
    ],
)
def test_what_no_station_would_take_is_not_signed(rows, number_of, tmp_path, more, status, says):
    """It is told at the office, not at a hundred stations."""
    office("issuer", tmp_path / "k.pem", "--new")
    common = ("--key", tmp_path / "k.pem", "--issuer", "Office")
    shown = office("issue", rows((number_of(1), "green")), tmp_path / "b", *common, *more)
    assert shown.exit_code == status
    assert says in shown.stderr
    assert "Nothing was signed." in shown.stderr
    bad = office("issue", rows((number_of(1), "blue")), tmp_path / "b", *common, "--serial", "3")
    assert "line 2: colour: use one of" in bad.stderr
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("command", ["import", "update", "delete", "stats", "verify", "export", "issue", "issuer"])
def test_help_has_examples_and_exit_status(command):
    """As of every command."""
    shown = office(command, "--help").output
    assert f"gatehouse register {command}" in shown
    assert "Exit status:" in shown
