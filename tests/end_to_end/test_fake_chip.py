"""The chip model's ports and pins are as hard as the chip's: what would fail there fails here."""

import importlib
import json
import time

import pytest
from end_to_end.chip import REFUSED, Cable, Chip, World, run

BOARDS = ("lane_a", "devkit")
# Does what it is told line by line: what a line prints is the answer.
OBEY = """
import sys, time, machine, esp32
while True:
    line = sys.stdin.readline()
    if not line:
        break
    exec(line)
"""


@pytest.fixture
def flash(tmp_path):
    return tmp_path / "flash"


@pytest.fixture
def cable(tmp_path):
    with Cable(tmp_path / "cable") as plugged:
        yield plugged


def board(name):
    return importlib.import_module(f"boards.{name}")


# --- UART -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BOARDS)
def test_uarts_refuse_what_the_chip_refuses(flash, name):
    """There is no UART3; UART0 takes neither buffer sizes nor an irq; no irq is hard."""
    tx = board(name).SAM_V_TX
    code = f"""{REFUSED}
from machine import UART
print(refused(UART, 3), refused(UART, -1))
print(refused(UART, 0, rxbuf=1536), refused(UART, 0, txbuf=512), refused(UART(0).irq, print))
print(refused(UART(1, tx={tx}).irq, print, 1, True), refused(UART, 1, tx=0))
UART(2, 115200, tx={tx}, rxbuf=2560).irq(print, UART.IRQ_RXIDLE)
"""

    assert run(code, flash, board=name) == (0, ["1 1", "1 1 1", "1 1"])


@pytest.mark.parametrize(("buffer", "kept"), [("", 256), (", rxbuf=1536", 1536)])
def test_bytes_past_the_buffer_are_dropped_silently(flash, cable, buffer, kept):
    """What does not fit is gone, what comes later is not."""
    with Chip("-c", OBEY, flash=flash, GATE_UART1=cable.path) as chip:
        chip.say(f"u = machine.UART(1, 115200{buffer}); print('open')")
        assert chip.hear() == "open"
        cable.send(bytes(i & 0xFF for i in range(2000)))
        chip.say(f"while u.any() < {kept}: pass")
        chip.say("time.sleep_ms(50); print(u.any()); d = u.read(); print(len(d), d[-1], u.read())")
        assert chip.hear() == str(kept)
        assert chip.hear() == f"{kept} {(kept - 1) & 0xFF} None"
        cable.send(b"later")
        chip.say("while u.any() < 5: pass")
        chip.say("print(u.read())")
        assert chip.hear() == "b'later'"


def test_bytes_during_an_erase_are_lost_past_the_fifo(flash, cable):
    """Interrupts are off while the flash works: 128 bytes are all that the hardware keeps."""
    with Chip("-c", OBEY, flash=flash, GATE_UART1=cable.path) as chip:
        chip.say("u = machine.UART(1, 115200, rxbuf=1536); p = esp32.Partition.find(1, label='keys')[0]; print('open')")
        assert chip.hear() == "open"
        chip.say("uart = __import__('uart'); uart.interrupts_off(); print('off')")
        assert chip.hear() == "off"
        cable.send(bytes(1000))
        chip.say("time.sleep_ms(100); uart.interrupts_on(); print(u.any())")
        assert chip.hear() == "128"
        chip.say(
            "calls = []; uart.interrupts_off = lambda: calls.append(0); uart.interrupts_on = lambda: calls.append(1)"
        )
        chip.say("p.ioctl(6, 0); p.writeblocks(0, b'1', 0); print(calls)")
        assert chip.hear() == "[0, 1, 0, 1]"


def test_what_came_before_the_port_was_opened_is_gone(flash, cable):
    """Opening flushes."""
    with Chip("-c", OBEY, flash=flash, GATE_UART1=cable.path) as chip:
        chip.say(f"f = open({str(cable.path)!r}, 'rb', buffering=0); print('held')")
        assert chip.hear() == "held"
        cable.send(b"early")
        chip.say("time.sleep_ms(50); u = machine.UART(1); print(u.any())")
        assert chip.hear() == "0"


def test_an_unplugged_cable_is_silence_until_it_is_plugged_again(flash, cable):
    """Reads give nothing, writes go nowhere, waiting goes on; then bytes flow in both directions as before."""
    with Chip("-c", OBEY, flash=flash, GATE_UART1=cable.path) as chip:
        chip.say("import select; u = machine.UART(1); w = select.poll(); w.register(u, select.POLLIN); print('open')")
        assert chip.hear() == "open"
        cable.pull()
        chip.say("time.sleep_ms(100); print(u.read(), u.any(), u.write(b'lost'), w.poll(20), u.readinto(bytearray(4)))")
        assert chip.hear() == "None 0 4 [] None"
        cable.plug()
        chip.say("while u.file is None: u.any()")
        chip.say("u.write(b'hello'); print('said')")
        assert chip.hear() == "said"
        assert cable.receive(5) == b"hello"
        cable.send(b"you")
        chip.say("while not w.poll(10): pass")
        chip.say("print(u.read())")
        assert chip.hear() == "b'you'"


def test_a_port_that_nobody_connected_is_silent(flash):
    """Unset variables are unconnected pins."""
    code = "from machine import UART; u = UART(2, rxbuf=512); print(u.any(), u.read(), u.write(b'x'))"

    assert run(code, flash) == (0, ["0 None 1"])


def test_a_reader_that_takes_nothing_never_blocks_the_writer(flash, cable):
    """The bits leave the pin whether somebody listens or not."""
    with Chip("-c", OBEY, flash=flash, GATE_UART1=cable.path) as chip:
        chip.say("u = machine.UART(1, 5000000); n = sum(u.write(bytes(300)) for _ in range(400)); print(n)")
        assert chip.hear() == "120000"


def test_a_write_past_the_buffer_waits_for_the_line(flash):
    """All but 256 bytes have left at the baud rate when `write` returns."""
    code = """
import time
from machine import UART
u = UART(1, 38400)
t = time.ticks_ms(); u.write(bytes(256)); short = time.ticks_diff(time.ticks_ms(), t)
t = time.ticks_ms(); u.write(bytes(384)); long = time.ticks_diff(time.ticks_ms(), t)
print(short < 50, long >= 90)
"""

    assert run(code, flash) == (0, ["True True"])


# --- pins -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "outputs"), [("lane_a", (0, 3, 45, 46)), ("devkit", (0, 2, 5, 12, 15, 34, 36, 39))])
def test_strapping_and_input_only_pins_are_no_outputs(flash, name, outputs):
    """They raise, in the constructor."""
    code = f"{REFUSED}\nfrom machine import Pin\nprint([refused(Pin, n, Pin.OUT, value=0) for n in {outputs}])"

    assert run(code, flash, board=name) == (0, [str([1] * len(outputs))])


@pytest.mark.parametrize(
    ("name", "pins"), [("lane_a", (19, 20, 22, 26, 33, 37, 49)), ("devkit", (6, 11, 20, 24, 28, 40))]
)
def test_pins_that_the_chip_does_not_have_or_needs_itself_raise(flash, name, pins):
    """Flash, PSRAM, USB, and numbers without a pin."""
    code = f"{REFUSED}\nfrom machine import Pin\nprint([refused(Pin, n, Pin.IN) for n in {pins}])"

    assert run(code, flash, board=name) == (0, [str([1] * len(pins))])


def test_input_only_pins_have_no_pulls(flash):
    """As on the classic chip."""
    code = f"{REFUSED}\nfrom machine import Pin\nprint(refused(Pin, 34, Pin.IN, Pin.PULL_UP), refused(Pin, 34, Pin.IN))"

    assert run(code, flash, board="devkit") == (0, ["1 0"])


@pytest.mark.parametrize("name", BOARDS)
def test_the_boards_use_only_pins_that_the_chip_allows(flash, name):
    """Every signal of both board files, in its direction; and no pin twice."""
    signals = board(name)
    used = [getattr(signals, word) for word in dir(signals) if word.endswith(("_TX", "_RX", "_D0", "_D1", "_RESET"))]
    used += [
        getattr(signals, word) for word in dir(signals) if word.startswith(("RELAY_O", "RELAY_E", "LIGHT_", "BEAM_E"))
    ]
    used += [signals.BUZZER, signals.FIRE, signals.ARM_CONTACT, signals.KEY_SWITCH, signals.SERVICE_BUTTON]
    code = """
import board
from gate import hal
from silicon import check_input, check_output
for name in dir(board):
    if name.endswith(("_TX", "_RESET")):
        check_output(getattr(board, name))
    if name.endswith("_RX"):
        check_input(getattr(board, name), False)
    if name.endswith(("_D0", "_D1")):
        check_input(getattr(board, name), True)
print(hal.inputs() is not None)
"""

    assert len(used) == len(set(used))
    assert run(code, flash, board=name) == (0, ["True"])


def test_an_input_that_nothing_drives_is_noise_and_the_same_in_every_run(flash):
    """Unless a pull is configured."""
    code = """
from machine import Pin
floating, up, down = Pin(9, Pin.IN), Pin(10, Pin.IN, Pin.PULL_UP), Pin(11, Pin.IN, Pin.PULL_DOWN)
print([floating.value() for _ in range(64)])
print(set(up.value() for _ in range(64)), set(down.value() for _ in range(64)))
"""
    status, first = run(code, flash)

    assert status == 0
    assert "0" in first[0]
    assert "1" in first[0]
    assert first[1] == "{1} {0}"
    assert run(code, flash) == (0, first)


def test_pins_speak_the_contract(flash, tmp_path):
    """Outputs are told at every change with the monotonic clock; inputs are what the other end said last."""
    with World(tmp_path / "pins", {9: 1}) as world:
        before_us = time.monotonic_ns() // 1000
        with Chip("-c", OBEY, flash=flash, GATE_PINS=world.path) as chip:
            chip.say("from machine import Pin; o = Pin(4, Pin.OUT, value=0); i = Pin(9, Pin.IN); print(i.value())")
            world.welcome()
            assert chip.hear() == "1"
            chip.say("o.value(1); o.value(1); o.value(0)")
            changes = [world.next_change() for _ in range(3)]
            assert [(change["pin"], change["value"]) for change in changes] == [(4, 0), (4, 1), (4, 0)]
            stamps = [before_us, *(change["us"] for change in changes), time.monotonic_ns() // 1000]
            assert stamps == sorted(stamps)
            for hostile in (b"\n", b"{\n", b'{"pin": 9}\n', b'{"value": 0}\n', b"[]\n", b'{"pin": null, "value": 1}\n'):
                world.send(hostile)
            world.send(b"\xff\x00" * 400 + b"\n")
            world.drive(9, 0)
            chip.say("while i.value(): pass")
            chip.say("print('low')")
            heard = [chip.hear()]
            while heard[-1] != "low":
                heard.append(chip.hear())
            assert set(heard[:-1]) <= {"GATE_PINS: not understood"}


WATCH = """
seen = []
def edge(pin): seen.append((pin is p, pin.value(), time.ticks_us()))
import select
from machine import Pin
p = Pin(38, Pin.IN, Pin.PULL_UP)
w = select.poll()
"""


def test_a_pin_wakes_its_handler_at_its_edge(flash, tmp_path):
    """Falling, rising or both; a change that is told with its time is seen at that time."""
    with (
        World(tmp_path / "pins", {38: 1}) as world,
        Chip("-c", WATCH + OBEY, flash=flash, GATE_PINS=world.path) as chip,
    ):
        chip.say("print(p.value())")
        world.welcome()
        assert chip.hear() == "1"
        chip.say("p.irq(edge, p.IRQ_FALLING); print('watched')")
        assert chip.hear() == "watched"
        for us, value in ((7_000_000, 0), (7_000_050, 1), (7_001_000, 0), (7_001_050, 1), (7_001_060, 1)):
            world.send(json.dumps({"pin": 38, "value": value, "us": us}).encode() + b"\n")
        chip.say("while len(seen) < 2: w.poll(100)")
        chip.say("w.poll(50); print(seen)")
        assert chip.hear() == "[(True, 0, 7000000), (True, 0, 7001000)]"
        chip.say("p.irq(edge, p.IRQ_RISING); seen.clear(); print('watched')")
        assert chip.hear() == "watched"
        world.drive(38, 0)
        world.drive(38, 1)
        chip.say("while not seen: w.poll(100)")
        chip.say("print([one[:2] for one in seen], p.irq(None), 0 <= time.ticks_diff(time.ticks_us(), seen[0][2]))")
        assert chip.hear() == "[(True, 1)] None True"
        world.drive(38, 0)
        chip.say("w.poll(100); print(len(seen))")
        assert chip.hear() == "1"


def test_interrupts_are_never_hard_and_know_no_levels(flash):
    """As in the esp32 port's own table of arguments."""
    code = """
from machine import Pin
def refused(**named):
    try:
        Pin(38, Pin.IN).irq(print, **named)
    except (TypeError, ValueError) as wrong:
        return type(wrong).__name__
print(refused(hard=True), refused(trigger=4), refused(trigger=Pin(38, Pin.IN).IRQ_FALLING))
"""

    assert run(code, flash) == (0, ["TypeError ValueError None"])


def test_during_an_erase_a_pin_remembers_one_edge(flash, tmp_path):
    """Interrupts are off while the flash works."""
    with (
        World(tmp_path / "pins", {38: 1}) as world,
        Chip("-c", WATCH + OBEY, flash=flash, GATE_PINS=world.path) as chip,
    ):
        chip.say("p.irq(edge, p.IRQ_FALLING); print(p.value())")
        world.welcome()
        assert chip.hear() == "1"
        chip.say("uart = __import__('uart'); uart.interrupts_off(); print('off')")
        assert chip.hear() == "off"
        for value in (0, 1) * 5:
            world.drive(38, value)
        world.drive(4, 1)
        chip.say("time.sleep_ms(50); uart.interrupts_on(); print(len(seen), p.value())")
        assert chip.hear() == "1 1"
        world.drive(38, 0)
        chip.say("while len(seen) < 2: w.poll(100)")
        chip.say("print('again')")
        assert chip.hear() == "again"


def test_the_world_is_there_before_the_first_look(flash, tmp_path):
    """An input is not read before the other end has said its levels."""
    with World(tmp_path / "pins", {9: 0, 10: 0, 11: 0}) as world:
        code = "from machine import Pin; print([Pin(n, Pin.IN, Pin.PULL_UP).value() for n in (9, 10, 11)])"
        with Chip("-c", code, flash=flash, GATE_PINS=world.path) as chip:
            world.welcome()
            assert chip.hear() == "[0, 0, 0]"


def test_a_world_that_goes_away_is_no_crash(flash, tmp_path):
    """Inputs keep what was said last."""
    with World(tmp_path / "pins", {9: 1}) as world, Chip("-c", OBEY, flash=flash, GATE_PINS=world.path) as chip:
        chip.say("from machine import Pin; o = Pin(4, Pin.OUT); i = Pin(9, Pin.IN); print(i.value())")
        world.welcome()
        assert chip.hear() == "1"
        world.end()
        chip.say("time.sleep_ms(50); print([(o.value(n & 1), i.value()) for n in range(4)])")
        assert chip.hear() == "[(None, 1), (None, 1), (None, 1), (None, 1)]"
