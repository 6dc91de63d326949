"""The key file: gate keys and the keys of pseudonyms, in a SQLite file of its own that only its owner may read.

It never lies in one file or one backup with register and ledger: who has both can undo the pseudonyms.
"""

import os
import secrets
import sqlite3
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from gatelink.keys import HouseKeys
from gatelink.limits import KEY_BYTES

from gatehouse.schema import explain

SCHEMA = """
begin immediate;
create table if not exists gates (
    identity blob primary key, lane text not null unique, static_key blob not null,
    count integer not null, chain_key blob not null, revoked integer not null default 0
) strict;
create table if not exists secrets (name text primary key, key blob not null) strict;
pragma user_version = 1;
commit;
"""
VERSION = 1
WAIT_S = 1.0  # for another process that is writing, an enrolment for example


class KeyFileError(Exception):
    """The key file cannot be used as it lies there; the text says what to do."""


@dataclass(frozen=True, slots=True)
class GateRecord:
    """One enrolled gate."""

    identity: bytes
    lane: str
    revoked: bool
    keys: HouseKeys


class KeyFile:
    """Open key file. Made with owner-only permissions if it does not exist and `create` is set.

    Every method raises KeyFileError when the file cannot be read or written.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Raise KeyFileError if the file is missing, readable by others, or of a later version."""
        if not path.exists():
            if not create:
                advice = "Put it back where the settings say; a new station gets one when its first gate is enrolled."
                raise KeyFileError(f"{path}: no key file. {advice}")
            make_private(path)
        check_permissions(path)
        self._path = path
        self._db = sqlite3.connect(path, isolation_level=None, timeout=WAIT_S)
        try:
            self._prepare(path)
        except sqlite3.Error as failure:
            self._db.close()
            raise KeyFileError(f"{path}: {explain(failure)}") from None
        except KeyFileError:
            self._db.close()
            raise

    def _prepare(self, path: Path) -> None:
        version = self._db.execute("pragma user_version").fetchone()[0]
        if version > VERSION:
            raise KeyFileError(f"{path}: written by a later Gatehouse (version {version}). Update this one.")
        foreign = self._db.execute("select count(*) from sqlite_master").fetchone()[0]
        if version == 0 and foreign:
            raise KeyFileError(f"{path}: this is another program's database, not a key file.")
        # A count that is lost with the power is safe: the house may lag behind a gate, never lead.
        for pragma in ("secure_delete = on", "journal_mode = wal", "synchronous = normal"):
            self._db.execute(f"pragma {pragma}")
        if version < VERSION:
            self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def add_gate(self, identity: bytes, lane: str, static_key: bytes, chain_key: bytes) -> None:
        """Enrol a gate under count 0. KeyFileError if identity or lane exist."""
        try:
            self._run("insert into gates values (?, ?, ?, 0, ?, 0)", identity, lane, static_key, chain_key)
        except sqlite3.IntegrityError:
            raise KeyFileError(
                f"lane {lane} or this gate is enrolled already. Start it with the flash it has, or choose another lane"
            ) from None

    def gate(self, identity: bytes) -> GateRecord | None:
        """The gate with this identity, revoked ones included."""
        row = self._run("select * from gates where identity = ?", identity).fetchone()
        return None if row is None else _record(row)

    def gates(self) -> list[GateRecord]:
        """All enrolled gates by lane."""
        return [_record(row) for row in self._run("select * from gates order by lane")]

    def advance(self, identity: bytes, count: int, chain_key: bytes) -> None:
        """Keep the next chain key; the older one is overwritten on disk. An older count changes nothing."""
        step = "update gates set count = ?, chain_key = ? where identity = ? and count < ?"
        self._run(step, count, chain_key, identity, count)

    def secret(self, name: str) -> bytes:
        """The 32-byte key of a purpose, made on first use."""
        find = "select key from secrets where name = ?"
        row = self._run(find, name).fetchone()
        if row is None:
            # Two processes may come here at once: whose key was first is both's.
            self._run("insert or ignore into secrets values (?, ?)", name, secrets.token_bytes(KEY_BYTES))
            row = self._run(find, name).fetchone()
        return bytes(row[0])

    def _run(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Carry out one statement. IntegrityError comes through, all else is a KeyFileError without its values."""
        try:
            return self._db.execute(statement, values)
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as failure:
            raise KeyFileError(f"{self._path}: {explain(failure)}") from None


def _record(row: tuple[bytes, str, bytes, int, bytes, int]) -> GateRecord:
    identity, lane, static_key, count, chain_key, revoked = row
    return GateRecord(identity, lane, bool(revoked), HouseKeys(static_key, count, chain_key))


def make_private(path: Path) -> None:
    """An empty file that only its owner may read; KeyFileError if that is not possible."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as failure:
        raise KeyFileError(f"{path}: cannot be made ({failure.strerror})") from None


def check_permissions(path: Path) -> None:
    """KeyFileError if others than the owner may read or write the file. Windows keeps such rights elsewhere."""
    if sys.platform == "win32":
        return
    mode = path.stat().st_mode
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileError(f"{path}: others may read the keys (mode {stat.S_IMODE(mode):04o}). Run: chmod 600 {path}")
    if not os.access(path, os.R_OK | os.W_OK):
        raise KeyFileError(f"{path}: this user may not read and write it. Run Gatehouse as its owner.")
