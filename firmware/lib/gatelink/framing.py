"""Frames on the wire: 00 | COBS(body) | 00.

The leading zero lets a flip that ate the last delimiter cost one frame, not two. COBS: Cheshire and Baker,
"Consistent Overhead Byte Stuffing", 1999; the coding itself is injected.
"""

from gatelink.suite import Suite


def frame(suite: Suite, body: bytes) -> bytes:
    """The bytes that carry `body`."""
    return b"\0" + suite.stuff(body) + b"\0"


class Deframer:
    """Cuts the received bytes into bodies; holds at most one frame of `body_max_bytes`."""

    def __init__(self, suite: Suite, body_max_bytes: int) -> None:
        self._suite = suite
        self._body_max = body_max_bytes
        self._max = body_max_bytes + body_max_bytes // 254 + 1  # stuffed
        self._held = b""
        self._overlong = False

    def feed(self, data: bytes) -> "list[bytes | None]":
        """The bodies that `data` completes, in order; None stands for one that was damaged."""
        found: "list[bytes | None]" = []
        start = 0
        while True:
            end = data.find(b"\0", start)
            piece = data[start:] if end < 0 else data[start:end]
            if len(self._held) + len(piece) > self._max:
                self._overlong = True
                self._held = b""
            elif not self._overlong:
                self._held += piece
            if end < 0:
                return found
            if self._overlong or self._held:
                found.append(self._finish())
            start = end + 1

    def _finish(self) -> "bytes | None":
        held, overlong = self._held, self._overlong
        self._held = b""
        self._overlong = False
        if overlong:
            return None
        try:
            body = self._suite.unstuff(held)
        except ValueError:
            return None
        # A body with zeros in it grows less by stuffing than one without.
        return body if 0 < len(body) <= self._body_max else None
