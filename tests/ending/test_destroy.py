"""The end of a deployment: nothing of it is left but its receipt, which proves itself; killed anywhere it goes on."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest
from click.testing import CliRunner
from gatehouse import schema
from gatehouse.cli import main
from gatehouse.ending import receipt as receipts
from gatehouse.ending.erasing import erase
from gatehouse.ending.journal import journal_of
from gatehouse.sole import SoleRun
from oracles.receipt_oracle import problems
from retention.aged_station import AgedStation, noon_s, passed, person, raw, seeded

SCRIPT = Path(__file__).with_name("killed_destruction.py")
ORACLE = Path(__file__).parents[1] / "oracles" / "receipt_oracle.py"


class Deployment(AgedStation):
    """A station with everything that a destruction has to find, in a folder of its own."""

    def __init__(self, folder):
        folder.mkdir()
        platform = 'dialect = "plain"\nurl = "https://codes.example.cn"\ncredentials = "plain.credentials"\n'
        super().__init__(folder, f'[log]\nfile = "gatehouse.log"\n[platforms.plain]\n{platform}')
        self.folder = folder
        self.commit(passed(1, 20), passed(2, 0))
        self.serve_days(20, 0)
        self.know([(person(1), noon_s(0), None)])
        self.answer(0)
        for name in (
            *("plain.credentials", "gatehouse.log", "gatehouse.log.1", "data/ledger.db.v1-20260101T000000Z"),
            *("data/gates.json", "keys/keys.db.v1-20260101T000000.000000Z", "data/ledger.db.copy"),
        ):
            (folder / name).write_bytes(b"SECRET" * 100)
        for name in ("data.before-20260101T000000Z", ".gatehouse-work-0123", "keys/.gatehouse-work-4567"):
            (folder / name).mkdir()
            (folder / name / "ledger.db").write_bytes(b"SECRET" * 100)
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as control:
            here = Path.cwd()
            os.chdir(folder / "data")  # names of sockets are short
            control.bind("control.sock")
            os.chdir(here)
        self.receipt = folder / "destruction-receipt.json"

    def destroy(self, *more, confirm=True):
        given = ["--confirm", self.folder.name] if confirm else []
        return CliRunner().invoke(main, ["destroy", "--config", str(self.config), *given, *more])

    def names(self):
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*")}


@pytest.fixture
def station(tmp_path):
    return Deployment(tmp_path / "station 1")


def test_nothing_is_left_but_settings_and_receipt(station):
    """Keys, copies, databases, what restores kept, sockets, log, credentials, and the folders that held them."""
    done = station.destroy("--by", "Li Na")

    assert done.exit_code == 0, done.output
    assert station.names() == {"gatehouse.toml", "destruction-receipt.json"}
    assert "已全部销毁" in done.stdout
    assert "SSD" in done.stdout
    assert person(1) not in raw(station.folder)


def test_the_receipt_is_checked_by_those_who_have_nothing_else(station):
    """By the command, and by a program that knows nothing of the gatehouse."""
    station.destroy("--by", "Li Na")

    text = station.receipt.read_text(encoding="utf-8")
    said = json.loads(text)["statement"]
    assert problems(text, said["public_key"]) == []
    assert said["who"] == "Li Na"
    assert said["station"] == "station 1"
    assert said["head"]["size"] == 3
    assert all(file["bytes"] for file in said["files"] if file["path"].endswith("ledger.db"))
    checked = CliRunner().invoke(main, ["destroy", "--check", str(station.receipt), "--key", said["public_key"]])
    assert checked.exit_code == 0
    assert "by the key that you gave" in checked.stdout
    other = CliRunner().invoke(main, ["destroy", "--check", str(station.receipt), "--key", "00" * 32])
    assert other.exit_code == 1
    assert (
        subprocess.run([sys.executable, ORACLE, station.receipt], check=True, capture_output=True).stdout == b"holds\n"
    )


def changes(value, path=()):
    """Every leaf of a JSON value, and one that is not it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from changes(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from changes(inner, (*path, place))
    elif isinstance(value, bool):
        yield path, not value
    elif isinstance(value, int):
        yield path, value + 1
    else:
        yield path, ("0" if value[:1] != "0" else "1") + value[1:]


def test_whatever_is_changed_in_a_receipt_is_found(station):
    """Each value of it, by both programs; and what is no receipt at all."""
    station.destroy()
    text = station.receipt.read_text(encoding="utf-8")
    found = list(changes(json.loads(text)))
    assert len(found) > 60
    for path, other in found:
        whole = json.loads(text)
        inside = whole
        for step in path[:-1]:
            inside = inside[step]
        inside[path[-1]] = other
        with pytest.raises(receipts.ReceiptWrong):
            receipts.read(json.dumps(whole)).check()
    for nothing in ("", "[]", "{}", '{"statement": 1, "signature": 2}', "[" * 100_000):
        with pytest.raises(receipts.ReceiptWrong):
            receipts.read(nothing).check()


def test_a_running_gatehouse_is_left_alone(station):
    """And a station whose key file another one uses."""
    before = station.names()
    for lock in (lambda: SoleRun(station.data), lambda: SoleRun.of_keys(station.keys_path)):
        with contextlib.closing(lock()):
            refused = station.destroy()
        assert refused.exit_code == 1
        assert "Stop" in refused.stderr
    assert station.names() - before <= {"data/running.lock", "keys/keys.db.running"} | {
        f"data/{name}" for name in ("retention.running", "register.changing")
    }
    with contextlib.closing(station.keys()) as keys:
        assert keys.purposes()


@pytest.mark.parametrize("typed", [None, "", "station", "STATION 1"])
def test_nothing_is_destroyed_without_the_right_name(station, typed):
    """Where nobody can type it, it must be given."""
    refused = station.destroy(*(() if typed is None else ("--confirm", typed)), confirm=False)
    assert refused.exit_code == 2
    assert station.keys_path.exists()
    assert not station.receipt.exists()


@pytest.mark.parametrize("where", ["data/receipt.json", "keys/keys.db", "gatehouse.toml", "none/receipt.json", "."])
def test_a_receipt_goes_nowhere_where_it_would_be_lost_or_harm(station, where):
    """Nothing is destroyed then."""
    refused = station.destroy("--receipt", str(station.folder / where))
    assert refused.exit_code == 2
    assert station.keys_path.exists()


def test_what_is_not_ours_is_left_and_told(station):
    """Somebody's file in the data folder, and a file that a link leads to."""
    mine, elsewhere = station.data / "my notes.txt", station.folder / "elsewhere"
    mine.write_text("mine", encoding="utf-8")
    elsewhere.write_text("not to be touched", encoding="utf-8")
    (station.data / "ledger.db.link").symlink_to(elsewhere)

    done = station.destroy()

    assert done.exit_code == 0
    assert mine.read_text(encoding="utf-8") == "mine"
    assert elsewhere.read_text(encoding="utf-8") == "not to be touched"
    assert not os.path.lexists(station.data / "ledger.db.link")
    assert str(mine) in done.stdout


def test_a_file_is_overwritten_before_it_goes(tmp_path):
    """Seen through another name of the same file."""
    path, other = tmp_path / "file", tmp_path / "other"
    path.write_bytes(b"SECRET" * 500_000)
    os.link(path, other)
    erase(path)
    erase(path)
    assert not path.exists()
    assert other.read_bytes() == b""


@pytest.mark.parametrize("_turn", range(2))
def test_killed_again_and_again_it_ends(tmp_path, _turn):
    """At changes of the disk that a seed chooses. Either nothing is destroyed yet, or the same command ends it."""
    rng = seeded()
    station = Deployment(tmp_path / "station")
    command = [sys.executable, str(SCRIPT)]
    given = ["destroy", "--config", str(station.config), "--confirm", "station"]
    for _ in range(4):
        done = subprocess.run([*command, str(rng.randint(0, 12)), *given], capture_output=True, text=True, check=False)
        assert done.returncode in {0, -9}, done.stderr
        if done.returncode == 0:
            break
        if not journal_of(station.config).exists():
            with contextlib.closing(station.keys()) as keys:
                assert keys.secret("register")
    if done.returncode:
        done = subprocess.run([*command, "999", *given], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert station.names() == {"gatehouse.toml", "destruction-receipt.json"}
    assert problems(station.receipt.read_text(encoding="utf-8")) == []


def test_keys_go_before_data(station):
    """Wherever it is killed: while a key is left all data is, and what is left without is of nobody."""
    command = ["destroy", "--config", str(station.config), "--confirm", station.folder.name]
    seen = set()
    for changes in (2, 3, 4, 6, 12, 8):
        subprocess.run([sys.executable, str(SCRIPT), str(changes), *command], capture_output=True, check=False)
        keys, data = b"SECRET" in raw(station.keys_path.parent), (station.data / "ledger.db").exists()
        assert data or not keys
        assert keys or not station.keys_path.with_name("keys.db.master").exists()
        seen.add((keys, data))
    assert (True, True) in seen
    assert len(seen) > 1


class MemoryKeyring(keyring.backend.KeyringBackend):
    """A keyring of the library's own kind that lives as long as the test."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.kept = {}
        self.locked = False

    def get_password(self, service, username):
        if self.locked:
            raise keyring.errors.KeyringLocked("locked")
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        del self.kept[service, username]


@pytest.fixture
def memory():
    before, mine = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


def test_the_systems_store_forgets_the_key(station, memory):
    """Of the key file and of each copy of it; a locked one stops everything before anything is destroyed."""
    memory.set_password("gatehouse", "another", "stays")
    with contextlib.closing(station.keys()) as keys:
        keys.protect("keyring")
        copy = station.keys_path.with_name("keys.db.copy")
        with contextlib.closing(schema.sqlite3.connect(copy)) as other:
            keys._db.backup(other)  # a copy that somebody made by hand
        keys.protect("keyring")
    assert len(memory.kept) == 3

    done = station.destroy()

    assert done.exit_code == 0, done.output
    assert memory.kept == {("gatehouse", "another"): "stays"}
    assert json.loads(station.receipt.read_text(encoding="utf-8"))["ended"]["system_key_deleted"]


def test_a_station_without_its_keys_is_told_what_to_do(station):
    """No receipt can be signed, and nothing is touched."""
    station.keys_path.unlink()
    refused = station.destroy()
    assert refused.exit_code == 1
    assert "by hand" in refused.stderr
    assert (station.data / "ledger.db").exists()
    assert not station.receipt.exists()


@pytest.mark.parametrize("damage", ["", "{}", "[]", '{"receipt": 1}'])
def test_a_damaged_journal_stops_with_a_sentence(station, damage):
    """Nobody guesses what was to be destroyed."""
    journal_of(station.config).write_text(damage, encoding="utf-8")
    refused = station.destroy()
    assert refused.exit_code == 1
    assert "journal" in refused.stderr
    assert station.keys_path.exists()
