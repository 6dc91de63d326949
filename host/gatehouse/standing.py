"""How each gate's link stands: what was counted, how long an answer takes, what went wrong last. Nothing decides by it.

No traveller appears here in any form: lanes, counts, times and names of errors only.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from gatelink import codes

from gatehouse import faults
from gatehouse.faults import Faults

# Upper bounds of the classes into which answers are counted.
ANSWER_BOUNDS_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
LANES_MAX = 1024  # lanes come from the key file, ports from the settings: a bound all the same


@dataclass
class Standing:
    """One gate, or what is counted at a port where no gate has proven itself.

    since_s: Unix time since when it is up or down. counts: as `gatelink.counters` names them, and crashes of its
    program. waiting: reports that the gate has not got rid of. queued: messages that wait for their turn towards the
    gate. answers: how many taps were answered within each of ANSWER_BOUNDS_S, the last class for all slower ones.
    firmware, board, system: what the gate has said of itself, "" if nothing. faults: those that stand, as `faults.note`
    keeps them; without a link those that stood when it was lost.
    """

    lane: str
    port: str = ""
    up: bool = False
    since_s: float = 0.0
    state: int | None = None
    waiting: int = 0
    queued: int = 0
    round_trip_ms: int = 0
    last_error: str = ""
    last_error_s: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    answers: list[int] = field(default_factory=lambda: [0] * (len(ANSWER_BOUNDS_S) + 1))
    answers_s: float = 0.0
    firmware: str = ""
    board: str = ""
    system: str = ""
    faults: Faults = field(default_factory=dict)

    def told(self) -> dict[str, object]:
        """All of it, for JSON."""
        return {**vars(self), "counts": dict(self.counts)}


class Standings:
    """All gates. Written on the event loop; `all` may be called from any thread."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._lanes: dict[str, Standing] = {}
        self._lock = threading.Lock()

    def of(self, lane: str) -> Standing:
        """The standing of a lane; made when it is first asked for."""
        with self._lock:
            if lane not in self._lanes and len(self._lanes) >= LANES_MAX:
                del self._lanes[next(iter(self._lanes))]
            return self._lanes.setdefault(lane, Standing(lane))

    def all(self) -> list[Standing]:
        """Every lane, by name."""
        with self._lock:
            return [self._lanes[lane] for lane in sorted(self._lanes)]

    def book(self, lane: str, port: str, counted: Mapping[str, int], *, round_trip_ms: int, queued: int) -> None:
        """Add what a line has counted since the last time."""
        standing = self.of(lane)
        standing.port = port
        standing.counts.update(counted)
        standing.round_trip_ms, standing.queued = round_trip_ms, queued

    def settle(self, port: str, lane: str) -> None:
        """The gate behind a port has proven itself: what was counted at the port is its own."""
        with self._lock:
            before = self._lanes.pop(port, None)
        if before is not None:
            self.of(lane).counts.update(before.counts)

    def note(self, event: str, lane: str, facts: Mapping[str, object]) -> None:
        """Take one happening, see `Happenings.happened`."""
        taken = self.NOTES.get(event)
        if taken is not None:
            taken(self, self.of(lane), facts)

    def error(self, lane: str, name: str) -> None:
        """Remember what went wrong last."""
        standing = self.of(lane)
        standing.last_error, standing.last_error_s = name, self._wall()

    def _up(self, standing: Standing, facts: Mapping[str, object]) -> None:
        standing.up, standing.since_s, standing.port = True, self._wall(), str(facts.get("port", ""))
        standing.faults = {}  # a gate tells those that stand in each session

    def _down(self, standing: Standing, facts: Mapping[str, object]) -> None:
        standing.up, standing.since_s, standing.state = False, self._wall(), None
        self.error(standing.lane, f"down: {name_of('DOWN_', facts.get('reason'))}")

    def _refused(self, standing: Standing, facts: Mapping[str, object]) -> None:
        self.error(standing.lane, f"refused: {name_of('REFUSED_', facts.get('reason'))}")

    def _fault(self, standing: Standing, facts: Mapping[str, object]) -> None:
        what, number = facts.get("what"), facts.get("detail")
        self.error(standing.lane, f"fault: {name_of('FAULT_', what)}")
        if isinstance(what, int) and isinstance(number, int):
            stood = dict(standing.faults)  # other threads read the one that is there
            faults.note(stood, what, number)
            standing.faults = stood

    def _beat(self, standing: Standing, facts: Mapping[str, object]) -> None:
        state, waiting = facts.get("state"), facts.get("waiting")
        if isinstance(state, int) and isinstance(waiting, int):
            standing.state, standing.waiting = state, waiting

    def _about(self, standing: Standing, facts: Mapping[str, object]) -> None:
        standing.firmware, standing.board = str(facts.get("firmware", "")), str(facts.get("board", ""))
        standing.system = str(facts.get("system", ""))

    def _unenrolled(self, standing: Standing, facts: Mapping[str, object]) -> None:
        self._about(standing, facts)
        self.error(standing.lane, "not enrolled")

    def _trace(self, standing: Standing, facts: Mapping[str, object]) -> None:
        standing.counts["crashes"] += 1
        self.error(standing.lane, f"crashed: {facts.get('error')}")

    def _tap(self, standing: Standing, facts: Mapping[str, object]) -> None:
        took_ms = facts.get("ms")
        if isinstance(took_ms, (int, float)):
            took_s = took_ms / 1000
            place = sum(took_s > bound for bound in ANSWER_BOUNDS_S)
            standing.answers[place] += 1
            standing.answers_s += took_s

    NOTES: ClassVar[dict[str, Callable[["Standings", Standing, Mapping[str, object]], None]]] = {
        "up": _up,
        "down": _down,
        "refused": _refused,
        "fault": _fault,
        "beat": _beat,
        "tap": _tap,
        "trace": _trace,
        "about": _about,
        "unenrolled": _unenrolled,
    }


def name_of(prefix: str, code: object) -> str:
    """The name of a code for people: 'wrong key'; 'code 99' for one that has no name here."""
    return codes.names(prefix).get(code, f"code {code}").replace("_", " ") if isinstance(code, int) else "unknown"
