"""The key file: where it lies, who may reach it, and whether everything in it can be unsealed.

It is opened as the gatehouse opens it, but read-only. Keys stay in the memory of this process, which nobody else
reads; what leaves is the lane of a row, or the name of a purpose.
"""

import hmac
import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from gatehouse.access import other_owner
from gatehouse.app import REGISTER_KEY
from gatehouse.key_migration import version_of
from gatehouse.key_opening import check_kind, check_there, open_vault
from gatehouse.key_tables import VERSION
from gatehouse.keyfile_error import KeyFileError
from gatehouse.process import guard_memory
from gatehouse.protectors import automatic
from gatehouse.protectors.master_file import MasterFile
from gatehouse.protectors.os_keyring import OsKeyring
from gatehouse.protectors.systemd_creds import SystemdCreds
from gatehouse.register import mark_of
from gatehouse.schema import explain
from gatehouse.vault import Vault
from gatelink.limits import KEY_BYTES

from gatetools.doctor.finding import Finding
from gatetools.doctor.patient import Patient
from gatetools.doctor.readonly import open_readonly

COPIES = ("{}.v*", "{}.bak*", "{}.old*", "{}.copy*", "{}~")
COMPANIONS = ("-wal", "-shm", "-journal", ".master")  # of a copy that is told by its own name
PERSONAL = (SystemdCreds.name, OsKeyring.name)  # these may refuse one user what they give to another
FORBIDDEN = "permission denied"


def findings(patient: Patient) -> Iterator[Finding]:
    """Nothing on a bench."""
    if patient.settings is None:
        return
    path = patient.settings.store.keys_path
    modes = patient.system.platform != "win32"
    try:
        yield from places(path, patient.settings.store.ledger.parent)
        if modes and path.parent.is_dir():
            yield from judge_folder(str(path.parent), path.parent.stat().st_mode)
        if not path.exists():
            yield Finding("keys-missing", str(path))
            return
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            yield Finding("keys-unusable", str(path), {"why": "it is a folder or a device, not a file."})
            return
        if modes and open_to_others(status.st_mode):
            yield Finding("keys-open", str(path), {"mode": octal(status.st_mode)})
        path.open("rb").close()  # SQLite would only say that it cannot open it
    except PermissionError:
        yield Finding("not-readable", str(path), {"why": FORBIDDEN})
    else:
        own = patient.system.user.uid == status.st_uid
        yield from inside(path, patient.settings.store.register, own=own)


def places(path: Path, data: Path) -> Iterator[Finding]:
    """Where the file and copies of it lie."""
    if data.resolve() in path.resolve().parents:
        yield Finding("keys-in-data", str(path))
    copies = {copy for form in COPIES for copy in path.parent.glob(form.format(path.name))}
    for copy in sorted(copies):
        if not copy.name.endswith(COMPANIONS):
            yield Finding("keys-copy", str(copy))


def judge_folder(folder: str, mode: int) -> Iterator[Finding]:
    """Who may write the folder can put other files into the place of these."""
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield Finding("keys-folder-open", folder, {"mode": octal(mode)})


def open_to_others(mode: int) -> bool:
    """Whether anybody but the owner may do anything with it."""
    return bool(mode & (stat.S_IRWXG | stat.S_IRWXO))


def octal(mode: int) -> str:
    """As chmod takes it."""
    return f"{stat.S_IMODE(mode):04o}"


def inside(path: Path, register: Path, *, own: bool) -> Iterator[Finding]:
    """What a file that may be read holds. `own`: it is this user's."""
    try:
        check_there(path)
        with closing(open_readonly(path)) as database:
            check_kind(database, path)
            if version_of(database) < VERSION:
                yield Finding("keys-older", str(path))
                return
            row = database.execute("select protector from vault").fetchone()
            used = str(row[0]) if row else ""
            obstacles = list(judge_master(MasterFile(path).path)) if used == MasterFile.name else []
            yield from obstacles or unsealed(database, path, used, register, own=own)
    except KeyFileError as failure:
        yield Finding("keys-unusable", str(path), {"why": str(failure).removeprefix(f"{path}: ")})
        return
    except sqlite3.Error as failure:
        yield Finding("keys-unusable", str(path), {"why": explain(failure)})
        return
    if other_owner(path) is None:  # what the system offers root is not what it offers the file's owner
        yield from judge_protector(str(path), used, [one.name for one in automatic() if not one.why_not()])


def judge_master(path: Path) -> Iterator[Finding]:
    """What is wrong with a master file before it is used."""
    try:
        found = path.stat()
    except FileNotFoundError:
        yield Finding("keys-master-missing", str(path))
        return
    if os.name == "posix" and open_to_others(found.st_mode):
        yield Finding("keys-master-open", str(path), {"mode": octal(found.st_mode)})
    if not stat.S_ISREG(found.st_mode) or found.st_size != KEY_BYTES:
        yield Finding("keys-master-wrong", str(path))
    elif not os.access(path, os.R_OK | os.W_OK):
        yield Finding("not-readable", str(path), {"why": FORBIDDEN})


def unsealed(database: sqlite3.Connection, path: Path, used: str, register: Path, *, own: bool) -> Iterator[Finding]:
    """Every row is opened. `used`: the protector. KeyFileError if the data key cannot be unwrapped by anybody here."""
    guard_memory()
    try:
        vault = open_vault(database, path)
    except KeyFileError as failure:
        if used == MasterFile.name:
            yield Finding("keys-master-wrong", str(MasterFile(path).path))
        elif used in PERSONAL and not own:
            yield Finding("keys-not-unsealed", str(path), {"why": str(failure)})
        else:
            raise
        return
    broken = [*broken_rows(database, vault), *judge_register(register, named_key(database, vault))]
    yield from broken
    if not broken:
        gates = database.execute("select count(*) from gates where state = 'enrolled'").fetchone()[0]
        yield Finding("keys-good", facts={"gates": gates})


def broken_rows(database: sqlite3.Connection, vault: Vault) -> Iterator[Finding]:
    """Each gate and each named key whose row does not open."""
    for identity, lane, count, sealed in database.execute("select identity, lane, count, sealed from gates order by 2"):
        try:
            vault.open_gate(identity, lane, count, sealed)
        except KeyFileError:
            yield Finding("keys-row-damaged", lane)
    for name, sealed in database.execute("select name, sealed from secrets order by name"):
        try:
            vault.open_secret(name, sealed)
        except KeyFileError:
            yield Finding("keys-name-damaged", name)


def named_key(database: sqlite3.Connection, vault: Vault) -> bytes | None:
    """The register's key, None if there is none; one that does not open is told by its row."""
    row = database.execute("select sealed from secrets where name = ?", (REGISTER_KEY,)).fetchone()
    try:
        return vault.open_secret(REGISTER_KEY, row[0]) if row else None
    except KeyFileError:
        return b""


def judge_register(register: Path, key: bytes | None) -> Iterator[Finding]:
    """Whether the register was filled under this key; b"" for one that is not known. Nothing without a register."""
    if key == b"" or not register.exists():
        return
    try:
        with closing(open_readonly(register)) as database:
            row = database.execute("select value from meta where name = 'key'").fetchone()
    except sqlite3.Error:  # told by `data`
        return
    if row and (key is None or not hmac.compare_digest(mark_of(key).encode(), str(row[0]).encode())):
        yield Finding("keys-of-another-register", str(register))


def judge_protector(path: str, used: str, offered: Sequence[str]) -> Iterator[Finding]:
    """`used`: what seals the keys in the file. `offered`: what this PC's system has for it, the best first."""
    if offered and used not in offered:
        yield Finding("keys-weakly-protected", path, {"protector": used, "better": offered[0]})
