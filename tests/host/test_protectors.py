"""What seals the data key: each protector as it is, or as near to it as this machine allows."""

import contextlib
import os
import shutil
import stat
import sys
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest
from gatehouse import protectors
from gatehouse.keyfile import KeyFile, KeyFileError
from gatehouse.protectors import by_name, choose

KEY = bytes(range(32))

# Speaks systemd-creds' command line (systemd-creds(1) of systemd 252) for machines that have none: content on standard
# input, result on standard output, the name bound to it; "encryption" is a reversal that keeps no secret.
MODEL = """#!{python}
import sys
verb, name, source, sink = sys.argv[1:]
assert (name, source, sink) == ("--name=gatehouse-keys", "-", "-"), sys.argv
given = sys.stdin.buffer.read()
if verb == "encrypt":
    sys.stdout.buffer.write(name.encode().hex().encode() + b"\\n" + given[::-1].hex().encode() + b"\\n")
else:
    bound, content = given.split()
    if bytes.fromhex(bound.decode()).decode() != name:
        sys.exit("Embedded credential name does not match.")
    sys.stdout.buffer.write(bytes.fromhex(content.decode())[::-1])
"""


class MemoryKeyring(keyring.backend.KeyringBackend):
    """A keyring of the library's own kind that lives as long as the test. locked: refuses as a real one does."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.entries = {}
        self.locked = False

    def get_password(self, service, username):
        if self.locked:
            raise keyring.errors.KeyringLocked("locked")
        return self.entries.get((service, username))

    def set_password(self, service, username, password):
        if self.locked:
            raise keyring.errors.KeyringLocked("locked")
        self.entries[service, username] = password


@pytest.fixture
def systemd(tmp_path, monkeypatch):
    """The real program where there is one; a model of it first in PATH where there is none, or none that works."""
    real = shutil.which("systemd-creds")
    if real is None or by_name("systemd-creds", tmp_path).why_not():
        put_program(tmp_path, monkeypatch, MODEL.format(python=sys.executable))
    return by_name("systemd-creds", tmp_path / "keys.db")


def put_program(tmp_path, monkeypatch, text):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "systemd-creds").write_text(text)
    (folder / "systemd-creds").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


@pytest.fixture
def memory():
    before, mine = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


@pytest.fixture
def master(tmp_path):
    return by_name("file", tmp_path / "keys.db")


@pytest.fixture(params=["systemd", "memory", "master"])
def protector(request, tmp_path):
    found = request.getfixturevalue(request.param)
    return by_name("keyring", tmp_path) if request.param == "memory" else found


def test_a_wrapped_key_opens_and_does_not_show_it(protector):
    """Each time in another form."""
    wrapped = protector.wrap(KEY)

    assert protector.why_not() == ""
    assert protector.unwrap(wrapped) == KEY
    assert KEY not in wrapped
    assert KEY.hex().encode() not in wrapped


@pytest.mark.parametrize(
    "damage", [lambda w: w[:-2], lambda w: b"", lambda w: b"A" * len(w), lambda w: w[: len(w) // 2]]
)
def test_a_wrapped_key_that_was_damaged_is_told(protector, damage):
    """With where to get the keys back."""
    wrapped = protector.wrap(KEY)

    with pytest.raises(KeyFileError, match="gatehouse restore keys"):
        protector.unwrap(damage(wrapped))


def test_a_key_file_is_made_and_opened_under_it(protector, tmp_path):
    """And the wrapped key is all that the key file has of the data key."""
    path = tmp_path / "sealed" / "keys.db"
    with contextlib.closing(KeyFile(path, create=True, protector=protector.name)) as keys:
        mine, data_key = keys.secret("register"), keys._vault.data_key
        assert f"sealed by {protector.name}. Protects " in keys.news[0]
    with contextlib.closing(KeyFile(path)) as keys:
        assert (keys.protector, keys.secret("register")) == (protector.name, mine)
    for file in path.parent.iterdir():
        assert data_key not in file.read_bytes()


def test_each_protector_says_against_whom_it_does_not_protect(tmp_path):
    """In one sentence for people."""
    for name in protectors.NAMES:
        assert "does not protect against" in by_name(name, tmp_path).protects


def test_a_key_goes_to_systemd_creds_by_its_standard_input_only(tmp_path, monkeypatch):
    """What others see of a process, its arguments and its environment, holds none."""
    seen = tmp_path / "seen"
    put_program(
        tmp_path,
        monkeypatch,
        f"#!{sys.executable}\nimport os, sys\n"
        f"open({str(seen)!r}, 'ab').write(repr((sys.argv, dict(os.environ))).encode())\n"
        "sys.stdout.buffer.write(sys.stdin.buffer.read())\n",
    )
    by_name("systemd-creds", tmp_path).wrap(KEY)

    assert b"--name=gatehouse-keys" in seen.read_bytes()
    assert KEY.hex().encode() not in seen.read_bytes()
    assert repr(KEY).encode() not in seen.read_bytes()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("#!/bin/sh\necho 'first'; echo 'Failed to open secret: Permission denied' >&2\nexit 1\n",
         "systemd-creds encrypt failed: Failed to open secret: Permission denied"),
        ("#!/bin/sh\nexit 1\n", "no reason given"),
        ("#!/bin/sh\necho other bytes\n", "gives back other bytes"),
        ("no program", "cannot be started"),
    ],
)  # fmt: skip
def test_a_systemd_creds_that_does_not_work_is_not_chosen(tmp_path, monkeypatch, text, says):
    """Its own words are told, and `auto` takes the second file."""
    put_program(tmp_path, monkeypatch, text)

    assert says in by_name("systemd-creds", tmp_path).why_not()
    assert choose("auto", tmp_path / "keys.db").name == "file"
    with pytest.raises(KeyFileError, match='protector = "systemd-creds" does not work here'):
        choose("systemd-creds", tmp_path / "keys.db")


def test_without_systemd_creds_the_second_file_is_taken(tmp_path, monkeypatch):
    """An empty PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert by_name("systemd-creds", tmp_path).why_not() == "systemd-creds is not installed"
    assert choose("auto", tmp_path / "keys.db").name == "file"


def test_with_systemd_creds_it_is_taken_by_itself(systemd, tmp_path):
    """Before the second file."""
    assert choose("auto", tmp_path / "keys.db").name == "systemd-creds"


def test_a_keyring_that_is_locked_or_another_users_is_told(memory, tmp_path):
    """With what to do, for both directions."""
    ring = by_name("keyring", tmp_path)
    wrapped = ring.wrap(KEY)
    memory.locked = True
    for step in (lambda: ring.wrap(KEY), lambda: ring.unwrap(wrapped)):
        with pytest.raises(KeyFileError, match=r"KeyringLocked\)\. Unlock it"):
            step()
    memory.locked = False
    memory.entries.clear()

    with pytest.raises(KeyFileError, match="Run Gatehouse as the user that made the key file"):
        ring.unwrap(wrapped)


def test_a_keyring_without_a_backend_is_no_choice(tmp_path):
    """As on a PC without a desktop."""
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    try:
        with pytest.raises(KeyFileError, match="no keychain or Secret Service answers"):
            choose("keyring", tmp_path / "keys.db")
    finally:
        keyring.set_keyring(before)


def test_a_master_file_is_its_owners_alone_and_made_once(master):
    """A second key is sealed under the same."""
    wrapped = master.wrap(KEY)
    mode, content = stat.S_IMODE(master.path.stat().st_mode), master.path.read_bytes()
    master.wrap(KEY)

    assert (mode, len(content)) == (0o600, 32)
    assert master.path.read_bytes() == content
    assert master.unwrap(wrapped) == KEY


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda path: path.unlink(), "the master file is missing"),
        (lambda path: path.chmod(0o640), "others may read the keys"),
        (lambda path: os.truncate(path, 31), "is no master file .31 bytes"),
        (lambda path: os.truncate(path, 0), "is no master file .0 bytes"),
        (lambda path: path.write_bytes(bytes(33)), "is no master file .33 bytes"),
        (lambda path: path.write_bytes(bytes(32)), "is not the master file of this key file"),
        (lambda path: (path.unlink(), path.mkdir(mode=0o700)), "cannot be read"),
    ],
)
def test_a_master_file_that_is_missing_or_wrong_is_told(tmp_path, harm, says):
    """The key file stays as it is, and none is made in its place."""
    path = tmp_path / "keys.db"
    KeyFile(path, create=True, protector="file").close()
    harm(Path(f"{path}.master"))
    there = {file.name for file in tmp_path.iterdir()}

    for create in (False, True):
        with pytest.raises(KeyFileError, match=says):
            KeyFile(path, create=create)
    assert {file.name for file in tmp_path.iterdir()} == there


def test_a_key_file_of_windows_is_told_apart(tmp_path):
    """Its keys do not open here."""
    with pytest.raises(KeyFileError, match=r"DPAPI and cannot be read on another system.*gatehouse restore keys"):
        by_name("dpapi", tmp_path).unwrap(bytes(100))


def test_a_protector_of_a_later_version_is_told(tmp_path):
    """By its name."""
    path = tmp_path / "keys.db"
    with contextlib.closing(KeyFile(path, create=True, protector="file")) as keys:
        keys._db.execute("update vault set protector = 'tpm 3'")

    with pytest.raises(KeyFileError, match=r"'tpm 3', which this Gatehouse does not know\. Update it"):
        KeyFile(path)


def test_another_protector_can_be_taken_for_a_key_file_that_exists(tmp_path, memory):
    """The keys are the same; the old wrapping is gone from the file."""
    path = tmp_path / "keys.db"
    with contextlib.closing(KeyFile(path, create=True, protector="file")) as keys:
        mine = keys.secret("register")
        keys.protect("keyring")
        assert keys.protector == "keyring"
    Path(f"{path}.master").unlink()
    with contextlib.closing(KeyFile(path)) as keys:
        assert keys.secret("register") == mine
        memory.locked = True
        with pytest.raises(KeyFileError, match="dpapi"):
            keys.protect("dpapi")
        assert keys.protector == "keyring"
    with pytest.raises(KeyFileError, match="Unlock it"):
        KeyFile(path)
