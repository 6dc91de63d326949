"""The control socket's other side, for commands: asks, waits, and hears events. Blocking."""

import json
import select
import socket
import time
from pathlib import Path

from gatehouse.control import place

CONNECT_S = 5.0
READ_BYTES = 65536
LINE_BYTES_MAX = 16_000_000  # a scene of a thousand lanes has less than a tenth of that

Told = dict[str, object]


class Unreachable(Exception):
    """There is no gatehouse to speak to now; the text says why and what to do."""


class NotAllowed(Unreachable):
    """Nor will there be, for this user or on this system."""


class NoAnswer(Exception):
    """The gatehouse was asked and has not answered: it went away, or is very busy."""


class Control:
    """One connection. Use `close` at the end."""

    def __init__(self, data: Path) -> None:
        """Connect to the gatehouse that serves this data folder; Unreachable if there is none for this user."""
        path = place.path_in(data)
        if not place.exists_here():
            raise NotAllowed("Python has no Unix sockets on this system, and the gatehouse takes orders by no other.")
        try:
            self._socket: socket.socket = place.connected(path, CONNECT_S)
        except PermissionError:
            raise NotAllowed(
                f"{path}: only the user that runs the gatehouse may give orders, and root. "
                "Run this command as that user: sudo -u USER gatehouse ..."
            ) from None
        except (FileNotFoundError, ConnectionRefusedError):
            raise Unreachable("The gatehouse is not running. Start it: gatehouse run") from None
        except OSError as failure:
            raise Unreachable(f"{path}: {failure.strerror or failure}. Is the gatehouse running?") from None
        self._number = 0
        self._pending = b""

    def fileno(self) -> int:
        """For `select`: there is something to `receive`."""
        return self._socket.fileno()

    def send(self, do: str, **facts: object) -> int:
        """Ask; the number that the answer will have. NoAnswer if the gatehouse is gone."""
        self._number += 1
        line = json.dumps({"do": do, "id": self._number, **facts}).encode() + b"\n"
        try:
            self._socket.sendall(line)
        except OSError:
            raise NoAnswer from None
        return self._number

    def receive(self) -> list[Told]:
        """Answers and events that have come; waits for the first bytes. NoAnswer if the gatehouse is gone."""
        try:
            data = self._socket.recv(READ_BYTES)
        except OSError:
            raise NoAnswer from None
        if not data or len(self._pending) > LINE_BYTES_MAX:
            raise NoAnswer
        *lines, self._pending = (self._pending + data).split(b"\n")
        return [told for line in lines if isinstance(told := _read(line), dict)]

    def ask(self, do: str, wait_s: float, **facts: object) -> Told:
        """Ask and wait for the answer; NoAnswer if none comes in this time."""
        number = self.send(do, **facts)
        ends_at = time.monotonic() + wait_s
        while (left_s := ends_at - time.monotonic()) > 0 and select.select([self._socket], [], [], left_s)[0]:
            for told in self.receive():
                if "answer" in told and told["answer"] in {number, None}:
                    return told
        raise NoAnswer

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def _read(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError:
        raise NoAnswer from None  # not a gatehouse
