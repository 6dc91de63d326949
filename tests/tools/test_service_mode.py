"""What a tool says of ports that are no gate in service mode, and of gates that answer as none does."""

import os
import subprocess
import sys
import time
import warnings

import pytest
from gatehouse.suite import HouseSuite
from gatelink.framing import frame
from gatelink.gate_end import GateEnd
from gatelink.handshake import HELLO
from gatelink.keys import GateKeys
from gatetools import leash, service_errors, service_mode
from gatetools.serial_port import PortUnusable, unusable
from gatetools.service_errors import GateCutOff, GateGarbled, NoMicroPython, NotInServiceMode
from gatetools.service_mode import ServiceMode
from gatetools.sim.loader.cable import Cable
from tools.device import Device

BANNER = b"raw REPL; CTRL-B to exit\r\n>"
SECRET = "deadbeef" * 18


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch):
    """The same with shorter waits."""
    monkeypatch.setattr(service_mode, "ENTER_S", 0.4)
    monkeypatch.setattr(service_mode, "TRY_S", 0.1)
    monkeypatch.setattr(service_mode, "READ_S", 0.2)
    monkeypatch.setattr(service_mode, "PAUSE_S", 0.3)


def hello(_came, _data):
    """A gate that looks for its gatehouse."""
    end = GateEnd(GateKeys(bytes(8), bytes(32), 0, bytes(32)), HouseSuite(), 115200, 1, 0)
    return end.bytes_to_send(1000)


def another_version(_came, _data):
    """A gate whose firmware speaks versions of the link that nobody knows here."""
    suite = HouseSuite()
    return frame(suite, suite.encode([HELLO, b"GATE-A1.", bytes(16), 7, [9, 9]]))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda came, data: b"", "nothing answers"),
        (lambda came, data: data, "something answers, but not MicroPython"),
        (lambda came, data: b"login: " if data else b"", "something answers, but not MicroPython"),
        (lambda came, data: bytes(range(1, 256)), "something answers, but not MicroPython"),
        (lambda came, data: b">>> " * 50, "something answers, but not MicroPython"),
        (lambda came, data: b"waiting for download\r\n" if data else b"", "Release its BOOT button"),
        (lambda came, data: b"rst:0x10 (RTCWDT)\r\ninvalid header: 0xffffffff\r\n", "Run gate flash"),
    ],
    ids=["silent", "jumper", "modem", "garbage", "prompts for ever", "download", "boot loop"],
)
def test_what_is_no_micropython_is_told_by_what_it_is(answer, says, capsys):
    """In seconds, with what to do, and without showing what came."""
    with Device(answer) as device, pytest.raises(NoMicroPython, match=says) as caught, ServiceMode(device.path):
        pass
    assert device.path in str(caught.value)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("speaks", [hello, another_version], ids=["hello", "another version"])
def test_a_running_lane_is_known_by_its_frames(speaks):
    """And the text says how to enter service mode."""
    with Device(speaks) as device, pytest.raises(NotInServiceMode, match="keep holding"), ServiceMode(device.path):
        pass


def after_entering(answer):
    """Enters the raw REPL as MicroPython does; then `answer(data)`, every 10 ms."""

    def device(came, data):
        if came.count(b"\r\x01") < 2 or data.endswith(b"\r\x01"):
            return BANNER * data.count(b"\r\x01")
        return answer(data)

    return device


@pytest.mark.parametrize(
    "answer",
    [
        lambda data: b"",
        lambda data: data,
        lambda data: os.urandom(64),
        lambda data: b"R\x01\x80\x00\x01" if b"\x05A\x01" in data else b"\x01" * 100,
        lambda data: b"R\x01\x00\x00" if data else b"",
        lambda data: b"R\x00" if b"\x05A\x01" in data else b"no" if data else b"",
        lambda data: b"R\x00" if b"\x05A\x01" in data else b"OK" if b"\x04" in data else b"x" * 4000,
        lambda data: b"R\x00" if b"\x05A\x01" in data else b"OK\x04" if b"\x04" in data else b"x" * 4000,
        lambda data: b"R\x00" if b"\x05A\x01" in data else b"OK half" if data else b"",
        lambda data: b"R\x00" if b"\x05A\x01" in data else b"OK\xff\xfe\x04\xff" if b"\x04" in data else b"",
    ],
    ids=["silent", "echo", "garbage", "windows", "no window", "not OK", "output", "trace", "half", "half a trace"],
)
def test_an_answer_that_is_none_ends_and_shows_nothing(answer, capsys, monkeypatch):
    """Whatever it was: one error, in time, and the secret that went there is not in it."""
    monkeypatch.setattr(service_mode, "ANSWER_BYTES", 20_000)
    began = time.monotonic()
    with Device(after_entering(answer)) as device, ServiceMode(device.path) as service:
        with pytest.raises(GateGarbled) as caught:
            service.run(f"x = 1 # {SECRET}", SECRET + "\n", limit_s=0.7)
        assert SECRET not in str(caught.value) + repr(service)
    assert time.monotonic() - began < 15
    assert capsys.readouterr().out == ""


def frames_of(_data):
    return hello(b"", b"")


@pytest.mark.parametrize(
    ("then", "how"),
    [
        (lambda data: b"", "went silent in the middle"),
        (lambda data: b"R\x00" if b"\x05A\x01" in data else b"", "went silent in the middle"),
        (lambda data: b"rst:0x1 (POWERON),boot:0x13 (SPI)\r\n" if data else b"", "was reset in the middle"),
        (frames_of, "was reset in the middle"),
    ],
    ids=["silent", "silent half way", "boots", "its lane runs"],
)  # fmt: skip
def test_a_gate_whose_power_goes_is_told_as_that(then, how, monkeypatch):
    """Not as another program's port, nor as a chip that has to be flashed."""
    monkeypatch.setattr(service_errors, "SILENT_S", 0.15)
    with (
        Device(after_entering(then)) as device,
        ServiceMode(device.path) as service,
        pytest.raises(GateCutOff, match=how) as caught,
    ):
        service.run("pass", SECRET + "\n", limit_s=0.7)
    assert "power or its cable failed" in str(caught.value)
    assert "another program" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "how"),
    [
        (lambda came, data: BANNER if came == data == b"\r\x03\x03\r\x01" else b"", "went silent"),
        (lambda came, data: b"rst:0x1 (POWERON),boot:0x13 (SPI)\r\n" if came == data != b"" else b"", "was reset"),
    ],
    ids=["silent", "boots"],
)
def test_power_that_goes_while_the_prompt_is_asked_for_is_told_as_that(answer, how):
    """MicroPython had answered, or the chip has begun to start: no chip for gate flash."""
    with Device(answer) as device, pytest.raises(GateCutOff, match=how), ServiceMode(device.path):
        pass


@pytest.mark.parametrize(
    "printed",
    [
        b"",
        b"12 abc 626f6f74\r\nend\r\n",
        b"12 " + b"a" * 64 + b" 626f6f74\r\n",
        b"-1 " + b"a" * 64 + b" 626f6f74\r\nend\r\n",
        b"1 " + b"a" * 64 + b" 626f6f7\r\nend\r\n",
        b"1 " + b"a" * 64 + b" \r\nend\r\n",
        (b"1 " + b"a" * 64 + b" 626f6f74\r\n") * 2 + b"end\r\n",
        b"end\r\nend\r\n",
    ],
    ids=["nothing", "short hash", "no end", "negative", "half a path", "no path", "twice", "end twice"],
)
def test_half_of_a_list_of_hashes_is_none(printed):
    """A file that is not told of would be taken for missing."""

    def answer(data):
        return b"R\x00" if b"\x05A\x01" in data else b"OK" + printed + b"\x04\x04>" if b"\x04" in data else b""

    with Device(after_entering(answer)) as device, ServiceMode(device.path) as service, pytest.raises(GateGarbled):
        service.hashes()


@pytest.mark.parametrize("speaks", [hello, lambda came, data: b"ets\r\nrst:0x1 (POWERON_RESET),boot:0x13\r\n"])
def test_a_gate_that_starts_anew_in_the_middle_is_told_as_one(speaks):
    """Its power went, or somebody pressed reset: what comes then is no answer."""
    started = []

    def answer(data):
        started.extend([True] * (b"\x05A\x01" in data))
        return speaks(b"", data) if started else b""

    with (
        Device(after_entering(answer)) as device,
        ServiceMode(device.path) as service,
        pytest.raises(GateCutOff, match="it was reset in the middle"),
    ):
        service.run("pass", limit_s=0.7)


def test_a_gate_behind_a_network_port():
    """RFC 2217: pyserial has no limit for writes there, and says so by an error."""

    class Board:
        def __init__(self):
            self.came = b""

        def attach(self, send):
            self.send = send

        def receive(self, data):
            self.came += data
            self.send(device(self.came, data))

        def lines(self, **_):
            """Nothing is wired to them."""

        power_off = lines

    # pyserial 3.5 starts its reader by methods that Python is about to drop.
    warnings.filterwarnings("ignore", "set(Daemon|Name)", DeprecationWarning)
    device = after_entering(
        lambda data: b"R\x00" if b"\x05A\x01" in data else b"OK5\r\n\x04\x04>" if b"\x04" in data else b""
    )
    with Cable(Board()) as cable, ServiceMode(cable.url) as service:
        assert service.run("print(5)") == "5\n"


def test_a_line_that_the_gate_cannot_keep_is_refused():
    """Its buffer has 260 bytes; what is more would be lost without a word, and the text does not repeat it."""
    with Device(after_entering(lambda data: b"")) as device, ServiceMode(device.path) as service:
        with pytest.raises(ValueError, match="too long") as caught:
            service.run("pass", SECRET * 2)
        assert SECRET not in str(caught.value)


def test_a_port_that_is_missing_or_held_is_named():
    """By whom it is held, too, where the system tells."""
    with pytest.raises(PortUnusable, match="there is no such port"), ServiceMode("/dev/there-is-no-such-port"):
        pass
    with Device(lambda came, data: b"") as device:
        code = "import serial, sys; p = serial.Serial(sys.argv[1], exclusive=True); print(1, flush=True); input()"
        command = [sys.executable, "-c", code, device.path]
        with subprocess.Popen(
            command, stderr=subprocess.DEVNULL, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as holder:
            assert holder.stdout.readline()
            with pytest.raises(PortUnusable, match=r"holds it|is held by") as caught, ServiceMode(device.path):
                pass
            holder.stdin.close()
    if sys.platform == "linux":
        assert f"(process {holder.pid})" in str(caught.value)


def test_a_forbidden_port_names_the_group_to_join(tmp_path, monkeypatch):
    """The remedy, as a command."""
    port = tmp_path / "port"
    port.touch()
    monkeypatch.setattr("gatetools.serial_port.group_of", lambda _: "dialout")
    assert "usermod -aG dialout" in str(unusable(str(port), PermissionError(13, "Permission denied")))
    monkeypatch.setattr("gatetools.serial_port.group_of", lambda _: None)
    assert "may not open it" in str(unusable(str(port), PermissionError(13, "Permission denied")))


def test_a_leash_ends_by_time_and_by_bytes():
    """Whatever comes first."""

    class Endless:
        in_waiting = 1

        def read(self, size):
            return b"x" * size

    held = leash.Leash(Endless())
    held.begin(60, 10)
    assert held.read(10) == b"x" * 10
    with pytest.raises(leash.NoEnd):
        held.read(1)
    held.begin(-1, 10)
    with pytest.raises(leash.NoEnd):
        held.inWaiting()
