"""One end of a serial cable on this machine: a pseudo terminal under a name that outlives it, or a tty that exists."""

import contextlib
import os
import pty
import stat
import termios
import tty
from pathlib import Path

import serial

ISPEED, OSPEED = 4, 5  # places in a list of terminal settings
# Terminal setting -> bits a second.
SPEEDS = {getattr(termios, name): int(name[1:]) for name in dir(termios) if name[0] == "B" and name[1:].isdigit()}


class Port:
    """An open end. `fd` is readable when bytes came from whoever opened `path`; reads and writes never block."""

    fd: int
    path: Path

    def read(self) -> bytes:
        """What is there; b"" if nothing. OSError if the port has gone."""
        try:
            return os.read(self.fd, 4096)
        except BlockingIOError:
            return b""

    def write(self, data: bytes) -> None:
        """Hand bytes over. What the reader leaves lying until its buffer is full is lost, as on a UART."""
        with contextlib.suppress(BlockingIOError):
            os.write(self.fd, data)

    def baud(self) -> int | None:
        """The rate that the other end has set, None if nobody can tell."""
        return None

    def close(self) -> None:
        """Let go of the port."""


class PtyPort(Port):
    """A fresh pseudo terminal. `link`: a symbolic link that leads to it; without one `path` is the device itself."""

    def __init__(self, link: Path | None = None, baud: int | None = None) -> None:
        """`baud`: the rate that it has until whoever opens it sets another one."""
        self.fd, self._held = pty.openpty()
        device = Path(os.ttyname(self._held))
        # Held open, so that the other side may come and go without a hang-up here.
        tty.setraw(self._held)
        speed = getattr(termios, f"B{baud}", None)
        if speed is not None:
            attributes = termios.tcgetattr(self._held)
            attributes[ISPEED] = attributes[OSPEED] = speed
            termios.tcsetattr(self._held, termios.TCSANOW, attributes)
        os.set_blocking(self.fd, False)
        self._link = link
        if link is not None:
            link.unlink(missing_ok=True)
            link.symlink_to(device)
        self.path = link or device

    def baud(self) -> int | None:
        """As its terminal settings say, which both ends of it share."""
        return SPEEDS.get(termios.tcgetattr(self._held)[OSPEED])

    def close(self) -> None:
        """The device vanishes, its name too; whoever has it open sees a hang-up."""
        if self._link is not None:
            self._link.unlink(missing_ok=True)
        os.close(self._held)
        os.close(self.fd)


class TtyPort(Port):
    """A tty that exists: a real serial port or somebody's pseudo terminal."""

    def __init__(self, path: Path, baud: int) -> None:
        """Raise OSError (pyserial's SerialException is one) if it cannot be opened."""
        self._serial = serial.Serial(str(path), baud, timeout=0)
        self.fd = self._serial.fileno()
        self.path = path

    def close(self) -> None:
        """Close it; it stays where it is."""
        self._serial.close()


def open_port(path: Path | None, baud: int) -> Port:
    """The tty at `path`, or a fresh pty that gets this name if nothing is there. FileExistsError if a file is."""
    if path is None:
        return PtyPort(baud=baud)
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISCHR(path.stat().st_mode):
            return TtyPort(path, baud)
        raise FileExistsError(f"{path} exists and is no serial port")
    return PtyPort(path, baud)
