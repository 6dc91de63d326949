"""The ledger: what each lane did, append-only, committed before the gate may forget it.

An entry is CBOR; its leaf is SHA-256(00 | salt | entry), the leaf hash of RFC 9162 section 2.1.1 over salted data.
No traveller's name and no number, ever: a traveller appears as HMAC(key of the day, number). Who of the staff gave an
order, and why, is kept in words; on what grounds a traveller was answered for, as a number.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import cbor2
import sqlalchemy as sa
from gatelink import codes

from gatehouse import deeds, falling_back, heads, schema
from gatehouse.deeds import Deed, What
from gatehouse.falling_back import FallenBack
from gatehouse.growth import Growth, Kept
from gatehouse.heads import Head, Signer
from gatehouse.merkle import Peaks
from gatehouse.migrations import LEDGER_STEPS
from gatehouse.staff import GROUNDS, Note

LOOK_BACK = 256  # entries of a gate among which the end of its last tap is looked for
# What ends an opening at the passage, the house's own word apart.
AT_A_PASSAGE = tuple(what for what in codes.OUTCOMES if what != codes.REPORT_NOT_OPENED)
# First element of each entry: its fields without a note, or with one as the last element: [who, reason], or, where a
# traveller was answered for, [who, reason, grounds], behind which stand boot and counter of that one's tap, if known.
FORMAT = 1
FORMAT_WITH_NOTE = 2
FORMAT_WITH_GROUNDS = 3
NAMES_OF_GROUNDS = {number: name for name, number in GROUNDS.items()}
NOBODY = bytes(8)  # identity in entries that belong to no gate


@dataclass(frozen=True, slots=True)
class Entry:
    """One report of one gate, or an order of staff, as the ledger keeps it.

    index, what, boot, counter, detail, at_s: as the gate reported them. heard_s: Unix time of the house when the
    report came. person: the day's pseudonym of the tap's traveller, None if no tap of that kind is known.

    Of an order and its outcome (codes.REPORT_ORDERED, REPORT_COMPLETED) counter is the order's number, and index that
    of the gate's last report before: the next opening by staff behind an order to open is its own, unless somebody
    turned the key switch. note: who ordered it and why, None in every other entry.
    """

    identity: bytes
    lane: str
    index: int
    what: int
    boot: int
    counter: int
    detail: int
    at_s: int
    heard_s: int
    person: bytes | None
    note: Note | None = None

    def encoded(self) -> bytes:
        """Deterministic CBOR: the format's number, then all fields in their order; without a note there is none."""
        values = [getattr(self, field.name) for field in fields(self)][:-1]
        if self.note is None:
            return cbor2.dumps([FORMAT, *values], canonical=True)
        note: list[object] = [self.note.who, self.note.reason]
        if self.note.grounds is None:
            return cbor2.dumps([FORMAT_WITH_NOTE, *values, note], canonical=True)
        note = [*note, GROUNDS[self.note.grounds], *(self.note.tap or ())]
        return cbor2.dumps([FORMAT_WITH_GROUNDS, *values, note], canonical=True)

    def repeats(self, other: "Entry") -> bool:
        """Whether both are the same report, heard twice."""
        return self.reported() == other.reported()

    def reported(self) -> tuple[object, ...]:
        """What the gate said, and which gate."""
        return self.identity, self.index, self.what, self.boot, self.counter, self.detail, self.at_s


def decoded(entry: bytes) -> Entry:
    """The entry that `encoded` made; ValueError for another format."""
    number, *values = cbor2.loads(entry)
    if number == FORMAT:
        return Entry(*values)
    if number == FORMAT_WITH_NOTE:
        return replace(Entry(*values[:-1]), note=Note(*values[-1]))
    if number == FORMAT_WITH_GROUNDS:
        who, reason, grounds, *tap = values[-1]
        known = (tap[0], tap[1]) if tap else None
        return replace(Entry(*values[:-1]), note=Note(who, reason, NAMES_OF_GROUNDS[grounds], known))
    raise ValueError("entry of another format")


def anyones(entry: bytes) -> Entry | Deed:
    """An entry of a gate, of staff or of the house; ValueError for another format."""
    try:
        return deeds.decoded(entry)
    except ValueError:
        return decoded(entry)


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit did.

    cursor: index of the last report committed without a gap left open. new: whether there was anything to append.
    missing: reports that this one shows to be lost. renumbered: the gate gave an index to a second report. kept: where
    the entry is in the ledger, None if there was nothing to append.
    """

    cursor: int
    new: bool = True
    missing: int = 0
    renumbered: bool = False
    kept: Kept | None = field(default=None, compare=False)  # two reports may be taken alike, and never at one place


class Ledger:
    """The tables. Several processes may append, one after the other; errors of SQLAlchemy come through."""

    def __init__(self, path: Path) -> None:
        """DatabaseError if the database cannot be used."""
        self.path = path
        self._engine = schema.open_database(path, schema.LEDGER, LEDGER_STEPS)
        self._appends = threading.Lock()
        self._peaks = Peaks()

    def prove_writable(self) -> None:
        """DatabaseError unless a commit works now."""
        schema.prove_writable(self._engine, schema.LEDGER, self.path)

    def cursors(self) -> dict[bytes, int]:
        """Index of the last committed report of each gate. DatabaseError if they cannot be read."""
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(sa.select(schema.cursor.c.identity, schema.cursor.c.report)).all()
        except sa.exc.SQLAlchemyError as failure:
            raise schema.DatabaseError(f"{self.path}: {schema.explain(failure)}") from None
        return {bytes(identity): report for identity, report in rows}

    def recent(self) -> list[Entry]:
        """The last LOOK_BACK entries of gates and staff, as `entries`. DatabaseError if they cannot be read."""
        try:
            return self.entries(LOOK_BACK)
        except sa.exc.SQLAlchemyError as failure:
            raise schema.DatabaseError(f"{self.path}: {schema.explain(failure)}") from None

    def heard_last_s(self) -> int | None:
        """When the house entered its newest entry, Unix time; None if it has none. DatabaseError."""
        recent = self.recent()
        return recent[-1].heard_s if recent else None

    def commit(self, *entries: Entry) -> list[Committed]:
        """Append the entries and move their gates' cursors, all in one transaction; what became of each.

        A repeat of a committed report changes nothing. Where reports are missing before one, an entry of its own
        says how many. A new report under an old index is appended too: the gate has lost its count, not we.

        The house's own entries (codes.HOUSES_OWN) are appended once, however often they are given: a gap up to the
        entry's index if one is left, a gate's retirement with the unknown outcome of what it had opened, the index
        after which a gate's records begin. A retirement bears the index of the gate's last record, such an outcome
        none. Where the keys of the retired gate are lost (RETIRED_FORGOTTEN) a gap up to the entry's index comes first.
        Orders of staff and what became of them are appended each time, and move no cursor.

        The outcome of an opening that another process answered gets its person from the opening's entry.
        """
        with self._appending() as growth:
            return [self._placed(growth, entry) for entry in entries]

    def record(self, deed: Deed, beside: Callable[[sa.Connection], None] = lambda _connection: None) -> Kept:
        """Append what the house itself has done, in a transaction of its own; where it is in the ledger.

        `beside(connection)` is done in the same transaction.
        """
        with self._appending() as growth:
            beside(growth.connection)
            return growth.keep(deeds.HOUSE, deed.what, deed.encoded())

    def sign(self, signer: Signer, at_s: int) -> Head | None:
        """The signed head of all that is there now: the newest one if nothing came after it, None of nothing."""
        with self._appending() as growth:
            before = heads.newest(growth.connection)
            if not growth.peaks.size:
                return None
            if before is not None and before.size == growth.peaks.size and before.signer == signer.public:
                return before
            head = signer.sign(growth.peaks, at_s, before)
            heads.keep(growth.connection, head)
            return head

    def reading(self) -> contextlib.AbstractContextManager[sa.Connection]:
        """A connection that sees one moment of it, for those who go through all of it."""
        return schema.reading(self._engine)

    def fallen_back(self, kept: Head | None) -> FallenBack | None:
        """None if all is there that a head covers which was kept elsewhere."""
        with self._engine.connect() as connection:
            return falling_back.compared(connection, kept)

    @property
    def size(self) -> int:
        """How many entries there were when this process last appended or signed."""
        return self._peaks.size

    @contextlib.contextmanager
    def _appending(self) -> Iterator[Growth]:
        with self._appends, self._engine.begin() as connection:
            schema.begin_writing(connection)
            growth = Growth(connection, self._peaks)
            yield growth
            growth.settle()
            connection.commit()
            self._peaks = growth.peaks

    def _placed(self, growth: Growth, entry: Entry) -> Committed:
        growth.last = None
        return replace(self._append(growth, entry), kept=growth.last)

    def _append(self, growth: Growth, entry: Entry) -> Committed:
        connection = growth.connection
        known = schema.cursor.c.identity == entry.identity
        last = connection.execute(sa.select(schema.cursor.c.report).where(known)).scalar()
        cursor = last or 0
        if entry.what in {codes.REPORT_ORDERED, codes.REPORT_COMPLETED}:
            _keep(growth, replace(entry, index=cursor))
            return Committed(cursor)
        if entry.what == codes.REPORT_RETIRED:
            return self._retire(growth, entry, cursor)
        if entry.what == codes.REPORT_BEGINS:
            if last is None:
                _keep(growth, entry)
                connection.execute(schema.cursor.insert().values(identity=entry.identity, report=entry.index))
            return Committed(last if last is not None else entry.index, new=last is None)
        if entry.what == codes.REPORT_GAP:
            missing = entry.index - cursor
            if missing <= 0:
                return Committed(cursor, new=False)
            _keep(growth, replace(entry, detail=missing))
            self._move(connection, entry, last)
            return Committed(entry.index, missing=missing)
        if entry.person is None and entry.counter and entry.what in AT_A_PASSAGE:
            entry = replace(entry, person=self._person(connection, entry, cursor))
        if entry.index <= cursor:
            if self._holds(connection, entry):
                return Committed(cursor, new=False)
            _keep(growth, entry)
            return Committed(cursor, renumbered=True)
        missing = entry.index - cursor - 1
        if missing:
            _keep(growth, _gap(entry, missing))
        _keep(growth, entry)
        self._move(connection, entry, last)
        return Committed(entry.index, missing=missing)

    def _person(self, connection: sa.Connection, entry: Entry, cursor: int) -> bytes | None:
        """The person of the opening that this is the outcome of, among the gate's last entries."""
        table = schema.ledger
        near = (table.c.identity == entry.identity) & table.c.report.between(cursor - LOOK_BACK, cursor)
        newest_first = sa.select(table.c.entry).where(near, table.c.entry.is_not(None)).order_by(table.c.report.desc())
        found = (decoded(body) for body in connection.execute(newest_first.limit(LOOK_BACK)).scalars())
        tap = entry.boot, entry.counter
        return next((one.person for one in found if (one.boot, one.counter) == tap and one.person), None)

    def _move(self, connection: sa.Connection, entry: Entry, last: int | None) -> None:
        """The cursor of the entry's gate to its index; `last`: where it is, None if it has none."""
        if last is None:
            connection.execute(schema.cursor.insert().values(identity=entry.identity, report=entry.index))
        else:
            known = schema.cursor.c.identity == entry.identity
            connection.execute(schema.cursor.update().where(known).values(report=entry.index))

    def _retire(self, growth: Growth, entry: Entry, cursor: int) -> Committed:
        connection = growth.connection
        table = schema.ledger
        own = sa.select(table.c.entry).where(table.c.identity == entry.identity, table.c.entry.is_not(None))
        newest_first = own.order_by(table.c.report.desc(), table.c.number.desc()).limit(LOOK_BACK)
        seen = [decoded(body) for body in connection.execute(newest_first).scalars()]
        if any(one.what == codes.REPORT_RETIRED for one in seen):
            return Committed(cursor, new=False)
        lane, missing = seen[0].lane if seen else entry.lane, 0
        if entry.detail == codes.RETIRED_FORGOTTEN and entry.index > cursor:
            # An unproven word: the cursor stays, so that what comes after all is no repeat.
            missing = entry.index - cursor
            _keep(growth, replace(entry, lane=lane, what=codes.REPORT_GAP, detail=missing))
        goes_on = entry.detail in {codes.RETIRED_REKEYED, codes.RETIRED_MOVED}  # and tells its outcomes itself
        for opening in [] if goes_on else still_open(seen):
            unknown = replace(opening, what=codes.REPORT_UNKNOWN, detail=codes.UNKNOWN_RETIRED)
            _keep(growth, replace(unknown, index=0, at_s=0, heard_s=entry.heard_s))
        _keep(growth, replace(entry, lane=lane, index=cursor))
        return Committed(cursor, missing=missing)

    def _holds(self, connection: sa.Connection, entry: Entry) -> bool:
        table = schema.ledger
        same = (table.c.identity == entry.identity) & (table.c.report == entry.index)
        found = connection.execute(sa.select(table.c.entry).where(same)).scalars()
        # An entry that retention has deleted is taken for the same: it was committed long ago.
        return any(body is None or decoded(body).repeats(entry) for body in found)

    def entries(self, newest: int | None = None) -> list[Entry]:
        """Entries of gates and staff in the order they were committed; only the last `newest` if given."""
        return [decoded(body) for body in self._bodies(schema.ledger.c.identity != deeds.HOUSE, newest)]

    def deeds(self, newest: int | None = None) -> list[Deed]:
        """What the house itself has done, in the order it was recorded; only the last `newest` if given."""
        return [deeds.decoded(body) for body in self._bodies(schema.ledger.c.identity == deeds.HOUSE, newest)]

    def newest(self, count: int) -> list[tuple[int, Entry | Deed]]:
        """The last entries of all kinds, each with its number, in the order they were committed."""
        table = schema.ledger.c
        query = sa.select(table.number, table.entry).where(table.entry.is_not(None))
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(table.number.desc()).limit(count)).all()[::-1]
        return [(number, anyones(body)) for number, body in rows]

    def heads(self) -> list[Head]:
        """All signed heads in order."""
        with self._engine.connect() as connection:
            return list(heads.kept(connection))

    def last(self, what: What) -> Deed | None:
        """The newest deed of a kind, None if there is none."""
        kind = (schema.ledger.c.identity == deeds.HOUSE) & (schema.ledger.c.report == int(what))
        return next(map(deeds.decoded, self._bodies(kind, 1)), None)

    def _bodies(self, which: sa.ColumnElement[bool], newest: int | None) -> list[bytes]:
        table = schema.ledger
        query = sa.select(table.c.entry).where(table.c.entry.is_not(None), which).order_by(table.c.number.desc())
        with self._engine.connect() as connection:
            return list(connection.execute(query.limit(newest)).scalars())[::-1]

    def leaves(self) -> list[tuple[bytes, bytes | None, bytes | None]]:
        """(leaf, salt, entry) in the order they were committed; salt and entry are None where they were deleted."""
        table = schema.ledger
        query = sa.select(table.c.leaf, table.c.salt, table.c.entry).order_by(table.c.number)
        with self._engine.connect() as connection:
            return [(leaf, salt, entry) for leaf, salt, entry in connection.execute(query)]

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def still_open(newest_first: list[Entry]) -> list[Entry]:
    """The openings among a gate's entries that have no outcome."""
    ended: set[tuple[int, int]] = set()
    found = []
    for entry in newest_first:
        tap = entry.boot, entry.counter
        if entry.what in codes.OUTCOMES:
            ended.add(tap)
        elif entry.what == codes.REPORT_OPENING and tap not in ended:
            found.append(entry)
    return found[::-1]


def _gap(entry: Entry, missing: int) -> Entry:
    return Entry(
        entry.identity,
        entry.lane,
        index=entry.index - 1,
        what=codes.REPORT_GAP,
        boot=0,
        counter=0,
        detail=missing,
        at_s=0,
        heard_s=entry.heard_s,
        person=None,
    )


def _keep(growth: Growth, entry: Entry) -> None:
    growth.keep(entry.identity, entry.index, entry.encoded())
