"""Service mode: the real mpremote talks to the firmware on the real interpreter, through the model of the chip."""

import hashlib
import subprocess
import sys

import pytest
import serial
from end_to_end.chip import LIMIT_S, run
from end_to_end.service_bench import CONSOLE, ServiceCable, ServicedGate
from gatehouse.keyfile import KeyFile
from gatetools.enroll import enroll, simulated
from gatetools.service_errors import GateFailed, GateLost, NotInServiceMode
from gatetools.service_mode import ServiceMode

BOARDS = tuple(CONSOLE)
SECRET = "c0ffee" * 24


@pytest.fixture
def cable():
    with ServiceCable() as made:
        yield made


@pytest.mark.parametrize("name", BOARDS)
def test_code_files_and_the_reset(tmp_path, cable, name):
    """Code runs with a line on its standard input; files go both ways; hashes are the gate's own; a reset ends it."""
    gate = ServicedGate(tmp_path, name)
    data = bytes(range(256)) * 9
    with gate.start(cable.gate) as (chip, _):
        with ServiceMode(cable.tool) as service:
            assert service.run("print(40 + 2)") == "42\n"
            assert service.run("import sys\nprint(sys.stdin.readline().strip().upper())", "drawer\n") == "DRAWER\n"
            told = []
            service.write_file("lib/new", data, told.append)
            assert told[-1] == len(data)
            assert service.read_file("lib/new") == data
            files = service.hashes()
            service.reset()
        assert chip.ended() == 75
    assert (gate.files / "lib" / "new").read_bytes() == data
    assert files["lib/new"].size_bytes == len(data)
    assert {path: file.sha256 for path, file in files.items()} == sums(gate.files)


def sums(folder):
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def test_what_fails_on_the_gate_is_told_without_its_text(tmp_path, cable):
    """The class of an error and its number; never a name or a value, and the line never becomes code."""
    with ServicedGate(tmp_path).start(cable.gate), ServiceMode(cable.tool) as service:
        for code, kind, number in (
            ("1 / 0", "ZeroDivisionError", None),
            ("open('nothing')", "OSError", 2),
            (f"class {SECRET}(Exception): pass\nraise {SECRET}('{SECRET}')", "an error", None),
            (f"{SECRET}_", "NameError", None),
            ("import sys\nraise ValueError(sys.stdin.readline())", "ValueError", None),
            ("def", "SyntaxError", None),
        ):
            with pytest.raises(GateFailed) as caught:
                service.run(code, SECRET + "\n")
            assert (caught.value.kind, caught.value.number) == (kind, number)
            assert SECRET not in str(caught.value) + repr(caught.value) + repr(service)
            assert caught.value.__cause__ is None
            assert service.run("print(1)") == "1\n"


def test_a_tool_that_was_killed_leaves_a_gate_that_listens(tmp_path, cable):
    """Whoever comes next interrupts what waits for input, and half a command is forgotten."""
    for killed_in in (b"import sys\nsys.stdin.readline()\x04", b"half of a comm", b"\x05A\x01print("):
        with ServicedGate(tmp_path / str(len(killed_in))).start(cable.gate):
            with serial.Serial(cable.tool, timeout=LIMIT_S) as port:
                assert port.read_until(b">>> ").endswith(b">>> ")
                port.write(b"\r\x01")
                assert port.read_until(b"CTRL-B to exit\r\n>").endswith(b">")
                port.write(killed_in)
            with ServiceMode(cable.tool) as service:
                assert service.run("print(3)") == "3\n"


def test_a_gate_that_serves_is_known_by_its_frames(tmp_path, cable):
    """The text says how to get it into service mode; the lane goes on."""
    gate = ServicedGate(tmp_path, "devkit")
    keys = KeyFile(tmp_path / "keys.db", create=True, protector="file")
    enroll(simulated(gate.files, gate.name, gate.flash), keys, "one")
    keys.close()
    with gate.start(cable.gate, button=False) as (chip, _):
        with (
            pytest.raises(NotInServiceMode, match=r"lane is running\. Hold the service button"),
            ServiceMode(cable.tool),
        ):
            pass
        assert chip.runs()


def test_a_pulled_cable_is_said(tmp_path, cable):
    """In the middle of whatever runs."""
    with ServicedGate(tmp_path).start(cable.gate), ServiceMode(cable.tool) as service:
        cable.pull()
        with pytest.raises(GateLost, match="is the cable in"):
            service.run("print(1)")


def test_the_time_is_limited(tmp_path):
    """When it is up the chip resets, whoever is connected."""
    code = """
from gate import service, hal
import console, machine
service.LIMIT_MS = 100
service.enter()
console.Console().byte()
"""
    assert run(code, tmp_path / "flash")[0] == 75
    assert run("import machine; print(machine.reset_cause())", tmp_path / "flash") == (0, ["2"])


def test_mpremote_as_people_use_it_works_too(tmp_path, cable):
    """Its own command line, soft reset and raw paste included."""
    with ServicedGate(tmp_path).start(cable.gate):
        with ServiceMode(cable.tool):
            pass  # the gate is up: mpremote waits for ever on what came too early
        command = [
            sys.executable,
            "-m",
            "mpremote",
            "connect",
            cable.tool,
            "exec",
            "import os; print(os.listdir('lib'))",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "['gatelink']"), done.stdout + done.stderr
