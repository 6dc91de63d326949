"""Serial ports by pyserial URL, bridged into asyncio by two threads each; a port that vanishes comes back by itself."""

import asyncio
import os
import queue
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable

import serial

REOPEN_FIRST_S = 0.05  # a device on this machine is always looked for again after so long: it costs nothing
REOPEN_MAX_S = 2.0
READ_SLICE_S = 0.2  # how long a read may sit without looking whether it is to end
WRITE_MAX_S = 2.0
READ_MAX_BYTES = 4096
CHUNKS_MAX = 256  # waiting for the writer; more are dropped as a cable would, the link repeats
TAKEN_MAX = 8  # pieces of READ_MAX_BYTES on their way to the loop; then the sender waits, or its cable overflows
# A network port may die without a sign: a server that lost its power says nothing. It is opened anew when nothing
# has come for so long; a gate with a session speaks each second.
NETWORK = ("socket://", "rfc2217://")
SCHEMES = ("socket", "rfc2217", "loop", "hwgrep", "spy")
NETWORK_SILENCE_S = 30.0

LOST_FOR_GOOD = "given up after an internal error; restart the gatehouse"

# Why a port cannot be used, as far as that can be told from what the system says.
MISSING = "there is no such port; is the cable in?"
FORBIDDEN = "this user may not open it; add the user to the group of the device"
HELD = "another program holds it"
NOBODY_LISTENS = "nobody listens there"
VANISHED = "it has vanished; is the cable in?"
FOLDER = "this is a folder"
NO_PORT = "this is no serial port; name the port as the system does: /dev/ttyUSB0, /dev/ttyACM0, COM3"

# What pyserial and the system raise when a port breaks; TypeError and AttributeError when it breaks under a call,
# NotImplementedError where a kind of port does not have what it is asked for.
BROKEN = (serial.SerialException, OSError, ValueError, TypeError, AttributeError, NotImplementedError)


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
        self._outgoing: queue.Queue[bytes | None] = queue.Queue(CHUNKS_MAX)
        self._room = threading.BoundedSemaphore(TAKEN_MAX)
        self._ended = threading.Event()
        self._write_failed = threading.Event()
        self._serial: serial.SerialBase | None = None
        self._thread = threading.Thread(target=self._run, name=f"port {url}", daemon=True)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to open the port; callbacks arrive on `loop`."""
        self._loop = loop
        self._thread.start()

    def send(self, data: bytes) -> None:
        """Queue bytes for the writer; dropped while the port is away or does not take them."""
        try:
            self._outgoing.put_nowait(data)
        except queue.Full:
            return

    def end(self) -> None:
        """No callback comes after this; both threads begin to end."""
        self._ended.set()
        self._cancel_read()

    def join(self) -> None:
        """Wait for both threads. Network ports take up to half a second to close: call it off the loop."""
        if self._thread.ident is not None:
            self._thread.join()

    # --- the reader thread --------------------------------------------------------------------------------

    def _tell(self, callback: Callable[..., None], *args: object) -> None:
        if not self._ended.is_set():
            self._loop.call_soon_threadsafe(self._call, callback, *args)

    def _call(self, callback: Callable[..., None], *args: object) -> None:
        """On the loop: what was under way when the port ended is dropped."""
        if not self._ended.is_set():
            callback(*args)

    def _deliver(self, data: bytes) -> None:
        """Give bytes to the loop; while it has not kept up with those before, nothing more is read."""
        while not self._room.acquire(timeout=READ_SLICE_S):
            if self._ended.is_set():
                return
        self._tell(self._take, data)

    def _take(self, data: bytes) -> None:
        self._room.release()
        self._received(data)

    def _run(self) -> None:
        try:
            self._live()
        finally:
            # Only an error that nobody has thought of ends the thread before its time.
            self._tell(self._lost, LOST_FOR_GOOD)

    def _live(self) -> None:
        """Open, read until it breaks, wait, again."""
        said, wait_s = "", REOPEN_FIRST_S
        known_open = False
        while not self._ended.is_set():
            try:
                port = self._serial = open_port(self.url, self._baud)
            except BROKEN as failure:
                known_open = False
                why = plain_reason(failure)
                if why != said:
                    said = why
                    self._tell(self._lost, why)
                self._ended.wait(wait_s)
                if "://" in self.url:
                    wait_s = min(wait_s * 2, REOPEN_MAX_S)
                continue
            self._drain()
            if not known_open:
                self._tell(self._opened)
            broken = self._use(port)
            # Reopening a silent network port is nobody's news, unless it fails.
            known_open = broken is None
            if broken is not None:
                said, wait_s = broken, REOPEN_FIRST_S
                self._tell(self._lost, broken)
                self._ended.wait(wait_s)

    def _use(self, port: serial.SerialBase) -> str | None:
        """Read and write until the port breaks; why, None if it was only silent."""
        self._write_failed.clear()
        writer = threading.Thread(target=self._write, args=(port,), name=f"{self.url} out", daemon=True)
        writer.start()
        why = self._read(port)
        # Closed first: a writer that waits for the other side to take its bytes would wait for ever.
        close_quietly(port)
        self._drain()
        self._outgoing.put(None)
        writer.join()
        return why

    def _drain(self) -> None:
        while True:
            try:
                self._outgoing.get_nowait()
            except queue.Empty:
                return

    def _read(self, port: serial.SerialBase) -> str | None:
        network = self.url.startswith(NETWORK)
        heard_s = time.monotonic()
        while not self._ended.is_set():
            if self._write_failed.is_set():
                return "it takes no more bytes"
            data = bytearray()
            try:
                data += port.read(1)
                while data and len(data) < READ_MAX_BYTES and (waiting := port.in_waiting):
                    data += port.read(min(waiting, READ_MAX_BYTES - len(data)))
            except BROKEN as failure:
                if data:
                    self._deliver(bytes(data))
                return plain_reason(failure)
            if data:
                heard_s = time.monotonic()
                self._deliver(bytes(data))
            elif network and time.monotonic() - heard_s > NETWORK_SILENCE_S:
                return None
        return "closed"

    def _cancel_read(self) -> None:
        port = self._serial
        try:
            if port is not None and hasattr(port, "cancel_read"):
                port.cancel_read()
        except BROKEN:
            return

    # --- the writer thread --------------------------------------------------------------------------------

    def _write(self, port: serial.SerialBase) -> None:
        while (data := self._outgoing.get()) is not None:
            try:
                port.write(data)
            except BROKEN:
                # The reader ends this port and says why.
                self._write_failed.set()
                self._cancel_read()
                return


def open_port(url: str, baud: int) -> serial.SerialBase:
    """An open port that reads in slices. DTR and RTS stay low: raised, they reset ESP32 boards."""
    port = _made(url, baud)
    limit_writes(port, url, WRITE_MAX_S)
    port.dtr = False
    port.rts = False
    if "://" not in url and os.name == "posix":
        port.exclusive = True  # elsewhere the system sees to it
    port.open()
    return port


def _made(url: str, baud: int) -> serial.SerialBase:
    if sys.platform == "linux" and "://" not in url:
        from gatehouse.polled_serial import PolledSerial

        made = PolledSerial(baudrate=baud, timeout=READ_SLICE_S)
        made.port = url
        return made
    return serial.serial_for_url(url, baudrate=baud, timeout=READ_SLICE_S, do_not_open=True)


def limit_writes(port: serial.SerialBase, url: str, limit_s: float) -> None:
    """Have a write fail that takes longer; over RFC 2217 pyserial 3.5 has a limit of its own, 5 s, and no other."""
    if not url.startswith("rfc2217://"):
        port.write_timeout = limit_s


def close_quietly(port: serial.SerialBase) -> None:
    """Close a port that may be broken already."""
    try:
        port.close()
    except BROKEN:
        return


def plain_reason(failure: Exception) -> str:
    """What went wrong with a port, without the library's wrapping."""
    text = str(failure)
    for known, said in (
        ("No such file", MISSING),
        ("FileNotFoundError", MISSING),
        ("Permission denied", FORBIDDEN),
        ("PermissionError", HELD),
        ("Resource busy", HELD),
        ("exclusively lock", HELD),
        ("Connection refused", NOBODY_LISTENS),
        ("timed out", "nobody answers there"),
        ("returned no data", VANISHED),
        ("Input/output error", VANISHED),
        ("disconnected", "the other side has closed it"),
        ("Is a directory", FOLDER),
        ("Errno 21", FOLDER),
        ("Not a directory", MISSING),
        ("Inappropriate ioctl", NO_PORT),  # a file, or another kind of device
    ):
        if known in text:
            return said
    return text.splitlines()[0][:200] if text else type(failure).__name__


def url_problem(url: str) -> str | None:
    """What is wrong with the form of a port's name or URL, None if nothing is; whether it is there shows later."""
    scheme, mark, rest = url.partition("://")
    if not mark:
        return None
    if scheme not in SCHEMES:
        return f"{scheme}:// is no kind of port"
    if f"{scheme}://" in NETWORK:
        try:
            parts = urllib.parse.urlsplit(url)
            whole = bool(parts.hostname) and parts.port is not None
        except ValueError:
            whole = False
        return None if whole else f"{scheme}:// takes a host and a port number"
    return None if rest or scheme == "loop" else f"{scheme}:// names no port"
