"""Runs the parts in turn, contains what fails in one of them, and feeds the watchdog when all have had their turn."""

from gatelink import codes

CRASHES_MAX = 20  # in a row, in one part: then only a restart helps


class Supervisor:
    """`parts` are called one after the other with the time; `crashed(part number)` is told of each failure."""

    def __init__(self, parts: "list[object]", watchdog: "object | None", crashed: object) -> None:
        self._parts = parts
        self._watchdog = watchdog
        self._crashed = crashed
        self.crashes = [0] * len(parts)

    def turn(self, now: int) -> None:
        """One pass over all parts. RuntimeError when a part has failed too often in a row."""
        for number in range(len(self._parts)):
            try:
                self._parts[number](now)
            except Exception:  # noqa: BLE001 - what failed is one part; the others must go on
                self.crashes[number] += 1
                if self.crashes[number] >= CRASHES_MAX:
                    raise RuntimeError("part %d" % number)
                self._crashed(codes.FAULT_TASK_CRASHED, number)
            else:
                self.crashes[number] = 0
        if self._watchdog is not None:
            self._watchdog.feed()
