"""Notices when the PC's wall clock jumps, by holding it against the monotonic clock."""

import datetime
import time

JUMP_S = 2.0


def local_now() -> datetime.datetime:
    """The station's local time, with its zone."""
    return datetime.datetime.now().astimezone()


class JumpWatch:
    """Compares the two clocks each time it is asked."""

    def __init__(self, wall_s: float, monotonic_s: float) -> None:
        self._offset_s = wall_s - monotonic_s

    def jumped_s(self, wall_s: float, monotonic_s: float) -> float | None:
        """Seconds that the wall clock has jumped since the last question, None if it has not."""
        jump = wall_s - monotonic_s - self._offset_s
        if abs(jump) < JUMP_S:
            return None
        self._offset_s += jump
        return jump


def watch() -> JumpWatch:
    """A watch from now on."""
    return JumpWatch(time.time(), time.monotonic())
