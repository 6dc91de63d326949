"""Runs the checks beside each other. One that fails or hangs becomes a finding and takes no other with it."""

import contextlib
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gatetools.doctor.finding import Finding
from gatetools.doctor.system import PROBE_S, ProbeTimedOut

LIMIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `run` is called in a thread of its own."""

    name: str
    run: Callable[[], Iterable[Finding]]


class _Visit(threading.Thread):
    """One check on its way. A daemon: what hangs in the system's hands must not keep the doctor from ending."""

    def __init__(self, check: Check) -> None:
        super().__init__(name=check.name, daemon=True)
        self.check = check
        self._found: list[Finding] = []

    def run(self) -> None:
        try:
            # Kept one by one: what was found before a failure stays found.
            for finding in self.check.run():
                self._found.append(finding)
        except ProbeTimedOut as slow:
            self._found.append(Finding("probe-timed-out", str(slow), {"seconds": round(PROBE_S)}))
        except Exception as failure:  # noqa: BLE001 - a check must not end the others
            self._found.append(
                Finding("check-failed", self.check.name, {"error": type(failure).__name__, "place": place(failure)})
            )

    def findings(self, limit_s: float) -> list[Finding]:
        found = list(self._found)
        if self.is_alive():
            found.append(Finding("check-timed-out", self.check.name, {"seconds": round(limit_s)}))
        return found


def place(failure: BaseException) -> str:
    """Where an error was raised: file and line. Its text stays untold, it may hold anything."""
    frames = traceback.extract_tb(failure.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"


@contextlib.contextmanager
def quiet_threads() -> Iterator[None]:
    """Nothing is printed of threads that a library has started and that fail: pyserial's, when a server talks nonsense.

    The check that uses the library meets the failure in its own call.
    """
    before = threading.excepthook
    threading.excepthook = lambda _: None
    try:
        yield
    finally:
        threading.excepthook = before


def examine(checks: Sequence[Check], limit_s: float = LIMIT_S) -> list[Finding]:
    """All findings, in the order of the checks, `limit_s` after the start at the latest."""
    visits = [_Visit(check) for check in checks]
    end_s = time.monotonic() + limit_s
    with quiet_threads():
        for visit in visits:
            visit.start()
        for visit in visits:
            visit.join(max(0.0, end_s - time.monotonic()))
    return [finding for visit in visits for finding in visit.findings(limit_s)]
