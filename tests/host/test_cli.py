"""The command's own face: help, examples, import, lists, and how mistakes are answered."""

import datetime
import json
import time

import pytest
from click.testing import CliRunner
from gatehouse.cli import main
from gatehouse.ledger import Entry, Ledger
from gatehouse.settings import load
from gatehouse.status import Colour, Outcome
from gatelink import codes

NOW = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


@pytest.fixture
def call(station):
    """Calls the command with the station's settings."""

    def run(*arguments):
        if arguments[-1] != "--help" and arguments[0] != "example-config":
            arguments = (*arguments, "--config", station.config)
        return CliRunner().invoke(main, [str(one) for one in arguments])

    station.write_config("loop://")
    return run


@pytest.fixture
def people(station):
    """Writes a CSV file of (number, colour) pairs."""

    def write(*rows):
        file = station.folder / "people.csv"
        file.write_text("number,colour,updated\n" + "".join(f"{n},{c},{NOW}\n" for n, c in rows), encoding="utf-8")
        return file

    return write


@pytest.mark.parametrize(
    ("arguments", "teaches"),
    [
        ((), "gatehouse register import people.csv"),
        (("run",), "gatehouse run --config /etc/gatehouse.toml"),
        (("register", "import"), "2026-01-31T08:00:00+08:00"),
        (("register",), "pseudonym"),
        (("ledger", "list"), "newest entries"),
        (("example-config",), "gatehouse example-config > gatehouse.toml"),
        (("gates",), "enrolled"),
        (("lane",), 'gatehouse lane A1 open --reason "wheelchair, through by hand"'),
        (("watch",), 'gatehouse watch --lang zh --as "Wang Li"'),
    ],
)
def test_help_teaches(call, arguments, teaches):
    """With examples that can be copied."""
    shown = call(*arguments, "--help")

    assert shown.exit_code == 0
    assert teaches in shown.output


def test_the_printed_example_is_a_file_that_loads(call, tmp_path):
    """As the first step in the help says."""
    file = tmp_path / "printed.toml"
    file.write_text(call("example-config").output, encoding="utf-8")

    assert load(file).port[0].url == "/dev/ttyUSB0"


def test_an_import_says_what_it_did(call, station, people, number_of):
    """How many, how many knew better, how many are known now."""
    first = call("register", "import", people((number_of(1), "green"), (number_of(2), "red")))
    station.know((number_of(3), Colour.RED, -60))
    second = call("register", "import", people((number_of(2), "green"), (number_of(3), "green")))

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout == "2 people imported. The register knows 2.\n"
    assert second.stdout.startswith("2 people imported. 1 of them had a later status already")
    register = station.register()
    assert register.look_up(number_of(3).encode()).outcome is Outcome.RED
    register.close()


def test_a_bad_import_names_rows_and_changes_nothing(call, station, people, number_of):
    """Every bad row on a line of its own, exit status 1."""
    file = people((number_of(1), "green"), ("110101197810270021", "green"), (number_of(2), "blue"))

    shown = call("register", "import", file)

    assert shown.exit_code == 1
    assert f"{file}, line 3: number 1***************21: its check digit does not fit" in shown.stderr
    assert f"{file}, line 4: colour: use one of green" in shown.stderr
    assert "2 bad rows. Nothing was imported; the register is as it was." in shown.stderr
    assert "110101197810270021" not in shown.output + shown.stderr
    register = station.register()
    assert register.count() == 0
    register.close()


def test_more_bad_rows_than_anybody_reads_are_counted(call, people):
    """A hundred lines and how many more."""
    shown = call("register", "import", people(*[("1", "green")] * 120))

    assert shown.stderr.count("line ") == 100
    assert "... and 20 more" in shown.stderr
    assert "120 bad rows" in shown.stderr


def test_an_import_of_nothing_known_fails_in_words(call, station):
    """Missing file, unusable key file, unusable register, no source."""
    missing = call("register", "import", station.folder / "none.csv")
    no_source = call("register", "import", station.folder / "none.csv", "--source", " ")
    station.keys_path.chmod(0o644)
    others = call("register", "import", station.folder / "none.csv")
    station.keys_path.chmod(0o600)
    (station.data / "register.db").write_text("x" * 500)
    broken = call("register", "import", station.folder / "none.csv")

    for shown, status, says in (
        (missing, 1, "cannot be read: No such file or directory. Nothing was imported"),
        (no_source, 2, "say who issued these statuses"),
        (others, 1, "chmod 600"),
        (broken, 1, "register.db: file is not a database"),
    ):
        assert shown.exit_code == status
        assert says in shown.stderr


def test_wrong_settings_stop_every_command(call, station):
    """With all problems and exit status 2."""
    station.config.write_text('[store]\ndata = 1\n[[port]]\nurl = ""\n')
    for arguments in (("run",), ("gates",), ("ledger", "list"), ("register", "import", "x.csv")):
        shown = call(*arguments)
        assert shown.exit_code == 2
        assert shown.stderr.count("line ") == 3
        assert "Nothing was" in shown.stderr or "not started" in shown.stderr


def test_events_that_cannot_be_written_are_a_mistake_in_the_arguments(call, station):
    """A folder, a path into nowhere, a closed file descriptor."""
    station.enrol()
    for where in (station.folder, station.folder / "no" / "events", "987654"):
        shown = call("run", "--events", where)
        assert shown.exit_code == 2
        assert f"--events {where}: " in shown.stderr


def test_events_are_not_written_over_what_the_station_needs(call, station):
    """Key file, a database, settings: none of them is touched."""
    station.enrol()
    before = station.keys_path.read_bytes()
    for where in (station.keys_path, station.data / "ledger.db", station.config):
        shown = call("run", "--events", where)
        assert shown.exit_code == 2
        assert f"--events {where}: it " in shown.stderr
    assert station.keys_path.read_bytes() == before


def test_enrolled_gates_are_listed(call, station):
    """By lane, with their identity and how often they came up."""
    keys = station.enrol("lane 2")
    station.enrol("lane 1")
    shown = call("gates")

    assert shown.exit_code == 0
    assert keys.identity.hex() in shown.output
    assert shown.output.index("lane 1") < shown.output.index("lane 2")
    assert bytes(keys.chain_key).hex() not in shown.output


def test_gates_without_a_key_file_are_a_message(call):
    """And no key file is made."""
    shown = call("gates")

    assert shown.exit_code == 1
    assert "no key file" in shown.stderr


def test_an_import_without_the_key_file_of_the_register_is_refused(call, station, tmp_path, number_of):
    """No new key file is made beside a register that was filled under another one."""
    people = tmp_path / "people.csv"
    moment = datetime.datetime.now(datetime.UTC).isoformat()
    people.write_text(f"number,colour,updated\n{number_of(1)},green,{moment}\n", encoding="utf-8")
    assert call("register", "import", people).exit_code == 0
    station.keys_path.unlink()
    shown = call("register", "import", people)

    assert shown.exit_code == 1
    assert "no key file" in shown.stderr
    assert not station.keys_path.exists()


def test_the_ledger_is_listed_with_pseudonyms(call, station):
    """What, when, which tap, what it means; unknown kinds as numbers; the last few only."""
    ledger = Ledger(station.data / "ledger.db")
    entries = [
        (codes.REPORT_OPENING, 1, codes.REASON_GREEN, b"\xab" * 16),
        (codes.REPORT_NOT_OPENED, 2, codes.REASON_NOT_FOUND, None),
        (200, 0, 0, None),
    ]
    for index, (what, counter, detail, person) in enumerate(entries, start=1):
        ledger.commit(Entry(b"GATE-A1.", "lane 1", index, what, 1, counter, detail, 0, 1_700_000_000, person))
    ledger.close()

    whole, last = call("ledger", "list"), call("ledger", "list", "--last", "1")

    assert whole.exit_code == 0
    for text in (
        "opening 开闸",
        "green",
        "ab" * 16,
        "not opened 未开闸",
        "no status known",
        "unknown report 200",
        "1/2",
    ):
        assert text in whole.output
    assert "unknown report 200" in last.output
    assert "opening" not in last.output


def test_the_ledger_is_listed_for_programs(call, station):
    """One object a line, with codes and their names; what nobody knows is null."""
    ledger = Ledger(station.data / "ledger.db")
    ledger.commit(
        Entry(
            b"GATE-A1.", "北门", 1, codes.REPORT_OPENING, 7, 3, codes.REASON_GREEN, 1_700_000_000, 1_700_000_001, b"p"
        ),
        Entry(b"GATE-A1.", "北门", 2, 200, 0, 0, 5, 0, 1_700_000_002, None),
    )
    ledger.close()

    first, second = (json.loads(line) for line in call("ledger", "list", "--json").stdout.splitlines())

    assert first == {
        "number": 1,
        "gate": b"GATE-A1.".hex(),
        "lane": "北门",
        "index": 1,
        "what": codes.REPORT_OPENING,
        "what_name": "opening",
        "detail": codes.REASON_GREEN,
        "said": "green",
        "tap": [7, 3],
        "at_s": 1_700_000_000,
        "heard_s": 1_700_000_001,
        "person": b"p".hex(),
        "order": None,
        "who": None,
        "reason": None,
        "grounds": None,
        "answers": None,
    }
    assert [second[key] for key in ("what", "tap", "at_s", "person")] == [200, None, None, None]


def test_a_ledger_that_is_not_there_or_broken_is_a_message(call, station):
    """And none is made by looking."""
    missing = call("ledger", "list")
    assert not station.data.exists()
    station.data.mkdir()
    (station.data / "ledger.db").write_text("x" * 500)
    broken = call("ledger", "list")

    assert (missing.exit_code, broken.exit_code) == (1, 1)
    assert "it is made by `gatehouse run`" in missing.stderr
    assert "not a database" in broken.stderr
