"""The ledger: what each lane did, append-only, committed before the gate may forget it.

An entry is CBOR; its leaf is SHA-256(00 | salt | entry), the leaf hash of RFC 9162 section 2.1.1 over salted data.
No name and no number, ever: a person appears as HMAC(key of the day, number).
"""

import hashlib
import queue
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cbor2
import sqlalchemy as sa
from gatelink import codes

from gatehouse import schema

SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One report of one gate, as the ledger keeps it. `person`: the day's pseudonym, None if no tap is known."""

    identity: bytes
    lane: str
    index: int
    what: int
    boot: int
    counter: int
    detail: int
    at_s: int
    person: bytes | None

    def encoded(self) -> bytes:
        """Deterministic CBOR of all fields in their order."""
        fields = (self.identity, self.lane, self.index, self.what, self.boot, self.counter, self.detail, self.at_s)
        return cbor2.dumps([*fields, self.person], canonical=True)


def decoded(entry: bytes) -> Entry:
    """The entry that `encoded` made."""
    return Entry(*cbor2.loads(entry))


class Ledger:
    """The tables. Used by one writer at a time; sqlalchemy's errors come through."""

    def __init__(self, path: Path) -> None:
        """DatabaseError if the database cannot be used."""
        self._engine = schema.open_database(path, schema.LEDGER)

    def cursor(self, identity: bytes) -> int:
        """Index of the last committed report of a gate, 0 if none."""
        query = sa.select(schema.cursor.c.index).where(schema.cursor.c.identity == identity)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar() or 0

    def commit(self, entry: Entry) -> int:
        """Append the entry and move the gate's cursor in one transaction; the cursor after it.

        A report that is committed already changes nothing. Where reports are missing before this one (the ledger
        was restored from an older copy), an entry of its own says how many.
        """
        known = schema.cursor.c.identity == entry.identity
        with self._engine.begin() as connection:
            last = connection.execute(sa.select(schema.cursor.c.index).where(known)).scalar()
            if last is not None and entry.index <= last:
                return int(last)
            missing = 0 if last is None else entry.index - last - 1
            if missing:
                gap = Entry(
                    entry.identity, entry.lane, entry.index - 1, codes.REPORT_GAP, 0, 0, missing, entry.at_s, None
                )
                connection.execute(_row(gap))
            connection.execute(_row(entry))
            if last is None:
                connection.execute(schema.cursor.insert().values(identity=entry.identity, index=entry.index))
            else:
                connection.execute(schema.cursor.update().where(known).values(index=entry.index))
        return entry.index

    def entries(self, newest: int | None = None) -> list[Entry]:
        """Entries in the order they were committed; only the last `newest` if given."""
        query = sa.select(schema.ledger.c.entry).order_by(schema.ledger.c.number.desc()).limit(newest)
        with self._engine.connect() as connection:
            return [decoded(row[0]) for row in connection.execute(query)][::-1]

    def close(self) -> None:
        self._engine.dispose()


def _row(entry: Entry) -> sa.Insert:
    body, salt = entry.encoded(), secrets.token_bytes(SALT_BYTES)
    leaf = hashlib.sha256(b"\0" + salt + body).digest()
    return schema.ledger.insert().values(leaf=leaf, salt=salt, entry=body)


class LedgerWriter:
    """Commits in a thread of its own, because a commit waits for the disk.

    `done(entry, cursor)` is called in that thread after each commit. While a commit fails, `failed(entry, why)` is
    called and the same entry is tried again every RETRY_S: nothing is dropped, and nothing overtakes it.
    """

    RETRY_S = 1.0

    def __init__(
        self, ledger: Ledger, done: Callable[[Entry, int], None], failed: Callable[[Entry, str], None]
    ) -> None:
        self._ledger = ledger
        self._done = done
        self._failed = failed
        self._waiting: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="ledger")

    def start(self) -> None:
        """Begin to commit."""
        self._thread.start()

    def give(self, entry: Entry) -> None:
        """Queue an entry. A gate has one report outstanding, so the queue holds at most a few."""
        self._waiting.put(entry)

    def stop(self) -> None:
        """Commit what is queued if the disk lets us, then end; gates repeat what was not committed."""
        self._stopping.set()
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (entry := self._waiting.get()) is not None:
            while True:
                try:
                    cursor = self._ledger.commit(entry)
                except sa.exc.DatabaseError as failure:
                    self._failed(entry, schema.explain(failure))
                    if self._stopping.wait(self.RETRY_S):
                        return
                else:
                    self._done(entry, cursor)
                    break
