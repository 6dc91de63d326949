"""`gate loopback` proves a port: a sound one, a bad one, one where nothing comes back."""

import os
import pty
import select
import threading
import tty
import warnings

import pytest
from click.testing import CliRunner
from gatetools.cli import main
from gatetools.sim.loader.cable import Cable


class Jumper:
    """A pty whose far side sends back what it gets, changed by `change(data, bytes before)`."""

    def __init__(self, change):
        self._change = change
        self._fd, self._held = pty.openpty()
        tty.setraw(self._held)
        self.path = os.ttyname(self._held)
        self._end, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._echo)
        self._thread.start()

    def _echo(self):
        seen = 0
        while True:
            ready = select.select([self._fd, self._end], [], [])[0]
            if self._end in ready:
                return
            data = os.read(self._fd, 1024)
            os.write(self._fd, self._change(data, seen))
            seen += len(data)

    def close(self):
        os.write(self._stop, b".")
        self._thread.join()
        for fd in (self._fd, self._held, self._end, self._stop):
            os.close(fd)


@pytest.fixture
def jumper():
    made = []

    def make(change=lambda data, seen: data):
        made.append(Jumper(change))
        return made[-1].path

    yield make
    for one in made:
        one.close()


def loopback(*arguments):
    return CliRunner().invoke(main, ["loopback", *arguments])


def flip_at(place):
    """Turns one bit of byte `place` of all that is sent."""

    def change(data, seen):
        changed = bytearray(data)
        if seen <= place < seen + len(data):
            changed[place - seen] ^= 1
        return bytes(changed)

    return change


def lose_at(place):
    """Drops byte `place` of all that is sent."""

    def change(data, seen):
        return data[: place - seen] + data[place - seen + 1 :] if seen <= place < seen + len(data) else data

    return change


def test_a_url_without_hardware():
    """loop:// at two rates: bytes, throughput, percentiles and bars, and the verdict."""
    result = loopback("loop://", "--baud", "115200", "--baud", "9600", "--seconds", "0.1")

    assert 0 == result.exit_code, result.output
    assert "115200 Bd" in result.output
    assert "9600 Bd" in result.output
    assert "p99" in result.output
    assert "█" in result.output
    assert result.output.endswith("no errors\n")


def test_a_network_port_that_echoes():
    """RFC 2217, which README names: every byte comes back."""

    class Echo:
        def attach(self, send):
            self.receive = send

        def lines(self, **_):
            """Nothing is wired to them."""

        power_off = lines

    # pyserial 3.5 starts its reader by methods that Python is about to drop.
    warnings.filterwarnings("ignore", "set(Daemon|Name)", DeprecationWarning)
    with Cable(Echo()) as cable:
        result = loopback(cable.url, "--baud", "115200", "--seconds", "0.1")

    assert 0 == result.exit_code, result.output
    assert " 0 missing, 0 changed" in result.output


def test_a_tty_that_echoes(jumper):
    """A pty at every rate that the command tries by itself."""
    result = loopback(jumper(), "--seconds", "0.1")

    assert 0 == result.exit_code, result.output
    assert 8 == result.output.count(" 0 missing, 0 changed")


@pytest.mark.parametrize("change", [flip_at(3), flip_at(5000)], ids=["in a probe", "in the stream"])
def test_a_changed_bit_is_an_error(jumper, change):
    """Found wherever it happens; exit status 1."""
    result = loopback(jumper(change), "--baud", "115200", "--seconds", "0.4")

    assert 1 == result.exit_code
    assert "1 changed" in result.output
    assert "errors at 115200 Bd" in result.output


def test_a_lost_byte_is_an_error(jumper):
    """Missing or shifted, it is not silent."""
    result = loopback(jumper(lose_at(7)), "--baud", "115200", "--seconds", "0.1")

    assert 1 == result.exit_code
    assert "1 missing" in result.output


def test_nothing_comes_back(jumper):
    """The jumper is what to look at; no need to try every rate."""
    result = loopback(jumper(lambda data, seen: b""), "--seconds", "0.1")

    assert 1 == result.exit_code
    assert "nothing came back. Is the jumper between TX and RX" in result.output
    assert 1 == result.output.count("missing")


@pytest.mark.parametrize("port", ["/dev/there-is-no-such-port", "socket://127.0.0.1:1", "nonsense://x", ""])
def test_a_port_that_cannot_be_opened(port):
    """One sentence, no traceback."""
    result = loopback(port)

    assert 1 == result.exit_code
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    assert result.output.strip()
