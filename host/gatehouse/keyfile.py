"""The key file: gate keys and the keys of pseudonyms, sealed, in a SQLite file of its own for its owner only.

It never lies in one file or one backup with register and ledger: who has both can undo the pseudonyms.
"""

import contextlib
import dataclasses
import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gatelink.keys import HouseKeys
from gatelink.limits import KEY_BYTES

from gatehouse import key_opening
from gatehouse.gate_record import ENROLLED, MOVED, PROPOSED, REKEYED, REPLACED, TAKEN_BACK, GateRecord
from gatehouse.key_tables import ADD_GATE, ADD_NAMED_KEY, SELECT_GATES
from gatehouse.keyfile_error import KeyFileError
from gatehouse.protectors import AUTO, by_name, choose
from gatehouse.schema import explain
from gatehouse.vault import SealedKeys

__all__ = ["GateRecord", "KeyFile", "KeyFileError"]

# A lane that gets a gate: its others go, and whatever else was meant for the same device before.
END = "update gates set state = 'revoked', ended_s = ?, reason = ? where identity = ?"
DROP_OLDER = (
    "delete from gates where state = 'proposed' and lane = ? and rowid < (select rowid from gates where identity = ?)"
)
HEAD_KEPT = "newest head of the ledger"  # sealed among the keys, and none
DROP_FOLLOWERS = "delete from gates where state = 'proposed' and former = ? and identity is not ?"


class KeyFile:
    """Open key file, sealed rows and all.

    Every change is on the disk when its method returns, `advance` and `keep_head` apart. Every method raises
    KeyFileError when the file cannot be read or written, and then nothing was changed. `news`: what opening it did
    that its operator should read.
    """

    def __init__(self, path: Path, *, create: bool = False, protector: str = AUTO) -> None:
        """Raise KeyFileError if the file is missing, empty, damaged, readable by others, or of a later version.

        create: make it if it is missing or empty. protector: name of what a new file, or one of version 1, is sealed
        by.
        """
        self.path = path
        self._seen = 0
        self._db, self._vault, self.news = key_opening.open_file(path, protector, create=create)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # --- enrolment ----------------------------------------------------------------------------------------

    def propose(
        self,
        identity: bytes,
        lane: str,
        static_key: bytes,
        chain_key: bytes,
        *,
        former: bytes | None = None,
        begins: int = 0,
    ) -> None:
        """Keep new keys before a gate gets them: they count from now on, and the lane's gate stays as it is.

        former: identity that the same device has now, proven, or unknown here. KeyFileError if the identity exists.
        """
        sealed = self._vault.seal_gate(identity, HouseKeys(static_key, 0, chain_key))
        row = identity, lane, PROPOSED, former, begins, _now_s(), None, 0, 0, 0, sealed
        with self._transaction():
            if self._run(f"{SELECT_GATES} where identity = ?", identity):
                raise KeyFileError("a gate with this identity is in the key file already. Enrol it anew.")
            self._run(ADD_GATE, *row)

    def confirm(self, identity: bytes) -> list[GateRecord]:
        """A gate has proven that it has its proposed keys: it is its lane's gate. Whom that revoked.

        Revoked are the lane's other gate and the same device's former identities; what was proposed before for the
        lane, or for what the device was, is dropped. A gate that is enrolled drops only what was proposed for it and
        never reached it. KeyFileError if it is unknown or revoked.
        """
        with self._transaction():
            gate = self.gate(identity)
            if gate is None or gate.revoked:
                known = "unknown" if gate is None else f"revoked on lane {gate.lane}"
                raise KeyFileError(f"gate {identity.hex()} is {known} and cannot be confirmed. Enrol it anew.")
            if gate.state == ENROLLED:
                self._run(DROP_FOLLOWERS, identity, identity)
                return []
            line = [one.identity for one in self.lineage(identity)]
            ended = [self._end(one, reason) for one, reason in self._outgoing(gate, set(line[:-1]))]
            self._run(DROP_OLDER, gate.lane, identity)
            for relative in line:
                self._run(DROP_FOLLOWERS, relative, identity)
            self._run("update gates set state = 'enrolled' where identity = ?", identity)
        return ended

    def _outgoing(self, gate: GateRecord, ancestors: set[bytes]) -> Iterator[tuple[GateRecord, int]]:
        for other in self._records(f"{SELECT_GATES} where state is not 'revoked' and identity is not ?", gate.identity):
            if other.identity in ancestors:  # proposed ones too: it may have recorded something under them
                yield other, REKEYED if other.lane == gate.lane else MOVED
            elif other.lane == gate.lane and other.state == ENROLLED:
                yield other, REPLACED

    def revoke(self, lane: str) -> list[GateRecord]:
        """Take a lane's keys back: its gate, and what was proposed for the lane or for that gate. Whom that revoked.

        KeyFileError if nobody is enrolled or proposed there.
        """
        with self._transaction():
            there = self._records(f"{SELECT_GATES} where lane = ? and state is not 'revoked'", lane)
            if not there:
                raise KeyFileError(f"lane {lane} has no gate. See who has one: gatehouse gates")
            ended = [self._end(gate, TAKEN_BACK) for gate in there if gate.state == ENROLLED]
            for gate in there:
                self._run(DROP_FOLLOWERS, gate.identity, gate.identity)
            self._run("delete from gates where state = 'proposed' and lane = ?", lane)
        return ended

    def _end(self, gate: GateRecord, reason: int) -> GateRecord:
        self._run(END, _now_s(), reason, gate.identity)
        (ended,) = self._records(f"{SELECT_GATES} where identity = ?", gate.identity)
        return ended

    def booked(self, identity: bytes) -> None:
        """Remember that a gate's revocation stands in the ledger."""
        with self._transaction():
            self._run("update gates set booked = 1 where identity = ? and state = 'revoked'", identity)

    def add_gate(self, identity: bytes, lane: str, static_key: bytes, chain_key: bytes) -> None:
        """Enrol a gate that has its keys already, as simulated ones have. KeyFileError if identity or lane exist."""
        sealed = self._vault.seal_gate(identity, HouseKeys(static_key, 0, chain_key))
        with self._transaction():
            if self._run(f"{SELECT_GATES} where identity = ? or lane = ? and state = 'enrolled'", identity, lane):
                raise KeyFileError(
                    f"lane {lane} or this gate is enrolled already. Start it with the flash it has, or choose another "
                    "lane"
                )
            self._run(ADD_GATE, identity, lane, ENROLLED, None, 0, _now_s(), None, 0, 0, 0, sealed)

    # --- who there is -------------------------------------------------------------------------------------

    def gate(self, identity: bytes) -> GateRecord | None:
        """The gate with this identity, proposed and revoked ones included. KeyFileError if its row is damaged."""
        gate = self.find(identity)
        if gate is None:
            return None
        keys = gate.keys
        return dataclasses.replace(gate, keys=HouseKeys(keys.static_key, keys.count, keys.chain_key))

    def find(self, identity: bytes) -> GateRecord | None:
        """The same with its keys sealed until they are asked for: a damaged row is found too."""
        return next(iter(self._records(f"{SELECT_GATES} where identity = ?", identity)), None)

    def gates(self) -> list[GateRecord]:
        """All gates by lane, the oldest first. Their keys stay sealed until they are asked for."""
        return self._records(f"{SELECT_GATES} order by lane, made_s, rowid")

    def lineage(self, identity: bytes) -> list[GateRecord]:
        """The same device's identities, as far as they are known: the oldest first, this one last."""
        line: list[GateRecord] = []
        seen: set[bytes] = set()
        at: bytes | None = identity
        while at is not None and at not in seen and (gate := self.find(at)) is not None:
            seen.add(at)
            line.insert(0, gate)
            at = gate.former
        return line

    def changed(self) -> bool:
        """Whether another program has changed the file since this was last asked."""
        version = int(self._run("pragma data_version")[0][0])
        before, self._seen = self._seen, version
        return version != before

    # --- keys ---------------------------------------------------------------------------------------------

    def advance(self, identity: bytes, count: int, chain_key: bytes) -> None:
        """Keep the next chain key; the older one is overwritten on disk. An older count changes nothing."""
        gate = self.gate(identity)
        if gate is None or gate.keys.count >= count:
            return
        sealed = self._vault.seal_gate(identity, HouseKeys(gate.keys.static_key, count, chain_key))
        # A count that is lost with the power is safe: the house may lag behind a gate, never lead.
        with self._in_passing():
            step = "update gates set count = ?, sealed = ? where identity = ? and count < ?"
            self._run(step, count, sealed, identity, count)

    def secret(self, name: str) -> bytes:
        """The 32-byte key of a purpose, made on first use."""
        find = "select sealed from secrets where name = ?"
        rows = self._run(find, name)
        if not rows:
            # Two processes may come here at once: whose key was first is both's.
            self._run(ADD_NAMED_KEY, name, self._vault.seal_secret(name, secrets.token_bytes(KEY_BYTES)))
            rows = self._run(find, name)
        return self._vault.open_secret(name, rows[0][0])

    def purposes(self) -> list[str]:
        """For what there are keys."""
        return [name for (name,) in self._run("select name from secrets where name is not ?", HEAD_KEPT)]

    # --- what lies here because it must not lie with the data ---------------------------------------------

    def kept_head(self) -> bytes | None:
        """What `keep_head` kept last. KeyFileError if it is not as it was kept."""
        rows = self._run("select sealed from secrets where name = ?", HEAD_KEPT)
        return self._vault.open_secret(HEAD_KEPT, rows[0][0]) if rows else None

    def keep_head(self, head: bytes) -> None:
        """Keep the ledger's newest signed head in place of the one before."""
        # One that is lost with the power is an older one: it proves less, and nothing wrong.
        with self._in_passing():
            self._run(
                "insert or replace into secrets values (?, ?)", HEAD_KEPT, self._vault.seal_secret(HEAD_KEPT, head)
            )

    # --- the vault ----------------------------------------------------------------------------------------

    @property
    def protector(self) -> str:
        """Name of the protector that the data key is wrapped by."""
        return str(self._run("select protector from vault")[0][0])

    def protect(self, name: str) -> None:
        """Have the data key wrapped by another protector. KeyFileError if that one does not work here."""
        chosen = choose(name, self.path)
        wrapped = chosen.wrap(self._vault.data_key)
        if by_name(chosen.name, self.path).unwrap(wrapped) != self._vault.data_key:
            raise KeyFileError(f"{chosen.name} gives back another key than it was given. Nothing was changed.")
        with self._transaction():
            self._run("update vault set protector = ?, wrapped = ?", chosen.name, wrapped)

    def for_backup(self) -> tuple[bytes, bytes]:
        """Data key, and a database of all rows without a wrapped key: for a file that seals both in its own way."""
        try:
            with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
                self._db.backup(copy)
                copy.execute("update vault set protector = '', wrapped = x''")
                return self._vault.data_key, copy.serialize()
        except sqlite3.Error as failure:
            raise KeyFileError(f"{self.path}: {explain(failure)}") from None

    # --- the database -------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _in_passing(self) -> Iterator[None]:
        """What is written meanwhile is whole, and may be lost with the power."""
        self._run("pragma synchronous = normal")
        try:
            yield
        finally:
            self._run("pragma synchronous = full")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._run("begin immediate")
        try:
            yield
            self._run("commit")
        finally:
            if self._db.in_transaction:
                self._db.execute("rollback")

    def _records(self, statement: str, *values: object) -> list[GateRecord]:
        return [self._record(row) for row in self._run(statement, *values)]

    def _record(self, row: Sequence[Any]) -> GateRecord:
        identity, lane, state, former, begins, made_s, ended_s, reason, booked, count, sealed = row
        keys = SealedKeys(count, lambda: self._vault.open_gate(identity, lane, count, sealed))
        return GateRecord(identity, lane, state, former, begins, made_s, ended_s, reason, bool(booked), keys)

    def _run(self, statement: str, *values: object) -> list[Any]:
        """Carry out one statement; its rows. Whatever fails is a KeyFileError without its values."""
        try:
            return self._db.execute(statement, values).fetchall()
        except sqlite3.Error as failure:
            raise KeyFileError(f"{self.path}: {explain(failure)}") from None


def _now_s() -> int:
    return int(time.time())
