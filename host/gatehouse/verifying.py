"""Everything in the ledger computed anew from its entries, and what does not fit named: which entry, order or head.

An entry is held against its leaf, the leaves against the nodes of the tree, the tree against every signed head, and all
of it against the head that lies outside of the database.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import cbor2
import sqlalchemy as sa

from gatehouse import deeds, heads, schema
from gatehouse.deeds import What
from gatehouse.growth import leaf_hash
from gatehouse.head_chain import HeadChain
from gatehouse.heads import Head
from gatehouse.merkle import Node, Peaks
from gatehouse.tree import LACKING, size_of
from gatehouse.words import clock

ROWS_A_STEP = 10_000
FINDINGS_MAX = 1000
Range = tuple[int, int]  # numbers of the first and the last entry
Progress = Callable[[int, int], None]  # entries done, in all


@dataclass(slots=True)
class Outcome:
    """What came of it. size, heads: how many there are. bare: entries whose content retention has deleted, bare_to:
    the last of them. signed: how many the newest sound head covers. wrong: a sentence each. fell_back: what the ledger
    says of itself: numbers of entries that tell of older copies that were put back.
    """

    size: int = 0
    heads: int = 0
    bare: int = 0
    bare_to: int = 0
    signed: int = 0
    wrong: list[str] = field(default_factory=list)
    more: int = 0
    fell_back: list[int] = field(default_factory=list)

    def say(self, what: str) -> None:
        """Add what is wrong; of very many only how many."""
        if len(self.wrong) < FINDINGS_MAX:
            self.wrong.append(what)
        else:
            self.more += 1


class Verification:
    """One pass over the ledger, in the read transaction that is open."""

    def __init__(self, connection: sa.Connection, public: bytes | None, kept: Head | None) -> None:
        """public: the station's key, None for any. kept: the head that lies outside of the database, if any does."""
        self._connection = connection
        self._kept = kept
        self._chain = HeadChain(heads.kept(connection), public)
        self._levels: dict[int, Iterator[tuple[int, bytes]]] = {}
        self._named_to = 0  # the last entry that is named: what depends on it is no finding of its own
        self._doubtful: list[Range] = []  # below nodes that differ: they, or the nodes, as the next head tells
        self._held_to = 0
        self._differs = False
        self.outcome = Outcome()

    def run(self, progress: Progress) -> Outcome:
        """Do it."""
        told, peaks = self.outcome, Peaks()
        told.size = size_of(self._connection)
        for row in self._rows():
            number, leaf = row[0], row[3]
            if number <= peaks.size:
                told.say(f"entry {number} has no place in the ledger: somebody has put it there")
                continue
            if number > peaks.size + 1:
                self._named((peaks.size + 1, number - 1), "missing: somebody has deleted it")
                while peaks.size < number - 1:
                    self._take(peaks, LACKING)
            if said := self._fault(*row):
                self._named((number, number), said)
            self._take(peaks, leaf)
            if number % ROWS_A_STEP == 0:
                progress(number, told.size)
        self._end(peaks)
        for number, said in self._chain.wrong:
            told.say(f"head {number} {said}")
        told.heads = self._connection.execute(sa.select(sa.func.count()).select_from(schema.head)).scalar_one()
        return told

    def _rows(self) -> Iterator[tuple[int, bytes, int, bytes, bytes | None, bytes | None]]:
        table = schema.ledger.c
        columns = table.number, table.identity, table.report, table.leaf, table.salt, table.entry
        yield from self._connection.execute(
            sa.select(*columns).order_by(table.number).execution_options(yield_per=ROWS_A_STEP)
        )

    def _fault(
        self, number: int, identity: bytes, report: int, leaf: bytes, salt: bytes | None, body: bytes | None
    ) -> str:
        """What is wrong within an entry's own row; "" if nothing."""
        if salt is None and body is None:
            self.outcome.bare += 1
            self.outcome.bare_to = number
            return "" if len(leaf) == len(LACKING) else "its leaf is no hash: altered"
        if salt is None or body is None:
            return "lacks its salt or its content alone: altered"
        if leaf_hash(salt, body) != leaf:
            return "is not what was recorded: altered"
        where = columns_of(body)
        if where is None:
            return "is of a form that this Gatehouse does not know"
        if where[:2] != (identity, report):
            return "is kept under another gate or index than it names: altered"
        if where[2] == What.LEDGER_FELL_BACK:
            self.outcome.fell_back.append(number)
        return ""

    def _take(self, peaks: Peaks, leaf: bytes) -> None:
        """The next leaf, what it completes, and the heads over so many."""
        for node in peaks.add(leaf):
            first, last = (node.position << node.level) + 1, node.position + 1 << node.level
            known = self._named_to >= first or (self._doubtful and self._doubtful[-1][1] >= first)
            if self._kept_node(node) != node.hash and not known:
                self._doubtful.append((first, last))
        if peaks.size == self._chain.next_size():
            for head in self._chain.due(peaks.size):
                self._hold(head, peaks.root(), f"head {head.number} of {clock(head.at_s)}")
        if self._kept is not None and peaks.size == self._kept.size:
            self._hold(self._kept, peaks.root(), "the head that the key file holds")

    def _hold(self, head: Head, root: bytes, name: str) -> None:
        """The tree against a head that is sound."""
        if root == head.root:
            for first, last in self._doubtful:
                self.outcome.say(f"the tree over entries {first} to {last} was altered; the entries are as signed")
            self.outcome.signed = head.size
        else:
            for first, last in self._doubtful:
                what = "not those, or not in the order, that the tree was made over: altered"
                self._named((max(first, self._held_to + 1) if not self._differs else first, last), what)
            # Once it is another tree every later head differs too, and proves nothing more.
            if not self._differs and self._named_to <= self._held_to:
                first = min(self._held_to + 1, head.size)
                self._named((first, head.size), f"not those, or not in the order, that {name} was signed over: altered")
            self._differs = True
        self._doubtful.clear()
        self._held_to = head.size

    def _end(self, peaks: Peaks) -> None:
        """What no head covers yet, and what lies beyond the last entry."""
        for doubtful in self._doubtful:
            self._named(
                doubtful, "not those, or not in the order, that the tree was made over: altered, or the tree was"
            )
        ends = [
            (head.size, f"head {head.number} of {clock(head.at_s)} was signed over them") for head in self._chain.rest()
        ]
        if self._kept is not None:
            ends.append((self._kept.size, "the head that the key file holds was signed over them"))
            if self._chain.last < self._kept.number:
                self.outcome.say(f"head {self._kept.number} is missing: the key file has a copy of it")
        size, what = max([*ends, (self._tree_size(), "the tree was made over them")])
        if size > peaks.size:
            self._named((peaks.size + 1, size), f"missing: {what}")

    def _tree_size(self) -> int:
        """How many entries the nodes of the table are over, at the least."""
        table = schema.node.c
        query = sa.select(table.level, sa.func.max(table.position)).group_by(table.level)
        return max((position + 1 << level for level, position in self._connection.execute(query)), default=0)

    def _kept_node(self, node: Node) -> bytes | None:
        """What the table has in its place; None if nothing. Asked in order, level by level."""
        rows = self._levels.get(node.level)
        if rows is None:
            rows = self._levels[node.level] = self._nodes(node.level)
        found = next(rows, None)
        while found is not None and found[0] < node.position:
            found = next(rows, None)
        if found is not None and found[0] > node.position:
            self._levels[node.level] = _again(found, rows)
            return None
        return None if found is None else found[1]

    def _nodes(self, level: int) -> Iterator[tuple[int, bytes]]:
        table = schema.node.c
        query = sa.select(table.position, table.hash).where(table.level == level).order_by(table.position)
        yield from self._connection.execute(query.execution_options(yield_per=ROWS_A_STEP))

    def _named(self, which: Range, what: str) -> None:
        first, last = which
        self._named_to = max(self._named_to, last)
        entries = f"entry {first}" if first == last else f"entries {first} to {last}"
        self.outcome.say(f"{entries} {what}" if first == last else f"{entries}: {what}")


def _again(first: tuple[int, bytes], rest: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    yield first
    yield from rest


def columns_of(body: bytes) -> tuple[bytes, int, int] | None:
    """Under what identity and index an entry belongs, and what it says was done; None if it is no entry."""
    try:
        match cbor2.loads(body):
            case [deeds.FORMAT, int(what), *_]:
                return deeds.HOUSE, what, what
            case [1 | 2 | 3, bytes(identity), str(_), int(report), *_]:
                return identity, report, 0
    except (cbor2.CBORDecodeError, EOFError, OverflowError, RecursionError, ValueError, TypeError):
        pass
    return None
