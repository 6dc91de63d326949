"""Commands typed by somebody who may not enter the station's folders: a sentence, never a trace."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from gatehouse.cli import main
from gatehouse.keyfile import KeyFile, KeyFileError
from gatehouse.ledger import Ledger
from gatehouse.protectors import by_name
from gatetools.cli import main as gate
from host.conftest import Station
from host.key_processes import old_file

from host import as_nobody


@pytest.fixture
def shut():
    """A station whose folders nobody but their owner may enter, in a folder that everybody reaches."""
    with tempfile.TemporaryDirectory() as name:
        station = Station(Path(name))
        station.folder.chmod(0o755)
        station.enrol()
        station.know()
        station.write_config("loop://")
        station.config.chmod(0o644)
        shut = station.data, station.keys_path.parent
        # Root may enter every folder; anybody else's own one is shut to him this way too.
        for folder in shut:
            folder.chmod(0o700 if os.geteuid() == 0 else 0)
        yield station
        for folder in shut:
            folder.chmod(0o700)


@pytest.fixture
def typed(shut):
    """Types commands there as somebody else: [exit status, output, errors] of each."""

    def run(*lines):
        command = [sys.executable, as_nobody.__file__, *(f"{line} --config {shut.config}" for line in lines)]
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            text=True,
            timeout=60,
            check=True,
            stdin=subprocess.DEVNULL,
            cwd=shut.folder,
        )
        return json.loads(done.stdout)

    return run


COMMANDS = (
    "gatehouse run",
    "gatehouse gates",
    "gatehouse ledger list",
    "gatehouse register import people.csv",
    "gatehouse keys show",
    "gatehouse keys protect --with file",
    "gatehouse backup data data.zip",
    "gatehouse backup keys keys.backup",
    "gatehouse restore data data.zip",
    "gatehouse restore keys keys.backup",
    "gatehouse service show",
    "gate list",
    "gate revoke A1 --yes",
    "gate rotate loop://",
)


def test_a_user_who_may_not_enter_the_folders_is_told_who_may(typed, shut):
    """With the command that helps, in one line of every command."""
    owner = shut.data.owner()
    for command, (status, out, err) in zip(COMMANDS, typed(*COMMANDS), strict=True):
        assert (command, status, out, err.count("\n")) == (command, 1, "", 1), err
        assert f"this user may not read it; it is for {owner}. Run the command as that user: sudo -u {owner}" in err


def test_a_service_that_names_its_user_needs_no_look_at_the_keys(typed):
    """Whoever runs it is known then."""
    ((status, out, err),) = typed("gatehouse service show --for windows")

    assert (status, err) == (0, "")
    assert "<name>Gatehouse</name>" in out


@pytest.fixture
def lent(shut):
    """The station belongs to the service's user; root works on it. Not as root: one user is both."""
    for folder in (shut.data, shut.keys_path.parent):
        folder.chmod(0o700)
        if os.geteuid() == 0:
            for path in (folder, *folder.iterdir()):
                os.chown(path, as_nobody.NOBODY, as_nobody.NOBODY)
    # As the settings of a new station have it.
    shut.config.write_text(shut.config.read_text().replace('protector = "file"\n', ""))
    return shut


def sudo(station, *words, command=main):
    """What root's command answers; everything that lies there afterwards belongs to the service's user."""
    source, sink = os.pipe()
    os.write(sink, b"twelve words or more\n")
    os.close(sink)
    more = ["--passphrase-fd", str(source)] if words[0] in {"backup", "restore"} else []
    done = CliRunner().invoke(command, [*map(str, words), "--config", str(station.config), *more])
    os.close(source)
    for folder in (station.data, station.keys_path.parent):
        owners = {path.name: path.stat().st_uid for path in folder.iterdir()}
        assert set(owners.values()) <= {folder.stat().st_uid}, owners
    return done


def test_what_root_does_for_the_services_user_leaves_him_his_files(typed, lent, tmp_path):
    """Commands under sudo, new databases and restored keys among them; then he opens everything."""
    for name in ("register.db", "ledger.db"):
        (lent.data / name).unlink(missing_ok=True)
    with contextlib.closing(KeyFile(lent.keys_path)):  # a gatehouse that runs: SQLite's logs lie there
        assert sudo(lent, "gates").exit_code == 0
    people = tmp_path / "people.csv"
    people.write_text("number,colour,updated\n")
    assert sudo(lent, "backup", "keys", tmp_path / "keys.backup").exit_code == 0
    assert sudo(lent, "keys", "protect", "--with", "auto").exit_code == 0
    assert sudo(lent, "restore", "keys", tmp_path / "keys.backup", "--replace").exit_code == 0
    assert "sealed by file" in CliRunner().invoke(main, ["keys", "show", "--config", str(lent.config)]).output
    assert sudo(lent, "register", "import", people).exit_code == 0
    Ledger(lent.data / "ledger.db").close()
    answers = typed("gatehouse keys show", "gatehouse ledger list", "gatehouse gates")

    assert [(status, err) for status, _, err in answers] == [(0, "")] * 3


def test_a_lost_key_file_is_restored_for_the_owner_of_its_folder(typed, lent, tmp_path):
    """Nothing else says whose it is."""
    assert sudo(lent, "backup", "keys", tmp_path / "keys.backup").exit_code == 0
    for path in lent.keys_path.parent.iterdir():
        path.unlink()
    assert sudo(lent, "restore", "keys", tmp_path / "keys.backup").exit_code == 0
    ((status, out, _),) = typed("gatehouse keys show")

    assert status == 0
    assert "sealed by file" in out


def test_root_does_not_seal_by_what_the_owner_cannot_unseal(lent):
    """A sentence instead, and the file stays as it was."""
    if os.geteuid() == 0:
        done = CliRunner().invoke(main, ["keys", "protect", "--with", "systemd-creds", "--config", str(lent.config)])
        assert done.exit_code == 1
        assert "belongs to nobody, who cannot unseal what root seals by systemd-creds" in done.stderr
        assert "Nothing was changed." in done.stderr
    with contextlib.closing(KeyFile(lent.keys_path)) as keys:
        assert keys.protector == "file"


def test_a_key_file_of_version_1_stays_its_owners_when_root_looks_at_it(typed, lent):
    """The copy too, which holds the keys unsealed."""
    for path in lent.keys_path.parent.iterdir():
        path.unlink()
    old_file(lent.keys_path)
    owner = lent.keys_path.parent.stat()
    for path in lent.keys_path.parent.iterdir():
        os.chown(path, owner.st_uid, owner.st_gid)
    done = sudo(lent, "list", "--all", command=gate)
    ((status, out, _),) = typed("gatehouse keys show")

    assert done.exit_code == 0
    assert status == 0
    assert "sealed by file" in out


def test_keys_that_root_has_sealed_are_told_to_others_as_such(tmp_path, monkeypatch):
    """Not as those of another PC."""
    program = tmp_path / "systemd-creds"
    program.write_text("#!/bin/sh\necho 'Failed to determine local credential key: Permission denied' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(os, "geteuid", lambda: as_nobody.NOBODY)

    with pytest.raises(KeyFileError, match=r"Permission denied\. What root has sealed only root may .*--with file"):
        by_name("systemd-creds", tmp_path / "keys.db").unwrap(b"sealed")


def test_a_lock_that_another_user_left_is_no_second_gatehouse(typed, shut):
    """The folders are his, a file in there is not: the file is named."""
    if os.geteuid() != 0:
        for folder in (shut.data, shut.keys_path.parent):
            folder.chmod(0o700)
    (shut.data / "running.lock").touch(mode=0o600)
    if os.geteuid() == 0:
        for path in (shut.data, shut.keys_path.parent, *shut.keys_path.parent.iterdir(), *shut.data.iterdir()):
            os.chown(path, as_nobody.NOBODY, as_nobody.NOBODY)
        os.chown(shut.data / "running.lock", 0, 0)
    else:
        (shut.data / "running.lock").chmod(0)
    ((status, _, err),) = typed("gatehouse run")

    assert status == 1
    assert "running.lock: Permission denied. Run the gatehouse as the owner of" in err
    assert "Traceback" not in err
