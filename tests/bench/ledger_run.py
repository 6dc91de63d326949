"""What a ledger costs as it grows: its file, an append, a head, a proof, a whole verification.

Filled by the rooms that the gatehouse itself appends with, in large transactions; what is timed is the gatehouse's own
commit, a hundred entries together as its writer gives them when many lanes speak at once, and one alone.
"""

import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gatehouse import proofs
from gatehouse.heads import Signer
from gatehouse.ledger import Entry, Ledger
from gatehouse.verifying import Verification
from gatelink import codes

ENTRIES = 1_000_000
FILLED_TOGETHER = 10_000
TOGETHER = 100
BATCHES, SINGLES, PROOFS = 60, 150, 300
SEED = 36_500_000
GATES = [f"GATE-{number:03}".encode() for number in range(100)]
START_S = 1_790_000_000
SIGNED_EACH = 1000


@dataclass(frozen=True, slots=True)
class Times:
    """Of one thing, in milliseconds."""

    p50_ms: float
    p99_ms: float

    @staticmethod
    def of(times_s: list[float]) -> "Times":
        """Sorted and read off."""
        ordered = sorted(times_s)
        return Times(ordered[len(ordered) // 2] * 1e3, ordered[len(ordered) * 99 // 100] * 1e3)


@dataclass(frozen=True, slots=True)
class Size:
    """At so many entries. together: a commit of a hundred; single: of one. proof: JSON of an inclusion proof, its
    length in proof_bytes; consistency: from a random head to the newest.
    """

    entries: int
    file_bytes: int
    together: Times
    single: Times
    head: Times
    proof: Times
    proof_bytes: int
    consistency: Times


@dataclass(frozen=True, slots=True)
class LedgerRun:
    """fill_s: of all entries but the timed ones. verify_s: of the whole at its end."""

    sizes: list[Size]
    fill_s: float
    verify_s: float
    bare_bytes: int


class Filler:
    """A ledger and the next entry of each gate."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ledger = Ledger(path)
        self.signer = Signer(bytes(32))
        self._index = 0

    def entries(self, count: int) -> list[Entry]:
        """The next ones: passages of a hundred gates in turn."""
        found = []
        for _ in range(count):
            gate, index = self._index % len(GATES), self._index // len(GATES) + 1
            at_s = START_S + self._index * 86400 // 100_000
            person = self._index.to_bytes(16, "big")
            found.append(Entry(GATES[gate], f"A{gate}", index, codes.REPORT_PASSED, 1, index, 0, at_s, at_s, person))
            self._index += 1
        return found

    def fill(self, count: int) -> None:
        """As many, with a head each thousand; the cursors follow with the last commit."""
        while count:
            some = min(count, FILLED_TOGETHER)
            with self.ledger._appending() as growth:
                for entry in self.entries(some):
                    growth.keep(entry.identity, entry.index, entry.encoded())
            with self.ledger._engine.begin() as connection:
                connection.exec_driver_sql("delete from cursor")
                connection.exec_driver_sql(
                    "insert into cursor select identity, max(report) from ledger group by identity"
                )
            self.ledger.sign(self.signer, START_S)
            count -= some


def timed(times: int, what: Callable[[], object]) -> Times:
    """So many calls, one after the other."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        what()
        found.append(time.perf_counter() - began)
    return Times.of(found)


def at_size(filler: Filler, random_: random.Random) -> Size:
    """Everything that is timed, at the size that there is."""
    ledger = filler.ledger
    hundreds = [filler.entries(TOGETHER) for _ in range(BATCHES)]
    ones = [filler.entries(1) for _ in range(SINGLES)]
    together = timed(BATCHES, lambda: ledger.commit(*hundreds.pop(0)))
    single = timed(SINGLES, lambda: ledger.commit(*ones.pop(0)))

    def head() -> None:
        ledger.commit(*filler.entries(1))
        began.append(time.perf_counter())
        ledger.sign(filler.signer, START_S)
        took.append(time.perf_counter() - began.pop())

    began: list[float] = []
    took: list[float] = []
    timed(SINGLES, head)
    size = ledger.size
    heads = ledger.heads()
    lengths = []
    with ledger.reading() as moment:

        def prove() -> None:
            lengths.append(len(str(proofs.inclusion(moment, random_.randint(1, size)))))

        proof = timed(PROOFS, prove)
        consistency = timed(PROOFS, lambda: proofs.consistency(moment, random_.choice(heads).number, None))
    file_bytes = sum(one.stat().st_size for one in filler.path.parent.glob(filler.path.name))
    return Size(size, file_bytes, together, single, Times.of(took), proof, max(lengths), consistency)


def measure(entries: int, say: Callable[[str], None]) -> LedgerRun:
    """A ledger of so many entries, looked at on its way at each power of ten from 10,000 on."""
    random_ = random.Random(SEED)
    sizes, fill_s = [], 0.0
    steps = [10**power for power in range(4, 9) if 10**power < entries] + [entries]
    with tempfile.TemporaryDirectory() as folder:
        filler = Filler(Path(folder) / "ledger.db")
        for step in steps:
            say(f"filling to {step:,}")
            began = time.perf_counter()
            filler.fill(max(step - filler.ledger.size, 0))
            fill_s += time.perf_counter() - began
            say(f"measuring at {step:,}")
            sizes.append(at_size(filler, random_))
        say("verifying")
        began = time.perf_counter()
        with filler.ledger.reading() as moment:
            outcome = Verification(moment, (filler.signer.public,), None).run(lambda _done, _total: None)
        verify_s = time.perf_counter() - began
        if outcome.wrong or outcome.signed != filler.ledger.size:
            raise AssertionError(outcome.wrong)
        bare = bare_bytes(filler)
        filler.ledger.close()
    return LedgerRun(sizes, fill_s, verify_s, bare)


def bare_bytes(filler: Filler) -> int:
    """What a tenth of the entries takes when salt and content are gone, as a file of its own."""
    count = min(filler.ledger.size, 100_000)
    with tempfile.TemporaryDirectory() as folder:
        small = Filler(Path(folder) / "ledger.db")
        small.fill(count)
        with small.ledger._engine.begin() as connection:
            connection.exec_driver_sql("update ledger set salt = null, entry = null")
        with small.ledger._engine.connect() as connection:
            connection.connection.driver_connection.isolation_level = None
            connection.exec_driver_sql("vacuum")
            connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
        small.ledger.close()
        return small.path.stat().st_size // count
