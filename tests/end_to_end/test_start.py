"""How a gate starts: safe outputs, service mode, no keys, bad settings, and no way out but a reset."""

import hmac
import importlib
import json
import shutil
import time

import pytest
from end_to_end.chip import Cable, Chip, World, run
from gate.version import FIRMWARE
from gatehouse.keyfile import KeyFile
from gatehouse.suite import HouseSuite
from gatelink.framing import frame
from gatelink.handshake import here
from gatetools.build import compile_firmware
from gatetools.enroll import enroll, simulated

BOARDS = ("lane_a", "devkit")
HEAP = ("-X", "heapsize=192k")


@pytest.fixture
def flash(tmp_path):
    (tmp_path / "flash" / "fs").mkdir(parents=True)
    return tmp_path / "flash"


@pytest.fixture
def tree():
    return compile_firmware()


def board(name):
    return importlib.import_module(f"boards.{name}")


def levels(signals, **changed):
    """Every input at rest, but for those named."""
    rest = {"BEAM_ENTRY": 0, "BEAM_EXIT": 0, "FIRE": 0, "KEY_SWITCH": 1, "SERVICE_BUTTON": 1, **changed}
    return {getattr(signals, signal): level for signal, level in rest.items()}


def gate(tree, flash, name, world, **more):
    main = str(tree / "main.py")
    path = (tree, tree / "lib")
    return Chip(*HEAP, main, flash=flash, cwd=flash / "fs", board=name, path=path, GATE_PINS=world.path, **more)


def watch(world, until):
    """Changes of the outputs up to the first for which `until` holds; lamps that only blink fail after a minute."""
    seen = []
    ends_at = time.monotonic() + 60
    while not seen or not until(seen[-1]):
        assert time.monotonic() < ends_at, f"nothing but {seen[-20:]}"
        change = world.next_change()
        assert change is not None, f"the gate ended after {seen}"
        seen.append((change["pin"], change["value"]))
    return seen


@pytest.mark.parametrize("name", BOARDS)
def test_outputs_are_inactive_before_anything_else(flash, tree, tmp_path, name):
    """The relay's first level is its safe one, and it is the first thing that a start does; boot.py does it too."""
    signals = board(name)
    safe = [
        signals.RELAY_OPEN,
        signals.RELAY_EXIT,
        signals.LIGHT_RED,
        signals.LIGHT_GREEN,
        signals.LIGHT_AMBER,
        signals.BUZZER,
    ]
    for number, program in enumerate(("main.py", "boot.py")):
        with World(tmp_path / f"pins{number}", levels(signals)) as world:
            path = (tree, tree / "lib")
            with Chip(str(tree / program), flash=flash, cwd=flash / "fs", board=name, path=path, GATE_PINS=world.path):
                world.welcome()
                first = [world.next_change() for _ in safe]
                assert [(change["pin"], change["value"]) for change in first] == [(pin, 0) for pin in safe]


@pytest.mark.parametrize("name", BOARDS)
def test_a_gate_without_keys_serves_nobody_and_shows_it(flash, tree, tmp_path, name):
    """The red lamp flashes rarely, and the staff key opens nothing."""
    signals = board(name)
    with World(tmp_path / "pins", levels(signals, KEY_SWITCH=0)) as world, gate(tree, flash, name, world) as chip:
        world.welcome()
        seen = watch(world, lambda change: change == (signals.LIGHT_RED, 1))
        seen += watch(world, lambda change: change == (signals.LIGHT_RED, 0))
        seen += watch(world, lambda change: change == (signals.LIGHT_RED, 1))
        assert (signals.RELAY_OPEN, 1) not in seen
        assert (signals.LIGHT_GREEN, 1) not in seen
        assert chip.runs()


@pytest.mark.parametrize("name", BOARDS)
def test_fire_that_stands_at_the_start_releases_even_a_gate_without_keys(flash, tree, tmp_path, name):
    """Before any lamp is lit, on both relays in use; its end shuts them again."""
    signals = board(name)
    (flash / "fs" / "settings.json").write_text('{"relays": 2}')
    with World(tmp_path / "pins", levels(signals, FIRE=1)) as world, gate(tree, flash, name, world) as chip:
        world.welcome()
        seen = watch(world, lambda change: change == (signals.RELAY_EXIT, 1))
        assert [value for _, value in seen] == [0] * 6 + [1, 1]
        watch(world, lambda change: change == (signals.LIGHT_GREEN, 1))
        world.drive(signals.FIRE, 0)
        seen = watch(world, lambda change: change == (signals.RELAY_EXIT, 0))
        assert (signals.RELAY_OPEN, 0) in seen
        assert chip.runs()


def test_a_relay_that_shuts_when_energised_rests_until_its_settings_are_known(flash, tree, tmp_path):
    """No click: at rest as without power, then energised once, to keep shut; fire lets it go."""
    signals = board("lane_a")
    (flash / "fs" / "settings.json").write_text('{"polarity": "shuts"}')
    with World(tmp_path / "pins", levels(signals)) as world, gate(tree, flash, "lane_a", world) as chip:
        world.welcome()
        seen = watch(world, lambda change: change == (signals.LIGHT_RED, 1))
        assert [value for pin, value in seen if pin == signals.RELAY_OPEN] == [0, 1]
        world.drive(signals.FIRE, 1)
        watch(world, lambda change: change == (signals.RELAY_OPEN, 0))
        assert chip.runs()


@pytest.mark.parametrize("name", BOARDS)
def test_a_gate_without_keys_says_so_on_the_link(flash, tree, tmp_path, name):
    """Each second, with its board and firmware, whatever it hears; a house tells the operator."""
    signals = board(name)
    with Cable(tmp_path / "link") as cable, World(tmp_path / "pins", levels(signals)) as world:
        link = {f"GATE_UART{signals.LINK_UART}": cable.path}
        with gate(tree, flash, name, world, **link) as chip:
            world.welcome()
            said = said_as_here(name)
            assert cable.receive(len(said)) == said
            cable.send(bytes(range(256)) * 4 + said + said)
            assert cable.receive(len(said)) == said
            assert chip.runs()


def said_as_here(name):
    suite = HouseSuite()
    return frame(suite, here(suite, name.encode(), FIRMWARE.encode()))


@pytest.mark.parametrize("name", BOARDS)
def test_service_mode_runs_no_lane_and_gives_the_console_back(flash, tree, tmp_path, name):
    """With the button held at power-up no watchdog runs, main.py ends without a reset, and of all outputs only the
    red and the amber lamp go on.
    """
    signals = board(name)
    with World(tmp_path / "pins", levels(signals, SERVICE_BUTTON=0)) as world, gate(tree, flash, name, world) as chip:
        world.welcome()
        assert chip.ended() == 0
        changes = []
        while (change := world.next_change()) is not None:
            changes.append((change["pin"], change["value"]))
        assert [value for _, value in changes[:6]] == [0] * 6
        assert changes[6:] == [(signals.LIGHT_RED, 1), (signals.LIGHT_AMBER, 1)]
    assert not (flash / "watchdog.fifo").exists()


@pytest.mark.parametrize("name", BOARDS)
def test_enrolled_keys_are_proven_and_never_printed(flash, tree, tmp_path, name):
    """The console shows a proof; another line than the host's is refused and writes nothing."""
    keys = KeyFile(tmp_path / "keys.db", create=True, protector="file")
    identity = enroll(simulated(tree, name, flash), keys, "one")
    kept = (flash / "keys.bin").read_bytes()
    code = "from gate import hal, enrolment; enrolment.accept(hal.Flash('keys'))"
    whole = b"GATE-X9." + b"s" * 32 + b"c" * 32
    whole += hmac.digest(b"s" * 32, b"gatehouse enrol" + whole[:8] + whole[40:], "sha256")
    for line in ("", "00" * 71, "00" * 104, "zz" * 104, (whole[:39] + b"t" + whole[40:]).hex(), whole.hex()[:-1]):
        with Chip("-c", code, flash=flash, board=name, path=(tree, tree / "lib")) as chip:
            chip.say(line)
            assert chip.ended() == 1

    assert identity in kept
    assert (flash / "keys.bin").read_bytes() == kept


@pytest.mark.parametrize("bad", ["{", json.dumps({"readers": ["sam_v", "sam_v"]}), json.dumps({"pulse_ms": 0})])
def test_bad_settings_cost_no_service(flash, tree, tmp_path, bad):
    """The gate starts with the usual settings, and the staff key opens."""
    signals = board("lane_a")
    enroll(simulated(tree, "lane_a", flash), KeyFile(tmp_path / "keys.db", create=True, protector="file"), "one")
    (flash / "fs" / "settings.json").write_text(bad)
    with World(tmp_path / "pins", levels(signals)) as world, gate(tree, flash, "lane_a", world):
        world.welcome()
        watch(world, lambda change: change == (signals.LIGHT_AMBER, 1))
        watch(world, lambda change: change == (signals.LIGHT_AMBER, 0))  # the key has been seen at rest meanwhile
        world.drive(signals.KEY_SWITCH, 0)
        watch(world, lambda change: change == (signals.RELAY_OPEN, 1))
        watch(world, lambda change: change == (signals.RELAY_OPEN, 0))


def test_whatever_fails_ends_in_a_reset_and_says_no_more_than_where(flash, tree, tmp_path):
    """A firmware that cannot run resets; the console shows files, lines and the error's class, never its text."""
    signals = board("lane_a")
    broken = tmp_path / "broken"
    shutil.copytree(tree, broken)
    (broken / "gate" / "start.mpy").unlink()
    (broken / "gate" / "start.py").write_text("def assemble(*_):\n    raise ValueError('11010519491231002X')\n")
    with World(tmp_path / "pins", levels(signals)) as world, gate(broken, flash, "lane_a", world) as chip:
        world.welcome()
        assert chip.ended() == 75
        told = chip.rest()
    assert "start.py" in told
    assert "ValueError" in told
    assert "1101" not in told
    assert run("import machine; print(machine.reset_cause())", flash) == (0, ["2"])


def test_a_firmware_whose_first_part_does_not_load_begins_anew_and_never_gives_the_console_away(flash, tree, tmp_path):
    """An update by hand may have broken it; relays stay as the resistors hold them."""
    signals = board("lane_a")
    broken = tmp_path / "broken"
    shutil.copytree(tree, broken)
    (broken / "gate" / "hal.mpy").write_bytes(b"no bytecode")
    with World(tmp_path / "pins", levels(signals)) as world, gate(broken, flash, "lane_a", world) as chip:
        assert chip.ended() == 0
        assert "Error" not in chip.rest()
