"""The way to a gate in service mode: MicroPython's REPL on a serial port, spoken by mpremote.

Keys pass through `ServiceMode.run`. What comes from the gate, or goes to it, is therefore in no text of an error:
those name the class of an error at most, and only one of MicroPython's own.
"""

import builtins
import contextlib
import io
import re
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

import serial
from gatehouse.ports import BROKEN, close_quietly, limit_writes
from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

from gatetools.leash import Leash, NoEnd, PortLost
from gatetools.serial_port import unusable
from gatetools.service_errors import (
    RAW_BANNER,
    GateFailed,
    GateGarbled,
    GateLost,
    NotInServiceMode,
    no_answer,
    who_is_there,
)

BAUD = 115200
READ_S = 2.0  # for the two or three bytes with which raw paste begins
WRITE_S = 5.0
ENTER_S = 5.0  # a gate that the opening of the port has reset is there again by then
TRY_S = 0.5
QUIET_S = 0.1
PAUSE_S = 10.0  # between two bytes of an answer: a key partition is erased in less than a second
RUN_S = 60.0
LINE_MAX_BYTES = 255  # the chip's own buffer has 260, ports/esp32/mphalport.c
ANSWER_BYTES = 256 * 1024
CHUNK_BYTES = 512  # of a file in one command; takes about four times that on the gate's heap
SLOWEST_BYTES_PER_S = 500  # of a file, escaped and checked, on a line of 9600 Bd
INTERRUPT, RAW, FRIENDLY = b"\r\x03\x03", b"\r\x01", b"\r\x02"
# What mpremote raises when an answer is none, its own errors apart.
MISREAD = (TransportError, ValueError, SyntaxError, TypeError, struct.error, IndexError, MemoryError, RecursionError)
# Prints "SIZE SHA256 PATH" for every file, read piece by piece; the path in hexadecimal, for it may hold
# anything. A name that is not UTF-8 cannot be used on the gate by any program: it is passed over.
LIST_FILES = """
import os, hashlib, binascii
def _list(folder):
    entries = iter(os.ilistdir(*((folder,) if folder else ())))
    while True:
        try:
            entry = next(entries)
        except StopIteration:
            return
        except UnicodeError:
            continue
        path = folder + entry[0]
        if entry[1] == 0x4000:
            _list(path + '/')
            continue
        summed = hashlib.sha256()
        size = 0
        with open(path, 'rb') as file:
            while True:
                piece = file.read(512)
                if not piece:
                    break
                size += len(piece)
                summed.update(piece)
        print(size, binascii.hexlify(summed.digest()).decode(), binascii.hexlify(path.encode()).decode())
_list('')
print('end')
"""
FILE_LINE = re.compile(r"(\d{1,9}) ([0-9a-f]{64}) ((?:[0-9a-f]{2})+)")
# The last line of a trace: a class, perhaps an errno.
OUR_FAILURES = ("KeysBroken", "UpdateDamaged")
FAILURE = re.compile(r"(\w+)(?:: (?:\[Errno )?(\d{1,3})?.*)?")


@dataclass(frozen=True, slots=True)
class FileOnGate:
    """A file as the gate itself sums it up. `sha256` in hexadecimal."""

    size_bytes: int
    sha256: str


class ServiceMode:
    """A gate in service mode on `port`, a device or a pyserial URL. Use as a context manager.

    Entering raises PortUnusable, NotInServiceMode, NoMicroPython or GateCutOff. Everything else may raise GateLost when
    the cable is pulled, GateGarbled when an answer is none, GateCutOff when it stops in the middle; all leave the gate
    as it was at that moment. GateFailed means that the command was understood and failed on the gate.
    """

    def __init__(self, port: str) -> None:
        self.port = port

    def __enter__(self) -> Self:
        self._transport = self._open()
        self._leash = Leash(self._transport.serial)
        self._transport.serial = self._leash
        try:
            self._enter()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(PortLost, NoEnd):
            self._leash.write(INTERRUPT + FRIENDLY)
        self._close()

    def run(self, code: str, line: str = "", limit_s: float = RUN_S) -> str:
        """Run code on the gate, with `line` on its standard input; what it printed, lines ended by "\n".

        A line has at most LINE_MAX_BYTES, its end included: so much the gate keeps while nobody reads.
        """
        if len(line.encode()) > LINE_MAX_BYTES:
            raise ValueError("the line is too long")
        with self._talking(limit_s, ANSWER_BYTES):
            self._transport.exec_raw_no_follow(code)
            if line:
                self._leash.write(line.encode())
            printed, trace = self._transport.follow(PAUSE_S)
        if trace:
            if line:
                self._leash.write(b"\x03")  # what nobody has read would be taken for code
            raise failed(trace)
        return bytes(printed).decode("utf-8", "replace").replace("\r\n", "\n")

    def hashes(self) -> dict[str, FileOnGate]:
        """Path -> size and hash of every file on the gate, computed there.

        A path may hold any character; files whose name is not UTF-8 are not among them.
        """
        found: dict[str, FileOnGate] = {}
        *lines, end = self.run(LIST_FILES).splitlines() or [""]
        for said in lines:
            match = FILE_LINE.fullmatch(said)
            path = bytes.fromhex(match[3]).decode("utf-8", "replace") if match else ""
            if match is None or path in found:
                raise GateGarbled(self.port)
            found[path] = FileOnGate(int(match[1]), match[2])
        if end != "end":
            raise GateGarbled(self.port)
        return found

    def read_file(self, path: str) -> bytes:
        """A file's content. GateFailed if there is none of this name."""
        with self._talking(RUN_S, 8 * ANSWER_BYTES):
            return bytes(self._transport.fs_readfile(path, chunk_size=CHUNK_BYTES))

    def write_file(self, path: str, data: bytes, progress: Callable[[int], None] = lambda _bytes: None) -> None:
        """Write a file; not atomic. `progress` is told how many bytes of it are written."""
        with self._talking(RUN_S + len(data) / SLOWEST_BYTES_PER_S, ANSWER_BYTES):
            self._transport.fs_writefile(
                path, data, chunk_size=CHUNK_BYTES, progress_callback=lambda written, _size: progress(written)
            )

    def reset(self) -> None:
        """Reset the chip; it leaves service mode unless the button is still held. Nothing else works after it."""
        with contextlib.suppress(GateLost), self._talking(RUN_S, ANSWER_BYTES):
            self._transport.exec_raw_no_follow("import machine\nmachine.reset()")

    # --- the edge -----------------------------------------------------------------------------------------

    def _open(self) -> SerialTransport:
        try:
            transport = SerialTransport(self.port, BAUD, timeout=READ_S)
        except TransportError:
            raise unusable(self.port, self._why_not()) from None
        except BROKEN as failure:
            raise unusable(self.port, failure) from None
        limit_writes(transport.serial, self.port, WRITE_S)
        transport.is_pty = False  # else it would wait READ_S for every byte that does not come
        return transport

    def _why_not(self) -> Exception:
        """Mpremote keeps the reason to itself: try once more."""
        try:
            serial.serial_for_url(self.port, BAUD, exclusive=True).close()
        except BROKEN as failure:
            return failure
        return OSError("it could not be opened, and now it can; try again")

    def _enter(self) -> None:
        """Into the raw REPL, whatever ran before."""
        leash, ends_s = self._leash, time.monotonic() + ENTER_S
        leash.begin(2 * ENTER_S, ANSWER_BYTES)
        try:
            while not self._said(RAW_BANNER, INTERRUPT + RAW, TRY_S):
                found = who_is_there(self.port, bytes(leash.heard))
                if isinstance(found, NotInServiceMode) or time.monotonic() > ends_s:
                    raise found
            # Answers to tries before may still be on their way; the one after silence is the last.
            self._transport.read_until(1, b"\x04", timeout=QUIET_S)
            if not self._said(RAW_BANNER, RAW, READ_S):
                raise who_is_there(self.port, bytes(leash.heard))
        except NoEnd:
            raise who_is_there(self.port, bytes(leash.heard)) from None
        except PortLost:
            raise GateLost(self.port) from None
        self._transport.in_raw_repl = True

    def _said(self, wanted: bytes, asked: bytes, wait_s: float) -> bool:
        self._leash.write(asked)
        return bool(self._transport.read_until(1, wanted, timeout=wait_s, timeout_overall=wait_s).endswith(wanted))

    @contextlib.contextmanager
    def _talking(self, limit_s: float, limit_bytes: int) -> Iterator[None]:
        """One exchange; errors come out as ours."""
        self._leash.begin(limit_s, limit_bytes)
        self._leash.heard.clear()
        try:
            # mpremote prints what it does not understand, and that may be anything.
            with contextlib.redirect_stdout(io.StringIO()):
                yield
        except PortLost:
            raise GateLost(self.port) from None
        except OSError as failure:  # from the gate's file system: those of the port are PortLost
            raise GateFailed("OSError", failure.errno) from None
        except (NoEnd, *MISREAD):
            raise no_answer(self.port, bytes(self._leash.heard), self._leash.silent_s()) from None

    def _close(self) -> None:
        self._transport.serial = self._leash.port
        try:
            self._transport.close()
        except BROKEN:
            close_quietly(self._leash.port)


def failed(trace: bytes) -> GateFailed:
    """What a trace on the gate comes to: its class if that is one of Python's, and an errno."""
    last = trace.decode("ascii", "replace").strip().splitlines()[-1:] or [""]
    match = FAILURE.fullmatch(last[0])
    kind = match[1] if match else ""
    if kind not in OUR_FAILURES and not isinstance(getattr(builtins, kind, None), type):
        kind = "an error"
    return GateFailed(kind, int(match[2]) if match and match[2] else None)
