"""The only file that touches the chip. Outputs get their inactive level in the constructor, before anything else."""

import board
from machine import Pin

# A relay is never energised before Python runs, and its first level here keeps it so. Which level that is stands in
# the board's file, for it belongs to the resistor at the pin; what an energised relay does to the turnstile is a
# setting, read later: a file that is lost may cost a setting, but cannot make a relay click.
_REST = 1 - board.RELAY_ACTIVE
_OFF = 1 - board.OUTPUT_ACTIVE
_relays = [Pin(board.RELAY_OPEN, Pin.OUT, value=_REST)]
if hasattr(board, "RELAY_EXIT"):
    _relays.append(Pin(board.RELAY_EXIT, Pin.OUT, value=_REST))
_red = Pin(board.LIGHT_RED, Pin.OUT, value=_OFF)
_green = Pin(board.LIGHT_GREEN, Pin.OUT, value=_OFF)
_amber = Pin(board.LIGHT_AMBER, Pin.OUT, value=_OFF)
_buzzer = Pin(board.BUZZER, Pin.OUT, value=_OFF)

# Everything else comes after safe outputs.
import gc
import io
import select
import sys
import time

import esp32
import machine

# `board` holds a copy of every constant; the lane needs the heap of the original.
for _module in ("boards", "boards." + board.NAME):
    sys.modules.pop(_module, None)

BLOCK_BYTES = 4096
READ_BYTES = 256  # of a card module at once: 22 ms at 115200 Bd
NO_BYTES = bytes(64)
SERVICE_LOOKS = 5
FIRE_LOOKS = 2
LOOK_GAP_MS = 10
# A whole reply of a card module (1295 bytes) must fit while a flash erase blocks the loop: it may be found at any rate.
# Of the others what comes in a good 130 ms.
READER_BUFFER_BYTES = 1536
READER_LEAST_BYTES = 256
LINK_BUFFER_BYTES = 1024

_pull = Pin.PULL_UP if board.INPUTS_PULLED_UP else None
_beam_entry = Pin(board.BEAM_ENTRY, Pin.IN, _pull)
_beam_exit = Pin(board.BEAM_EXIT, Pin.IN, _pull)
_fire = Pin(board.FIRE, Pin.IN, _pull)
_key = Pin(board.KEY_SWITCH, Pin.IN, _pull)
_arm = Pin(board.ARM_CONTACT, Pin.IN, _pull) if hasattr(board, "ARM_CONTACT") else None
_service = Pin(board.SERVICE_BUTTON, Pin.IN, Pin.PULL_UP)

now = time.ticks_ms
collect = gc.collect
reset = machine.reset
reset_cause = machine.reset_cause
_poll = select.poll()
_wired = [0, False, 1]  # relays in use as bits, whether an energised one shuts, the arm contact's level when it turns


def wire(relays: int, shuts: bool, arm_opens: bool) -> None:
    """What hangs on the relays and on the arm contact. Until this is told no relay can be energised.

    relays: how many are in use. shuts: an energised relay shuts the turnstile. arm_opens: a turning arm opens its
    contact to ground, so that the pull-up shows.
    """
    _wired[:] = [(1 << relays) - 1, shuts, 1 if arm_opens else 0]


def set_relays(released: int) -> None:
    """Release the turnstile, or shut it, through each relay in use. released: RELAY_ bits."""
    used, shuts, _ = _wired
    for number in range(len(_relays)):
        bit = 1 << number
        energised = used & bit and bool(released & bit) != shuts
        _relays[number].value(board.RELAY_ACTIVE if energised else _REST)


def set_signs(red: bool, green: bool, amber: bool, buzzer: bool) -> None:
    """Lights and buzzer."""
    for pin, on in ((_red, red), (_green, green), (_amber, amber), (_buzzer, buzzer)):
        pin.value(board.OUTPUT_ACTIVE if on else _OFF)


def inputs() -> "tuple[bool, bool, bool, bool]":
    """(somebody in the entry beam, in the exit beam, key turned, arm turned)."""
    return (
        _beam_entry.value() == board.BEAM_BROKEN,
        _beam_exit.value() == board.BEAM_BROKEN,
        _key.value() == board.KEY_TURNED,
        _arm is not None and _arm.value() == _wired[2],
    )


def fire() -> bool:
    """Whether the fire loop tells an alarm at this moment."""
    return _fire.value() == board.FIRE_ALARM


def fire_stands() -> bool:
    """The same for whoever cannot wait for samples; a spike on its wire does not count."""
    return _stays(_fire, board.FIRE_ALARM, FIRE_LOOKS)


def service_held() -> bool:
    """Whether the service button is held; a spike on its wire does not count."""
    return _stays(_service, board.SERVICE_PRESSED, SERVICE_LOOKS)


def _stays(pin: "Pin", level: int, looks: int) -> bool:
    for _ in range(looks):
        if pin.value() != level:
            return False
        time.sleep_ms(LOOK_GAP_MS)
    return True


def system() -> bytes:
    """Interpreter and version, in ASCII."""
    return ("%s %d.%d.%d" % ((sys.implementation[0],) + tuple(sys.implementation[1][:3]))).encode()


class SerialPort:
    """A UART that never blocks and wakes `wait`."""

    reset_line: "Pin | None" = None  # low resets what is connected

    def __init__(self, uart: "machine.UART") -> None:
        self._uart = uart
        self._buffer = bytearray(READ_BYTES)
        self._view = memoryview(self._buffer)
        _poll.register(uart, select.POLLIN)

    def read(self) -> memoryview:
        """What has arrived, empty if nothing, at most READ_BYTES at once; it lasts until the next read."""
        return self._view[: self._uart.readinto(self._buffer) or 0]

    def write(self, data: bytes) -> None:
        """Hand bytes to the UART."""
        self._uart.write(data)

    def set_baud(self, baud: int) -> None:
        """Go on at another rate; what was handed over has left before."""
        self._uart.init(baudrate=baud)

    def reset(self, active: bool) -> None:
        """Drive the reset line, where there is one."""
        if self.reset_line is not None:
            self.reset_line.value(0 if active else 1)

    def wipe(self) -> None:
        """Overwrite what was read last."""
        for at in range(0, READ_BYTES, len(NO_BYTES)):
            self._view[at : at + len(NO_BYTES)] = NO_BYTES


def link_port(baud: int) -> SerialPort:
    """The port to the gatehouse."""
    return _port("LINK", baud, LINK_BUFFER_BYTES)


def reader_port(name: str, baud: int) -> "object":
    """The port of a reader, by its name in the board file; with its reset line, if the board has one.

    A port of two wires, D0 and D1, has no baud rate.
    """
    pins = board.__dict__  # `hasattr` would keep each name that it is asked for
    if name + "_D0" in pins:
        from gate.wiegand_port import WiegandPort  # only where there is such a reader

        # Pulled up whatever the board has: a reader that is not plugged in says nothing.
        return WiegandPort(*[Pin(pins[name + wire], Pin.IN, Pin.PULL_UP) for wire in ("_D0", "_D1")])
    least = READER_BUFFER_BYTES if name == "SAM_V" else READER_LEAST_BYTES
    port = _port(name, baud, max(least, min(READER_BUFFER_BYTES, baud // 75)))
    if name + "_RESET" in pins:
        port.reset_line = Pin(pins[name + "_RESET"], Pin.OUT, value=1)
    return port


def _port(name: str, baud: int, buffer_bytes: int) -> SerialPort:
    number, tx, rx = (getattr(board, name + end) for end in ("_UART", "_TX", "_RX"))
    if number == 0:
        # The REPL may own this one: it takes no other buffer and no irq.
        return SerialPort(machine.UART(0, baud, tx=tx, rx=rx))
    return SerialPort(_waking(machine.UART(number, baud, tx=tx, rx=rx, rxbuf=buffer_bytes)))


def _waking(uart: "machine.UART") -> "machine.UART":
    """With an irq the chip's poll wakes at once; without it a byte waits for the next 10 ms tick."""
    uart.irq(_ignore, machine.UART.IRQ_RXIDLE)
    return uart


def _ignore(_uart: object) -> None:
    return None


def wait(limit_ms: int) -> None:
    """Sleep until a port has bytes, at most `limit_ms`."""
    _poll.ipoll(limit_ms)


class Flash:
    """A raw partition by name."""

    def __init__(self, label: str) -> None:
        """OSError if the device has no such partition: its partition table is not Gatehouse's."""
        found = esp32.Partition.find(esp32.Partition.TYPE_DATA, label=label)
        if not found:
            raise OSError("no partition " + label)
        self._partition = found[0]
        self.blocks = self._partition.ioctl(4, 0)

    def read(self, block: int, offset: int, buffer: bytearray) -> None:
        """Fill `buffer`."""
        self._partition.readblocks(block, buffer, offset)

    def write(self, block: int, offset: int, data: bytes) -> None:
        """Clear bits; nothing is erased."""
        self._partition.writeblocks(block, data, offset)

    def erase(self, block: int) -> None:
        """Set all bits of a block; blocks everything for tens of milliseconds."""
        self._partition.ioctl(6, block)


def tell_console(failure: Exception) -> None:
    """Print where it failed and with what class of error, unless the console's line is the link."""
    if board.CONSOLE_IS_LINK:
        return
    for name, line in _calls(failure):
        sys.stdout.write("  File %s:%s\n" % (name, line))
    sys.stdout.write(type(failure).__name__ + "\n")


def trace(failure: Exception) -> "tuple[bytes, bytes]":
    """(class of the error, "file:line" of the calls, the innermost last).

    Its text is left out: what another module puts into one is not ours to vouch for.
    """
    return type(failure).__name__.encode(), " ".join(["%s:%s" % call for call in _calls(failure)]).encode()


def _calls(failure: Exception) -> "list[tuple[str, str]]":
    """(file without its folder, line) of each call, the outermost first."""
    told = io.StringIO()
    sys.print_exception(failure, told)
    found = []
    for line in told.getvalue().split("\n"):
        if line.startswith("  File"):  # File "gate/lane.py", line 97, in handle
            name, number = line.split(",")[:2]
            found.append((name.split('"')[1].split("/")[-1], number.split(" ")[-1]))
    return found


def reset_after(limit_ms: int) -> None:
    """Reset the chip when so much time has passed, whatever runs then; only a reset before takes that back."""
    machine.Timer(0).init(mode=machine.Timer.ONE_SHOT, period=limit_ms, callback=_time_is_up)


def _time_is_up(_timer: object) -> None:
    machine.reset()


def watchdog(timeout_ms: int) -> "machine.WDT":
    """Start it; it cannot be stopped any more."""
    return machine.WDT(timeout=timeout_ms)


def started() -> None:
    """Unload what serves a start alone: its place in the heap is wanted by the lane."""
    global wire, fire_stands, service_held, _stays, system, link_port, reader_port, _port, _waking
    global reset_after, _time_is_up, watchdog
    del wire, fire_stands, service_held, _stays, system, link_port, reader_port, _port, _waking
    del reset_after, _time_is_up, watchdog
