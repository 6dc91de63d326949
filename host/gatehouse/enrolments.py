"""Whose record it is: a gate keeps its journal when it gets new keys or another lane, and each record stays with the
enrolment under which it was written.

`former` and `begins` of a gate in the key file say which enrolment was before this one, and up to which index the
records are still that one's.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from gatelink import codes

from gatehouse.clock import StationClock
from gatehouse.gate_record import GateRecord
from gatehouse.keyfile import KeyFile
from gatehouse.ledger import Entry


class Lineage:
    """One gate's enrolments, the oldest first; the last one is what it says it is now."""

    def __init__(self, gates: Sequence[GateRecord]) -> None:
        self._gates = gates

    def owner(self, index: int) -> GateRecord:
        """The enrolment that the record with this index belongs to."""
        return next((gate for gate in reversed(self._gates) if gate.begins < index), self._gates[0])

    def ended_before(self, gate: GateRecord) -> list[tuple[GateRecord, int]]:
        """The enrolments before this one, the oldest first, each with the index of its last record."""
        place = next(place for place, one in enumerate(self._gates) if one.identity == gate.identity)
        return [(one, self._gates[number + 1].begins) for number, one in enumerate(self._gates[:place])]

    def begins(self, cursors: Mapping[bytes, int]) -> list[tuple[GateRecord, int]]:
        """After which index each enrolment's records begin, its first records apart that begin with 1.

        Behind everything that is committed: a journal that was wiped before the keys were made had lost its count.
        """
        reached, found = 0, []
        for gate in self._gates:
            if gate.begins:
                found.append((gate, max(gate.begins, reached)))
            reached = max(reached, cursors.get(gate.identity, 0))
        return found

    def cursor(self, cursors: Mapping[bytes, int]) -> int:
        """Up to which index the gate's records are committed, by the cursor of each enrolment.

        A gate whose journal was wiped hears an index that it has not come to, and numbers its records anew from there.
        """
        reached = 0
        for gate, following in zip(self._gates, [*self._gates[1:], None], strict=True):
            reached = max(reached, cursors.get(gate.identity, 0), gate.begins)
            if following is not None and reached < following.begins:
                break
        return reached


class Enrolments:
    """What enrolment did, brought into the ledger. Everything runs on the event loop; KeyFileError comes through.

    `give`: takes entries for the ledger. `cursors`: of each enrolment, kept up to date by the house. `ends_s`: Unix
    time of the ledger's newest entry, None if it has none.
    """

    def __init__(
        self,
        keys: KeyFile,
        cursors: Mapping[bytes, int],
        clock: StationClock,
        give: Callable[[Entry], None],
        ends_s: int | None = None,
    ) -> None:
        self._keys = keys
        self._cursors = cursors
        self._clock = clock
        self._give = give
        self._lineages: dict[bytes, Lineage] = {}
        self._heirs: dict[bytes, bytes] = {}
        self._retiring: set[bytes] = set()
        self._ends_s = ends_s
        self._entered: set[bytes] = set()
        self._closed: set[bytes] = set()

    def arrived(self, identity: bytes) -> None:
        """A gate has proven itself: its enrolment holds from now on, and what it took the place of is retired."""
        self._keys.confirm(identity)
        gates = self._keys.lineage(identity)
        lost = self._lost(gates[0])
        self._lineages[identity] = Lineage(gates)
        self._heirs |= {gate.identity: identity for gate in gates}
        if lost is not None and gates[0].identity not in self._cursors:
            self._give(lost)
        for gate, index in self._lineages[identity].begins(self._cursors):
            if gate.identity not in self._cursors:
                self._give(self._own(gate, index, codes.REPORT_BEGINS, 0))
        self.settle()

    def _lost(self, first: GateRecord) -> Entry | None:
        """The retirement of a gate whose keys are lost here, where this one was it before its first enrolment here.

        That is its unproven word: what the ledger knows of that gate gets an end and a gap, and nothing else comes of
        it. Should that gate ever prove itself, its records are entered all the same.
        """
        former = first.former
        if former is None or former not in self._cursors or self._keys.find(former) is not None:
            return None
        retired = self._own(first, first.begins, codes.REPORT_RETIRED, codes.RETIRED_FORGOTTEN)
        return dataclasses.replace(retired, identity=former)

    def has_arrived(self, identity: bytes) -> bool:
        """Whether it is known whose the gate's records are: only then can any be taken."""
        return identity in self._lineages

    def settle(self) -> None:
        """Enter every gate that was revoked and is not in the ledger as such, also by another program meanwhile.

        Where an old ledger was restored, it ends before some were: what was entered of them was lost with the new one.
        """
        for gate in self._keys.gates():
            if gate.revoked and gate.identity not in self._retiring and not self._is_entered(gate):
                self._retiring.add(gate.identity)
                self._give(self._own(gate, self._cursors.get(gate.identity, 0), codes.REPORT_RETIRED, gate.reason))

    def _is_entered(self, gate: GateRecord) -> bool:
        if not gate.booked or gate.identity in self._entered or self._ends_s is None:
            return gate.booked
        return gate.ended_s is None or gate.ended_s <= self._ends_s

    def committed(self, entry: Entry) -> None:
        """An entry is in the ledger."""
        if entry.what == codes.REPORT_RETIRED:
            self._entered.add(entry.identity)
            self._retiring.discard(entry.identity)  # tried again by the next `settle` if the key file cannot keep it
            self._keys.booked(entry.identity)

    def owner(self, identity: bytes, index: int) -> GateRecord | None:
        """Whose record this is, that the gate `identity` reports; None for a gate that has not arrived.

        Where it is the first of an enrolment, whatever is missing of those before is entered first.
        """
        lineage = self._lineages.get(identity)
        if lineage is None:
            return None
        found = lineage.owner(index)
        if found.identity not in self._closed:
            self._closed.add(found.identity)
            for earlier, last in lineage.ended_before(found):
                self._give(self._own(earlier, last, codes.REPORT_GAP, 0))
        return found

    def heir(self, identity: bytes) -> bytes:
        """What the gate that had this identity says it is now."""
        return self._heirs.get(identity, identity)

    def cursor(self, identity: bytes) -> int:
        """Up to which index the records of the gate that is `identity` now are committed, 0 if none is."""
        lineage = self._lineages.get(identity)
        return self._cursors.get(identity, 0) if lineage is None else lineage.cursor(self._cursors)

    def _own(self, gate: GateRecord, index: int, what: int, detail: int) -> Entry:
        return Entry(gate.identity, gate.lane, index, what, 0, 0, detail, 0, self._clock.unix_s(), None)
