"""`gatehouse backup keys` and `gatehouse restore keys`: what is in a backup, what is refused, and what stays."""

import contextlib
import os
import pty
import select
import sqlite3
import subprocess
import sys

import cbor2
import pytest
from click.testing import CliRunner
from gatehouse.backups import key_archive
from gatehouse.cli import main
from gatehouse.keyfile import KeyFile
from gatehouse.sole import SoleRun
from gatehouse.status import Colour

PASSPHRASE = "seven geese cross 长安街 slowly"


@pytest.fixture
def ready(station, number_of):
    """A station with two lanes and one person in its register."""
    station.write_config("loop://")
    station.know((number_of(1), Colour.GREEN, 60))
    station.gates = [station.enrol("lane 1"), station.enrol("lane 2")]
    return station


@pytest.fixture
def typed(ready):
    """Types a command; a passphrase goes in by a pipe."""

    def typed(*words, passphrase=PASSPHRASE, config=ready.config):
        more = []
        if words[0] in {"backup", "restore"}:
            source, sink = os.pipe()
            os.write(sink, passphrase.encode() if isinstance(passphrase, str) else passphrase)
            os.close(sink)
            more = ["--passphrase-fd", str(source)]
        try:
            return CliRunner().invoke(main, [*map(str, words), "--config", str(config), *more])
        finally:
            if more:
                os.close(source)

    return typed


@pytest.fixture
def saved(typed, tmp_path):
    """A backup of the keys."""
    done = typed("backup", "keys", tmp_path / "keys.backup")
    assert done.exit_code == 0, done.output
    return tmp_path / "keys.backup"


def everything(path):
    with contextlib.closing(KeyFile(path)) as keys:
        gates = [(g.identity, g.lane, g.state, g.keys.static_key, g.keys.count, g.keys.chain_key) for g in keys.gates()]
        return gates, keys.secret("register")


def opened(content, folder):
    """The database of a backup."""
    (folder / "inside.db").write_bytes(content.database)
    return contextlib.closing(sqlite3.connect(folder / "inside.db", isolation_level=None))


def no_key_in(text, station):
    with contextlib.closing(KeyFile(station.keys_path)) as keys:
        mine = [keys.secret("register"), keys._vault.data_key]
    mine += [key for gate in station.gates for key in (gate.static_key, bytes(gate.chain_key))]
    return not any(key.hex() in text.lower() for key in mine)


def test_a_backup_brings_all_keys_to_another_pc(ready, typed, saved, tmp_path):
    """Whose folders are empty and whose protector is its own."""
    elsewhere = tmp_path / "other.toml"
    elsewhere.write_text(
        f'[store]\ndata = "{tmp_path}/d2"\nkeys = "{tmp_path}/k2/keys.db"\nprotector = "systemd-creds"\n'
        '[[port]]\nurl = "loop://"\n'
    )
    done = typed("restore", "keys", saved, config=elsewhere)

    assert done.exit_code == 0, done.output
    assert "sealed by systemd-creds" in done.output
    assert "Gates that were revoked after that moment count again" in done.output
    assert everything(tmp_path / "k2" / "keys.db") == everything(ready.keys_path)
    assert (tmp_path / "k2" / "keys.db").stat().st_mode & 0o777 == 0o600
    assert no_key_in(done.output, ready)


def test_a_backup_of_keys_holds_no_data_and_no_key_in_the_open(ready, saved, number_of, tmp_path):
    """What is in it: the tables of the key file, and not a pseudonym of the register."""
    with contextlib.closing(sqlite3.connect(ready.data / "register.db")) as register:
        (pseudonym,) = register.execute("select pseudonym from status").fetchone()
    content = key_archive.load(saved, PASSPHRASE)
    with opened(content, tmp_path) as inside:
        tables = {name for (name,) in inside.execute("select name from sqlite_master where type = 'table'")}
    sealed = saved.read_bytes()

    assert tables == {"gates", "secrets", "vault"}
    for one in (pseudonym, number_of(1).encode()):
        assert one not in content.database + sealed
    assert content.data_key not in sealed
    assert not any(gate.static_key in content.database + sealed for gate in ready.gates)
    assert saved.stat().st_mode & 0o777 == 0o600


def test_a_backup_is_made_while_the_gatehouse_runs_and_never_over_another(ready, typed, saved):
    """The one that exists stays as it was."""
    before = saved.read_bytes()
    with contextlib.closing(ready.keys()), contextlib.closing(SoleRun(ready.data)):
        again = typed("backup", "keys", saved)
        other = typed("backup", "keys", saved.with_name("second.backup"))

    assert again.exit_code == 1
    assert "exists already. Choose another name. Nothing was saved." in again.output
    assert saved.read_bytes() == before
    assert other.exit_code == 0


def test_a_backup_makes_no_folders(ready, typed, tmp_path):
    """Where a stick is not mounted it would lie on the PC's own disk, and nobody would know."""
    done = typed("backup", "keys", tmp_path / "stick" / "keys.backup")

    assert done.exit_code == 1
    assert "stick: there is no such folder. Mount the disk, or make the folder first. Nothing was saved." in done.output
    assert not (tmp_path / "stick").exists()


def test_a_backup_of_keys_does_not_go_into_the_data_folder(ready, typed):
    """Nor below it."""
    (ready.data / "deep").mkdir()
    for place in (ready.data / "keys.backup", ready.data / "deep" / "keys.backup"):
        done = typed("backup", "keys", place)
        assert done.exit_code == 2
        assert "Keys and data never go together" in done.output
        assert not place.exists()


@pytest.mark.parametrize(
    "passphrase", ["", "eleven char", "\n seven geese cross", b"\xff\xfe not a text", "十一个汉字不够十一个汉"]
)
def test_a_short_passphrase_seals_nothing(ready, typed, tmp_path, passphrase):
    """Twelve characters, in whatever script."""
    done = typed("backup", "keys", tmp_path / "short.backup", passphrase=passphrase)

    assert done.exit_code == 2
    assert not (tmp_path / "short.backup").exists()


def test_a_descriptor_that_is_not_open_is_told(ready):
    """Nothing is asked for instead."""
    done = CliRunner().invoke(
        main, ["backup", "keys", "x.backup", "--config", str(ready.config), "--passphrase-fd", "987"]
    )

    assert done.exit_code == 2
    assert "--passphrase-fd 987: Bad file descriptor" in done.output


def test_without_a_terminal_nothing_is_asked(ready):
    """A script reads what to do."""
    done = CliRunner().invoke(main, ["backup", "keys", "x.backup", "--config", str(ready.config)])

    assert done.exit_code == 2
    assert "no terminal to ask on: use --passphrase-fd" in done.output


@pytest.mark.parametrize(("second", "status"), [(PASSPHRASE, 0), ("another thing entirely", 2)])
def test_a_new_passphrase_is_asked_for_twice_and_never_shown(ready, tmp_path, second, status):
    """By a real process on a real terminal."""
    master, slave = pty.openpty()
    file = tmp_path / "typed.backup"
    command = [sys.executable, "-m", "gatehouse.cli", "backup", "keys", str(file), "--config", str(ready.config)]
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    screen = b""
    try:
        for prompt, answer in ((b"Passphrase of the backup: ", PASSPHRASE), (b"The same again: ", second)):
            while prompt not in screen:
                assert select.select([master], [], [], 20)[0], screen
                screen += os.read(master, 4096)
            os.write(master, answer.encode() + b"\n")
        with contextlib.suppress(OSError):  # the terminal is gone with its process
            while select.select([master], [], [], 20)[0]:
                screen += os.read(master, 4096)
        assert process.wait(20) == status, screen
    finally:
        process.kill()
        process.wait()
        os.close(master)

    assert b"geese" not in screen
    assert file.exists() == (status == 0)
    if status == 0:
        assert key_archive.load(file, PASSPHRASE).made_s > 0


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda whole: whole[:-1], "the passphrase is another one, or the file was damaged"),
        (lambda whole: whole + b"\0", "the passphrase is another one, or the file was damaged"),
        (lambda whole: whole[:200] + bytes([whole[200] ^ 1]) + whole[201:], "or the file was damaged"),
        (lambda whole: whole[:30] + bytes([whole[30] ^ 1]) + whole[31:], "or the file was damaged"),
        (lambda whole: whole[:45], "is cut off"),
        (lambda whole: whole[:24], "is cut off"),
        (lambda whole: b"", "is no backup of keys"),
        (lambda whole: b"SQLite format 3\0" + whole, "is no backup of keys"),
        (lambda whole: whole.replace(b"backup 1\n", b"backup 2\n"), r"made by a newer Gatehouse .format 2.\. Update"),
    ],
)
def test_a_backup_that_is_not_whole_restores_nothing(ready, typed, saved, harm, says):
    """The key file is as it was, byte for byte."""
    before = {path.name: path.read_bytes() for path in ready.keys_path.parent.iterdir()}
    saved.write_bytes(harm(saved.read_bytes()))
    done = typed("restore", "keys", saved, "--replace")

    assert done.exit_code == 1
    assert says.replace(r"\.", ".").replace(" .format 2.", " (format 2)") in done.output
    assert "Nothing was restored." in done.output
    assert {path.name: path.read_bytes() for path in ready.keys_path.parent.iterdir()} == before


def test_a_wrong_passphrase_or_a_missing_file_restores_nothing(ready, typed, saved, tmp_path):
    """Each is told apart."""
    before = everything(ready.keys_path)
    wrong = typed("restore", "keys", saved, "--replace", passphrase="seven geese cross 长安街 slowly.")
    missing = typed("restore", "keys", tmp_path / "nowhere", "--replace")

    assert (wrong.exit_code, missing.exit_code) == (1, 1)
    assert "the passphrase is another one" in wrong.output
    assert "nowhere: cannot be read (No such file or directory)" in missing.output
    assert everything(ready.keys_path) == before


def test_a_passphrase_is_the_same_however_its_letters_were_composed(ready, typed, tmp_path):
    """A keyboard of another system may send an accent by itself."""
    file = tmp_path / "accent.backup"
    assert typed("backup", "keys", file, passphrase="caf\u00e9 caf\u00e9 caf\u00e9").exit_code == 0

    assert key_archive.load(file, "cafe\u0301 cafe\u0301 cafe\u0301").made_s > 0


def test_a_key_file_that_is_there_is_kept(ready, typed, saved):
    """Refused without --replace; with it, the old one lies under a dated name, its master file too, and both open."""
    before = everything(ready.keys_path)
    with contextlib.closing(ready.keys()) as keys:
        keys.revoke("lane 2")
    after = everything(ready.keys_path)
    refused = typed("restore", "keys", saved)
    assert everything(ready.keys_path) == after
    done = typed("restore", "keys", saved, "--replace")

    assert refused.exit_code == 1
    assert "exists already. To put it aside and take the backup instead, add --replace" in refused.output
    assert done.exit_code == 0, done.output
    assert everything(ready.keys_path) == before
    (old,) = [path for path in ready.keys_path.parent.glob("keys.db.replaced-*") if path.suffix != ".master"]
    assert f"{old}: is what was there" in done.output
    assert f"{old}.master: is what was there" in done.output
    assert everything(old) == after


@pytest.mark.parametrize("harm", [lambda path: path.write_bytes(b"x" * 5000), lambda path: os.truncate(path, 5000)])
def test_a_damaged_key_file_is_put_aside_too(ready, typed, saved, harm):
    """That is what a backup is for."""
    before = everything(ready.keys_path)
    harm(ready.keys_path)
    done = typed("restore", "keys", saved, "--replace")

    assert done.exit_code == 0, done.output
    assert everything(ready.keys_path) == before


def test_an_empty_key_file_or_a_lost_one_needs_no_replace(ready, typed, saved):
    """There is nothing to keep, and a master file that was left is put aside."""
    before = everything(ready.keys_path)
    for lose in (lambda: os.truncate(ready.keys_path, 0), ready.keys_path.unlink):
        lose()
        (ready.keys_path.parent / "keys.db.master").write_bytes(b"damaged")
        done = typed("restore", "keys", saved)
        assert done.exit_code == 0, done.output
        assert everything(ready.keys_path) == before


@pytest.mark.parametrize("runs", ["on this data folder", "on this key file"])
def test_nothing_is_restored_under_a_gatehouse_that_runs(ready, typed, saved, runs):
    """It would go on with the old keys."""
    before = everything(ready.keys_path)
    with contextlib.closing(SoleRun(ready.data) if runs == "on this data folder" else ready.keys()):
        done = typed("restore", "keys", saved, "--replace")

    assert done.exit_code == 1
    assert "Stop that one" in done.output
    assert everything(ready.keys_path) == before
    assert list(ready.keys_path.parent.glob("*replaced*")) == []


def test_a_restore_that_cannot_be_written_puts_the_old_file_back(ready, typed, saved, monkeypatch):
    """Its master file too."""
    before = everything(ready.keys_path)
    monkeypatch.setattr("gatehouse.private_file.sync", lambda path: os.truncate(path / "no folder", 0))
    done = typed("restore", "keys", saved, "--replace")
    monkeypatch.undo()

    assert done.exit_code == 1
    assert "cannot be made" in done.output
    assert everything(ready.keys_path) == before


def test_a_backup_of_a_later_key_file_is_refused(ready, typed, saved, tmp_path):
    """Sealed in a known format, but with tables of another version."""
    content = key_archive.load(saved, PASSPHRASE)
    with opened(content, tmp_path) as inside:
        inside.execute("pragma user_version = 3")
        later = inside.serialize()
    head = saved.read_bytes()[:40]
    plain = cbor2.dumps({"made_s": 1, "data_key": content.data_key, "database": later})
    saved.write_bytes(head + key_archive.seal(key_archive.key_of(PASSPHRASE, head), plain, head))
    before = everything(ready.keys_path)
    done = typed("restore", "keys", saved, "--replace")

    assert done.exit_code == 1
    assert "written by a later Gatehouse (version 3). Update this one." in done.output
    assert everything(ready.keys_path) == before


def test_where_links_are_unknown_a_backup_is_made_all_the_same(ready, typed, tmp_path, monkeypatch):
    """As on a memory stick with FAT, whose driver answers so."""

    def no_links(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    first, again = (typed("backup", "keys", tmp_path / "stick.backup") for _ in range(2))
    monkeypatch.undo()

    assert first.exit_code == 0, first.output
    assert "exists already" in again.output
    assert key_archive.load(tmp_path / "stick.backup", PASSPHRASE).made_s > 0
