"""The other end of GATE_PINS: a Unix socket that a gate process connects to, one JSON object a line."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path


class Pins:
    """Serves one gate at a time; a newly started one takes the place of the one before.

    `changed(pin, value, us)`: the gate drives an output. `inputs()`: every input's level, told to a gate as it comes.
    `lost()`: the gate has gone, its outputs with it.
    """

    def __init__(
        self, changed: Callable[[int, int, int], None], inputs: Callable[[], dict[int, int]], lost: Callable[[], None]
    ) -> None:
        self._changed = changed
        self._inputs = inputs
        self._lost = lost
        self._gate: asyncio.StreamWriter | None = None

    async def start(self, path: Path) -> None:
        """Listen at `path`."""
        self._server = await asyncio.start_unix_server(self._serve, path)

    def set(self, pin: int, value: int, us: int | None = None) -> None:
        """Drive an input of the gate. us: when, on the monotonic clock, for whom microseconds matter."""
        if self._gate is not None:
            self._gate.write(_line(pin, value, us))

    async def stop(self) -> None:
        """Hang up and listen no more."""
        self._server.close()
        if self._gate is not None:
            self._gate.close()
        await asyncio.sleep(0)

    async def _serve(self, lines: asyncio.StreamReader, gate: asyncio.StreamWriter) -> None:
        self._gate = gate
        # In one piece: a gate that has heard of some levels reads the others.
        gate.write(b"".join(_line(pin, value) for pin, value in self._inputs().items()))
        try:
            while line := await lines.readline():
                change = json.loads(line)
                self._changed(int(change["pin"]), int(change["value"]), int(change["us"]))
        except (ConnectionError, ValueError, KeyError, TypeError):
            # Whoever speaks something else here is no gate.
            pass
        finally:
            gate.close()
            if self._gate is gate:
                self._gate = None
                self._lost()


def _line(pin: int, value: int, us: int | None = None) -> bytes:
    when = {} if us is None else {"us": us}
    return json.dumps({"pin": pin, "value": value, **when}).encode() + b"\n"
