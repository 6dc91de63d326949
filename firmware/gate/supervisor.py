"""Runs the parts in turn, contains what fails in one of them, and feeds the watchdog when all have had their turn."""

import gc

CRASHES_MAX = 20  # in a row, in one part: then only a restart helps


class Supervisor:
    """`parts` are called one after the other with the time; `crashed(part number, failure)` is told of each failure
    that follows a pass in which the part worked. `crashes`: how often each part failed since the start.
    """

    def __init__(self, parts: "list[object]", watchdog: object, crashed: object) -> None:
        self._parts = parts
        self._watchdog = watchdog
        self._crashed = crashed
        self._in_a_row = bytearray(len(parts))
        self.crashes = [0] * len(parts)

    def turn(self, now: int) -> None:
        """One pass over all parts. RuntimeError when a part has failed too often in a row."""
        for number in range(len(self._parts)):
            try:
                self._parts[number](now)
            except Exception as failure:  # noqa: BLE001 - what failed is one part; the others must go on
                self._note(number, failure)
            else:
                self._in_a_row[number] = 0
        self._watchdog.feed()

    def _note(self, number: int, failure: Exception) -> None:
        self.crashes[number] += 1
        self._in_a_row[number] += 1
        if isinstance(failure, MemoryError):
            gc.collect()
        if self._in_a_row[number] == 1:
            self._crashed(number, failure)
        elif self._in_a_row[number] >= CRASHES_MAX:
            raise RuntimeError("part %d" % number)
