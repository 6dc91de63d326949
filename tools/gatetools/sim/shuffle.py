"""What becomes of whole frames of one direction in the hands of somebody who holds the cable: twice, or out of turn.

Pure. While nothing is asked of it bytes go through as they come; else each waits for the end of its frame.
"""

FRAME_MAX_BYTES = 600  # more than any frame has


class Shuffle:
    """One direction. `twice`, `swap`: so many of the next frames come twice, change places with the one behind them."""

    def __init__(self) -> None:
        self._twice = 0
        self._swap = 0
        self._overtaken = b""
        self._frame = bytearray()
        self._between = True  # whether the next byte begins a frame

    def ask(self, *, twice: int = 0, swap: int = 0) -> bytes:
        """From the next frame on. With neither, what is held back is let go: those bytes."""
        held, self._overtaken = self._overtaken + bytes(self._frame), b""
        self._frame.clear()
        self._twice, self._swap = twice, swap
        if held:
            self._between = held.endswith(b"\0")
        return held

    def pass_on(self, data: bytes) -> bytes:
        """What goes on of what has come."""
        if not (self._twice or self._swap or self._overtaken or self._frame):
            self._between = data.endswith(b"\0") if data else self._between
            return data
        out = bytearray()
        for byte in data:
            if not self._between:
                out.append(byte)
                self._between = byte == 0
                continue
            self._frame.append(byte)
            if (byte == 0 and len(self._frame) > 1) or len(self._frame) > FRAME_MAX_BYTES:
                out += self._treated(bytes(self._frame))
                self._frame.clear()
        return bytes(out)

    def _treated(self, frame: bytes) -> bytes:
        if self._overtaken:
            held, self._overtaken = self._overtaken, b""
            return frame + held
        if self._swap:
            self._swap -= 1
            self._overtaken = frame
            return b""
        if self._twice:
            self._twice -= 1
            return frame + frame
        return frame
