"""Ports of every kind: bytes both ways, ports that vanish and return, ports that never were."""

import asyncio
import contextlib
import os
import socket
import threading
from types import SimpleNamespace

import pytest
import serial
import serial.rfc2217
from gatehouse import polled_serial, ports
from gatehouse.ports import Port, open_port

WAIT_S = 20


class Watch:
    """A port's callbacks, and a way to wait for what they bring."""

    def __init__(self, url, baud=115200):
        self.opened, self.lost, self.received = 0, [], b""
        self._told = asyncio.Event()
        self.port = Port(url, baud, self._on_opened, self._on_received, self._on_lost)

    def _on_opened(self):
        self.opened += 1
        self._told.set()

    def _on_received(self, data):
        self.received += data
        self._told.set()

    def _on_lost(self, why):
        self.lost.append(why)
        self._told.set()

    async def until(self, condition):
        async with asyncio.timeout(WAIT_S):
            while not condition():
                self._told.clear()
                await self._told.wait()


@contextlib.asynccontextmanager
async def using(url):
    """A started port that has ended afterwards, with both its threads."""
    watch = Watch(url)
    watch.port.start(asyncio.get_running_loop())
    try:
        yield watch
    finally:
        watch.port.end()
        await asyncio.to_thread(watch.port.join)
        assert not [thread.name for thread in threading.enumerate() if url in thread.name]


@pytest.fixture
def server():
    """A listening socket and the connections that it has accepted."""

    class Server:
        def __init__(self):
            self.listening = socket.create_server(("127.0.0.1", 0))
            self.listening.settimeout(WAIT_S)
            self.connections = []

        @property
        def address(self):
            return f"127.0.0.1:{self.listening.getsockname()[1]}"

        def accept(self):
            connection, _ = self.listening.accept()
            connection.settimeout(WAIT_S)
            self.connections.append(connection)
            return connection

        def close(self):
            for one in (self.listening, *self.connections):
                one.close()

    made = Server()
    yield made
    made.close()


def test_a_flood_waits_outside_while_the_loop_is_busy(new_pty):
    """Somebody who sends faster than the gatehouse can take fills no memory, and what he sent is not lost."""
    tty, sent = new_pty(), b"noise" * 50_000

    async def story():
        async with using(tty.name) as watch:
            await watch.until(lambda: watch.opened)
            loop, waiting = asyncio.get_running_loop(), []
            watch.port._loop = SimpleNamespace(call_soon_threadsafe=lambda *call: waiting.append(call))
            flooding = threading.Thread(target=write_all, args=(tty.fd, sent), daemon=True)
            flooding.start()
            flooding.join(0.3)
            assert flooding.is_alive()
            held = sum(len(piece) for _, _, piece in waiting)
            watch.port._loop = loop
            for call in waiting:
                loop.call_soon_threadsafe(*call)
            await watch.until(lambda: len(watch.received) == len(sent))
            flooding.join()
        return held, watch.received

    held, received = asyncio.run(story())
    assert held <= ports.TAKEN_MAX * ports.READ_MAX_BYTES
    assert received == sent


def write_all(fd, data):
    """However little the other side takes at once."""
    while data:
        data = data[os.write(fd, data) :]


def test_what_is_sent_into_a_loop_comes_back():
    """loop:// is a port like any other."""

    async def story():
        async with using("loop://") as watch:
            await watch.until(lambda: watch.opened)
            for number in range(50):
                watch.port.send(b"frame %d;" % number)
            await watch.until(lambda: watch.received.endswith(b"frame 49;"))
        return watch

    watch = asyncio.run(story())
    assert watch.received == b"".join(b"frame %d;" % number for number in range(50))
    assert watch.lost == []


def test_a_tty_carries_every_byte_both_ways(new_pty):
    """No byte is changed, swallowed or taken for a control character."""
    tty = new_pty()
    every = bytes(range(256)) * 4

    async def story():
        async with using(tty.name) as watch:
            await watch.until(lambda: watch.opened)
            await asyncio.to_thread(os.write, tty.fd, every)
            watch.port.send(every)
            await watch.until(lambda: len(watch.received) >= len(every))
            sent = b""
            while len(sent) < len(every):
                sent += await asyncio.to_thread(os.read, tty.fd, 4096)
            return watch.received, sent

    assert asyncio.run(story()) == (every, every)


def test_a_tty_that_vanishes_is_told_and_comes_back(new_pty, tmp_path):
    """Pulled out, nothing there for a while, plugged in again: under the same name."""
    name = tmp_path / "ttyUSB0"
    first = new_pty()
    name.symlink_to(first.name)

    async def story():
        async with using(str(name)) as watch:
            await watch.until(lambda: watch.opened == 1)
            name.unlink()
            first.close()
            await watch.until(lambda: len(watch.lost) == 2)
            second = new_pty()
            name.symlink_to(second.name)
            await watch.until(lambda: watch.opened == 2)
            os.write(second.fd, b"back")
            await watch.until(lambda: watch.received == b"back")
            return watch.lost

    lost = asyncio.run(story())
    assert "vanished" in lost[0]
    assert lost[1] == "there is no such port; is the cable in?"


def test_a_port_that_is_not_there_is_told_once_and_found_later(new_pty, tmp_path, monkeypatch):
    """No line each time it is tried; however often that was, the next try is as soon as the first."""
    monkeypatch.setattr(ports, "REOPEN_MAX_S", 1000.0)
    name = tmp_path / "ttyUSB0"
    tty = new_pty()

    async def story():
        async with using(str(name)) as watch:
            await watch.until(lambda: watch.lost)
            attempts = []
            original = ports.open_port

            def counted(url, baud):
                attempts.append(url)
                if len(attempts) == 15:
                    name.symlink_to(tty.name)
                return original(url, baud)

            ports.open_port = counted
            try:
                await watch.until(lambda: watch.opened)
            finally:
                ports.open_port = original
            return watch.lost

    assert len(asyncio.run(story())) == 1


def test_a_port_that_another_program_holds_is_told(new_pty):
    """And is taken as soon as it is free."""
    tty = new_pty()
    other = serial.Serial(tty.name, exclusive=True)

    async def story():
        async with using(tty.name) as watch:
            await watch.until(lambda: watch.lost)
            other.close()
            await watch.until(lambda: watch.opened)
            return watch.lost

    try:
        assert asyncio.run(story()) == ["another program holds it"]
    finally:
        other.close()


def test_a_serial_server_that_closes_and_listens_again_is_found_again(server):
    """socket://, bytes both ways, before and after."""

    async def story():
        async with using(f"socket://{server.address}") as watch:
            for turn in (1, 2):
                connection = await asyncio.to_thread(server.accept)
                await watch.until(lambda turn=turn: watch.opened == turn)
                watch.port.send(b"to the gate")
                assert await asyncio.to_thread(connection.recv, 100) == b"to the gate"
                await asyncio.to_thread(connection.sendall, b"to the house")
                connection.shutdown(socket.SHUT_RDWR)
                await watch.until(lambda turn=turn: len(watch.lost) == turn)
            return watch

    watch = asyncio.run(story())
    assert watch.received == b"to the houseto the house"
    assert set(watch.lost) == {"the other side has closed it"}


def test_nobody_listening_is_said_in_words(server):
    """Connection refused."""
    address = server.address
    server.close()

    async def story():
        async with using(f"socket://{address}") as watch:
            await watch.until(lambda: watch.lost)
            return watch.lost

    assert asyncio.run(story()) == ["nobody listens there"]


def test_a_network_port_that_died_without_a_sign_is_opened_anew(server, monkeypatch):
    """A serial server that lost its power: no goodbye, no error, only silence. Nobody is told while it works."""
    monkeypatch.setattr(ports, "NETWORK_SILENCE_S", 0.05)

    async def story():
        async with using(f"socket://{server.address}") as watch:
            await asyncio.to_thread(server.accept)
            while not watch.received:
                later = await asyncio.to_thread(server.accept)
                with contextlib.suppress(OSError):  # given up again already, on a slow machine
                    later.sendall(b"alive")
            return watch

    watch = asyncio.run(story())
    assert watch.received.startswith(b"alive")
    assert (watch.opened, watch.lost) == (1, [])


@pytest.mark.filterwarnings("ignore:set(Daemon|Name)")  # pyserial's own
def test_a_remote_port_by_rfc2217_carries_bytes(server):
    """The protocol's own escapes do no harm to any byte."""
    every = bytes(range(256))

    def serve():
        connection = server.accept()
        echo = serial.serial_for_url("loop://", timeout=0.01)
        lock = threading.Lock()

        class Out:
            def write(self, data):
                with lock:
                    connection.sendall(data)

        managed = serial.rfc2217.PortManager(echo, Out())
        with contextlib.suppress(OSError), echo:
            while data := connection.recv(1024):
                echo.write(b"".join(managed.filter(data)))
                if back := echo.read(echo.in_waiting):
                    Out().write(b"".join(managed.escape(back)))

    async def story():
        thread = threading.Thread(target=serve)
        thread.start()
        async with using(f"rfc2217://{server.address}") as watch:
            await watch.until(lambda: watch.opened)
            watch.port.send(every)
            await watch.until(lambda: len(watch.received) >= len(every))
        await asyncio.to_thread(thread.join)
        return watch.received

    assert asyncio.run(story()) == every


def test_a_line_that_takes_no_more_bytes_is_opened_anew(new_pty, monkeypatch):
    """Somebody holds the line up: the loop is never blocked, the queue is bounded, the port is tried again."""
    monkeypatch.setattr(ports, "WRITE_MAX_S", 0.05)
    tty = new_pty()

    async def story():
        async with using(tty.name) as watch:
            await watch.until(lambda: watch.opened)
            for _ in range(2000):
                watch.port.send(bytes(1024))
            assert watch.port._outgoing.qsize() <= ports.CHUNKS_MAX
            await watch.until(lambda: watch.lost)
            await watch.until(lambda: watch.opened == 2)
            return watch.lost

    assert asyncio.run(story()) == ["it takes no more bytes"]


def test_a_stuck_remote_port_can_be_closed(server):
    """A serial server that accepts and then says nothing at all: ending does not hang."""

    async def story():
        async with using(f"socket://{server.address}") as watch:
            await asyncio.to_thread(server.accept)
            await watch.until(lambda: watch.opened)
            for _ in range(2000):
                watch.port.send(bytes(65536))

    asyncio.run(asyncio.wait_for(story(), WAIT_S))


def test_no_callback_comes_after_the_end(new_pty):
    """What was on its way when the house stopped is dropped."""
    tty = new_pty()

    async def story():
        async with using(tty.name) as watch:
            await watch.until(lambda: watch.opened)
            watch.port._tell(watch.port._received, b"late")
            watch.port.end()
            await asyncio.to_thread(watch.port.join)
            for _ in range(10):
                await asyncio.sleep(0)
            return watch.received

    assert asyncio.run(story()) == b""


def test_a_port_that_was_never_started_can_be_ended():
    """So that a start that fails halfway can clean up."""
    port = Port("loop://", 115200, lambda: None, lambda data: None, lambda why: None)
    port.end()
    port.join()


def test_control_lines_are_low_before_the_port_is_opened(monkeypatch):
    """Raised at opening they reset ESP32 boards."""
    seen = []

    class Recorded:
        def __init__(self, *_args, **_kwargs):
            pass

        def __setattr__(self, name, value):
            seen.append((name, value))

        def open(self):
            seen.append("open")

    monkeypatch.setattr(serial, "serial_for_url", Recorded)
    monkeypatch.setattr(polled_serial, "PolledSerial", Recorded)
    for url in ("/dev/ttyUSB0", "hwgrep://USB"):
        seen.clear()
        open_port(url, 115200)

        assert seen.index(("dtr", False)) < seen.index("open")
        assert seen.index(("rts", False)) < seen.index("open")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_port_that_dies_of_a_bug_says_so(monkeypatch):
    """A lane without its port is never silent about it."""
    monkeypatch.setattr(ports, "open_port", lambda url, baud: 1 // 0)

    async def story():
        async with using("loop://") as watch:
            await watch.until(lambda: watch.lost)
            return watch.lost

    assert "restart the gatehouse" in asyncio.run(story())[0]
