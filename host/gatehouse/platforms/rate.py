"""How often a platform may be asked: a bucket that fills steadily, and a pause when the platform wants one."""

from collections.abc import Callable


class Rate:
    """`per_s` requests a second in the long run, `burst` at once. `monotonic()`: seconds."""

    def __init__(self, per_s: float, burst: int, monotonic: Callable[[], float]) -> None:
        self._per_s = per_s
        self._burst = burst
        self._monotonic = monotonic
        self._left = float(burst)
        self._counted_s = monotonic()
        self._paused_until_s = self._counted_s

    def take(self, patience_s: float, count: int = 1) -> float | None:
        """Take the right to `count` requests: seconds to wait before they go out, None if it would be too long."""
        now_s = self._monotonic()
        self._left = min(self._burst, self._left + (now_s - self._counted_s) * self._per_s)
        self._counted_s = now_s
        wait_s = max(0.0, (min(count, self._burst) - self._left) / self._per_s, self._paused_until_s - now_s)
        if wait_s >= patience_s:
            return None
        self._left -= count
        return wait_s

    def pause(self, wait_s: float) -> None:
        """Nothing goes out for so long."""
        self._paused_until_s = max(self._paused_until_s, self._monotonic() + wait_s)
