"""Commands typed by somebody who may not enter the station's folders: a sentence, never a trace."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from host.conftest import Station

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
