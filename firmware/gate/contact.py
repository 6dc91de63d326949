"""One input that bounces: its value counts when it has kept it for long enough."""

from gatelink.ticks import add, diff


class Contact:
    """`steady`: the value that counts, 0 before the first sample. `since`: when the input took its last value.

    `steady_ms`: how long it must keep another one; it may be changed at any time.
    """

    def __init__(self, steady_ms: int, now: int) -> None:
        self.steady_ms = steady_ms
        self._raw = 0
        self.steady = 0
        self.since = now

    def settles(self, value: int, now: int) -> bool:
        """Take a sample; whether it has a new value now that counts, which the caller then makes `steady`."""
        if value != self._raw:
            self._raw = value
            self.since = now
        return value != self.steady and diff(now, self.since) >= self.steady_ms

    def deadline(self) -> "int | None":
        """When a changed input will have been steady long enough; None if it has not changed."""
        return add(self.since, self.steady_ms) if self._raw != self.steady else None
