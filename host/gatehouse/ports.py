"""Serial ports by pyserial URL, bridged into asyncio by two threads each; a port that vanishes comes back by itself."""

import asyncio
import queue
import threading
from collections.abc import Callable

import serial

REOPEN_WAIT_S = 1.0
READ_MAX_BYTES = 4096


class Port:
    """One port. All callbacks run on the event loop; `send` may be called from it at any time.

    `opened()` when the port is there, `received(data)`, `lost(why)` when it vanished or could not be opened.
    """

    def __init__(
        self,
        url: str,
        baud: int,
        opened: Callable[[], None],
        received: Callable[[bytes], None],
        lost: Callable[[str], None],
    ) -> None:
        self.url = url
        self._baud = baud
        self._opened = opened
        self._received = received
        self._lost = lost
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._serial: serial.SerialBase | None = None
        self._thread = threading.Thread(target=self._live, name=f"port {url}", daemon=True)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to open the port; callbacks arrive on `loop`."""
        self._loop = loop
        self._thread.start()

    def send(self, data: bytes) -> None:
        """Queue bytes for the writer; dropped while the port is away, as a cable would."""
        self._outgoing.put(data)

    def stop(self) -> None:
        """End both threads. Network URLs take up to half a second to close: call it off the loop."""
        self._ended.set()
        self._cancel()
        self._thread.join()

    def _tell(self, callback: Callable[..., None], *args: object) -> None:
        if not self._ended.is_set():
            self._loop.call_soon_threadsafe(callback, *args)

    def _live(self) -> None:
        """The reader thread: open, read until it breaks, wait, again."""
        said = ""
        while not self._ended.is_set():
            try:
                self._serial = open_port(self.url, self._baud)
            except (serial.SerialException, OSError, ValueError) as failure:
                why = plain_reason(failure)
                if why != said:
                    said = why
                    self._tell(self._lost, why)
                self._ended.wait(REOPEN_WAIT_S)
                continue
            said = ""
            self._drain()
            self._tell(self._opened)
            writer = threading.Thread(target=self._write, args=(self._serial,), name=f"{self.url} out", daemon=True)
            writer.start()
            why = self._read(self._serial)
            self._outgoing.put(None)
            writer.join()
            close_quietly(self._serial)
            self._tell(self._lost, why)
            self._ended.wait(REOPEN_WAIT_S)

    def _drain(self) -> None:
        while not self._outgoing.empty():
            self._outgoing.get()

    def _read(self, port: serial.SerialBase) -> str:
        while not self._ended.is_set():
            try:
                data = port.read(1)
                waiting = port.in_waiting if data else 0
                if waiting:
                    data += port.read(min(waiting, READ_MAX_BYTES))
            except (serial.SerialException, OSError, TypeError) as failure:
                # pyserial raises TypeError when another thread closes the port under a read.
                return plain_reason(failure)
            if data:
                self._tell(self._received, data)
        return "closed"

    def _write(self, port: serial.SerialBase) -> None:
        while (data := self._outgoing.get()) is not None:
            try:
                port.write(data)
            except (serial.SerialException, OSError):
                # The reader sees the same loss and says so; here it only ends.
                self._cancel()
                return

    def _cancel(self) -> None:
        port = self._serial
        if port is not None and hasattr(port, "cancel_read"):
            try:
                port.cancel_read()
            except (serial.SerialException, OSError, AttributeError):
                return


def open_port(url: str, baud: int) -> serial.SerialBase:
    """An open port that reads in slices of at most 0.2 s. DTR and RTS stay low: raised, they reset ESP32 boards."""
    port = serial.serial_for_url(url, baudrate=baud, timeout=0.2, write_timeout=2, do_not_open=True)
    port.dtr = False
    port.rts = False
    if url.startswith("/dev/"):
        port.exclusive = True
    port.open()
    return port


def close_quietly(port: serial.SerialBase) -> None:
    """Close a port that may be broken already."""
    try:
        port.close()
    except (serial.SerialException, OSError):
        return


def plain_reason(failure: Exception) -> str:
    """What went wrong with a port, without the library's wrapping."""
    text = str(failure)
    for known, said in (
        ("No such file", "there is no such port; is the cable in?"),
        ("Permission denied", "this user may not open it; add the user to the group of the device"),
        ("Resource busy", "another program holds it"),
        ("Connection refused", "nobody listens there"),
    ):
        if known in text:
            return said
    return text.splitlines()[0] if text else type(failure).__name__
