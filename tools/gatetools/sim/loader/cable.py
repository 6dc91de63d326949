"""The cable between a board and a program: a serial port over RFC 2217 on this machine, control lines included.

A cable that only charges is one whose port opens and whose wires lead nowhere: `Cable(None)`.
"""

import contextlib
import socket
import threading
from typing import Protocol, Self

import serial
from serial.rfc2217 import PortManager

from gatetools.sim.loader.board import Board

READ_BYTES = 4096


class Changed(Protocol):
    """Told of both lines whenever one changes."""

    def __call__(self, *, dtr: bool, rts: bool) -> None: ...


class Lines:
    """The adapter as RFC 2217 sees it: settings that are only remembered, and the two lines that are wired."""

    cts = dsr = ri = cd = False

    def __init__(self, changed: Changed) -> None:
        self.baudrate = 115200
        self.bytesize = serial.EIGHTBITS
        self.parity = serial.PARITY_NONE
        self.stopbits = serial.STOPBITS_ONE
        self.rtscts = self.xonxoff = self.break_condition = False
        self._dtr = self._rts = False
        self._changed = changed

    @property
    def dtr(self) -> bool:
        return self._dtr

    @dtr.setter
    def dtr(self, value: bool) -> None:
        self._dtr = value
        self._changed(dtr=self._dtr, rts=self._rts)

    @property
    def rts(self) -> bool:
        return self._rts

    @rts.setter
    def rts(self, value: bool) -> None:
        self._rts = value
        self._changed(dtr=self._dtr, rts=self._rts)

    def reset_input_buffer(self) -> None:
        """Nothing is held here."""

    def reset_output_buffer(self) -> None:
        """Nothing is held here."""


class Connection:
    """One program at the port, until it goes."""

    def __init__(self, wire: socket.socket, board: Board | None) -> None:
        self._wire = wire
        self._board = board
        self._sending = threading.Lock()
        self._manager = PortManager(Lines(self._lines), self)

    def write(self, data: bytes) -> None:
        """To the program, as it is; PortManager calls it with its own messages."""
        with self._sending, contextlib.suppress(OSError):
            self._wire.sendall(data)

    def serve(self) -> None:
        """Until the program goes."""
        if self._board is not None:
            self._board.attach(lambda data: self.write(b"".join(self._manager.escape(data))))
        with contextlib.suppress(OSError):
            while data := self._wire.recv(READ_BYTES):
                heard = b"".join(self._manager.filter(data))
                if heard and self._board is not None:
                    self._board.receive(heard)
        if self._board is not None:
            self._board.attach(lambda _data: None)

    def _lines(self, *, dtr: bool, rts: bool) -> None:
        if self._board is not None:
            self._board.lines(dtr=dtr, rts=rts)


class Cable:
    """A port at `url` as long as the `with` lasts; one program at a time. `board`: None = only the charging wires."""

    def __init__(self, board: Board | None) -> None:
        self._board = board

    def __enter__(self) -> Self:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"rfc2217://127.0.0.1:{self._listening.getsockname()[1]}"
        self._wire: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="cable", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._listening, self._wire):
            if each is not None:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()
        if self._board is not None:
            self._board.power_off()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._wire, _ = self._listening.accept()
                self._wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._wire:
                    Connection(self._wire, self._board).serve()
