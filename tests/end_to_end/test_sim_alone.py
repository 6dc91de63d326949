"""`gate sim`: one lane alone, for a gatehouse, a card module or a pin model of somebody else."""

import subprocess
import time

import pytest
from end_to_end.program import LIMIT_S, Program
from gatetools.sim.board import Board, names
from gatetools.sim.people import check_character

STATION = '[store]\ndata = "data"\nkeys = "keys.db"\nprotector = "file"\n\n[[port]]\nurl = "unset"\n'


@pytest.fixture
def program(tmp_path):
    made = []

    def start(*command, **more):
        made.append(Program(*command, cwd=tmp_path, **more))
        return made[-1]

    yield start
    for one in made:
        one.end()


def number_of(first_17):
    return first_17 + check_character(first_17 + "0")


@pytest.mark.parametrize("board", names())
def test_a_lane_alone_serves_with_a_gatehouse_of_its_own(program, tmp_path, board):
    """Enrolled, attached by the printed port, a card laid down by command: the relay goes on and off."""
    config = tmp_path / "gatehouse.toml"
    config.write_text(STATION, encoding="utf-8")
    known, unknown = number_of("11010519050101001"), number_of("11010519050101003")
    (tmp_path / "people.csv").write_text(
        f"number,colour,updated\n{known},green,{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}\n",
        encoding="utf-8",
    )
    enrolled = ("--enroll-into", str(config), "--lane", "A")
    lane = program("gatetools.cli", "sim", "--board", board, "--flash", "flash-A", *enrolled)
    port = lane.expect(r"uplink: (\S+) ")[1]
    config.write_text(config.read_text(encoding="utf-8").replace("unset", port), encoding="utf-8")
    assert 0 == program("gatehouse.cli", "register", "import", "people.csv").process.wait(LIMIT_S)
    house = program("gatehouse.cli", "run")
    house.expect("A: gate is up")

    lane.type(f"tap {unknown}")
    lane.expect("card read")
    lane.type("take")
    said = len(lane.lines)
    lane.type(f"tap {known}")
    lane.expect(r"\d+ relay a open\n", said)
    lane.type("walk")
    lane.expect(r"\d+ relay a shut\n", said)
    lane.expect(r"\d+ light amber\n", said)
    lane.type("order lock")
    lane.expect("order lock: done", said)
    lane.type("expect light red")

    assert not any("relay a open" in line for line in lane.lines[:said])
    assert 0 == lane.end()
    assert 0 == house.end()
    assert [(tmp_path / "flash-A" / name).stat().st_mode & 0o777 for name in ("keys.bin", "journal.bin")] == [0o600] * 2
    assert not any("does not stay up" in line for line in lane.lines)
    assert not any(known in line for line in house.lines)


def test_readers_and_signs_are_tried_at_the_keyboard(program, tmp_path):
    """Each is laid at, shown, broken and unplugged by command; what the sign says is seen. No gatehouse is there."""
    config = tmp_path / "gatehouse.toml"
    config.write_text(STATION, encoding="utf-8")
    setting = ("--set", "readers=sam_v,qr,wiegand", "--set", "signs=voice", "--set", "language=zh", "--set", "volume=9")
    enrolled = ("--enroll-into", str(config), "--lane", "A")
    lane = program("gatetools.cli", "sim", "--board", "lane_a", *setting, *enrolled)
    lane.expect("own output")
    lane.type("wait 3")
    lane.type("tap foreign2023")
    lane.expect("said at volume 9: 请到人工窗口。系统暂时无法查询 ")
    for command, said in (
        ("tap permit expired", r"\d+ card read"),
        ('code "%s%n{0}" # of nobody', r"\d+ code read"),
        ("wiegand 7-7", r"\d+ wiegand card read"),
        ("staff", "this lane has no pn532 that is a model"),
        ("fault pn532 frozen", "this lane has no pn532"),
        ("tap green", "no status and no name here"),
        ("code green", 'allowed is too_long | binary | hostile | "TEXT"'),
    ):
        before = len(lane.lines)
        lane.type(command)
        lane.expect(said.replace("|", r"\|"), before)
    before = len(lane.lines)
    for command in ("unplug qr", 'code "nobody hears of it"', "wait 0.3", "plug qr", "fault qr none", "nonsense"):
        lane.type(command)
    lane.expect("nonsense is no command", before)
    assert not any("code read" in line for line in lane.lines[before:])
    assert not any("of nobody" in line or "%s" in line for line in lane.lines)
    assert 0 == lane.end()


@pytest.mark.parametrize("board", names())
def test_a_lane_alone_enters_service_mode_and_comes_back_with_its_own_firmware(program, tmp_path, board):
    """By option and by command; a tool finds its console, and what was missing in its flash is there afterwards."""
    lane = program("gatetools.cli", "sim", "--board", board, "--flash", "flash", "--service")
    port = lane.expect(r"uplink: (\S+) ")[1]
    console = lane.expect(r"console, in service mode: (\S+)")[1]
    lane.expect("the button is released")
    missing = tmp_path / "flash" / "fs" / "gate" / "version.mpy"
    content = missing.read_bytes()
    missing.unlink()
    said = len(lane.lines)
    update = program("gatetools.cli", "update-files", port if console == "the" else console)
    update.expect(f"1 file changed on {board}")
    assert 0 == update.process.wait(LIMIT_S)
    lane.type("service")
    lane.expect("the button is released", said)
    assert content == missing.read_bytes()
    assert 0 == lane.end()


@pytest.mark.parametrize(
    "command",
    ["tap 123", "dance", "power up", "fault sleepy", "fire maybe", "x" * 9000, "order open", "expect state idle", ""],
)
def test_commands_that_are_none_are_answered_by_those_that_are(program, command):
    """And the lane goes on."""
    lane = program("gatetools.cli", "sim", "--board", "devkit")
    lane.expect("has no keys")
    lane.expect("own output")
    lane.type(command)
    lane.type("nonsense")
    lane.expect("nonsense is no command; there are: tap, ")
    assert not any("Traceback" in line for line in lane.lines)
    lane.process.stdin.close()
    assert 0 == lane.process.wait(LIMIT_S)


def test_commands_may_come_from_a_file(program, tmp_path):
    """One after the other, whatever it holds; the lane ends with the file."""
    path = tmp_path / "commands"
    path.write_bytes(
        b"expect light red # no keys\n\xff\xfe\x00\nfire on\nexpect relay a open\nfire off\nexpect relay shut"
    )
    with path.open("rb") as commands:
        lane = program("gatetools.cli", "sim", "--board", "lane_a", stdin=commands)
        assert 0 == lane.process.wait(LIMIT_S)
    lane.expect(r"relay a open\n(.*\n)*.*relay a shut\n")
    assert sum("is no command" in line for line in lane.lines) == 1
    assert not any("not within" in line for line in lane.lines)


def test_a_gate_that_does_not_stay_up_is_said(program, tmp_path):
    """With what it said last: here its watchdog cannot be started."""
    (tmp_path / "flash" / "watchdog.fifo" / "in the way").mkdir(parents=True)
    lane = program("gatetools.cli", "sim", "--board", "lane_a", "--flash", "flash")
    lane.expect("the gate does not stay up")
    lane.expect("watchdog")
    assert 0 == lane.end()


def test_in_the_background_it_serves_until_it_is_told_to_end(program):
    """Without an input that somebody could type into, a signal ends it, in order."""
    lane = program("gatetools.cli", "sim", "--board", "lane_a", stdin=subprocess.DEVNULL)
    lane.expect("own output")
    assert lane.process.poll() is None
    assert 0 == lane.end()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--board", "lane_z"], "lane_z"),
        ([], "--board"),
        (["--board", "devkit", "--lane", "A"], "go together"),
        (["--board", "devkit", "--pins", "pins", "--service"], "leave --pins out"),
        (["--board", "devkit", "--set", "readers=nose"], "--set readers: allowed is sam_v, qr"),
        (["--board", "devkit", "--link", "/dev/there-is-no-such-port"], "there-is-no-such-port"),
    ],
)
def test_what_it_cannot_do_is_said(program, arguments, why):
    """One sentence and a status that is not 0."""
    lane = program("gatetools.cli", "sim", *arguments)
    assert 0 != lane.process.wait(LIMIT_S)
    lane.expect(why)
    assert not any("Traceback" in line for line in lane.lines)


def test_every_board_has_the_signals_that_the_models_need():
    """A new board without one of them is found here."""
    wanted = ("LINK_UART", "SAM_V_UART", "RELAY_OPEN", "RELAY_EXIT", "OUTPUT_ACTIVE", "BEAM_ENTRY", "BEAM_EXIT")
    wanted += ("ARM_CONTACT", "FIRE", "KEY_SWITCH")
    for name in names():
        board = Board(name)
        assert all(isinstance(board[signal], int) for signal in wanted)
