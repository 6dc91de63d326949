"""The serial line between a gate and the host, as a process of its own so that nothing else delays its bytes.

`python -m gatetools.sim.line GATE_END HOUSE_END --baud 115200` joins two ttys. An end that does not exist becomes a
pseudo terminal under that name. It writes "ready", then obeys one command a line on its standard input, answers each
with "ok" or "bad ...", and ends when the input ends:

    cut | mend                      the cable is cut, is whole again; both ends stay
    cut N                           it is cut when N more bytes have been sent: what comes before them arrives
    noise N                         N bytes that nobody sent, in both directions
    unplug END | plug END           END (gate or house) vanishes as a device, comes back under its name
    baud N | baud none              another speed
    damage flip=P lose=P duplicate=P noise=P delay_ms=N     from now on; what is left out is 0
    frames twice=N swap=N           N frames of each direction come twice, or behind the one that follows them;
                                    what is left out is 0, and then what is held back is let go
    record FILE                     writes what arrives at either end, as `gate listen` reads it
    carried                         answered by "carried N" instead: the bytes that both ends have sent so far
"""

import os
import random
import select
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import click

from gatetools.recording import TO_GATE, TO_HOUSE, Cutter, Recorder, RecordingUnusable
from gatetools.sim.port import Port, open_port
from gatetools.sim.shuffle import Shuffle
from gatetools.sim.wire import NO_DAMAGE, Damage, Wire

FALLBACK_BAUD = 115200  # opening speed of a real tty on an unlimited line
BACKLOG_BYTES = 4096  # a sender is no longer read from while so much is under way, as with a full UART buffer


class LineEnd:
    """One end and the wire that leads to it."""

    def __init__(self, path: Path | None, baud: int | None, seed: int) -> None:
        self._path = path
        self._baud = baud or FALLBACK_BAUD
        self.port: Port | None = open_port(path, self._baud)
        self.name = self.port.path
        self.wire = Wire(baud, NO_DAMAGE, seed)
        self.shuffle = Shuffle()

    def unplug(self) -> None:
        """The device vanishes, with what was on its way to it."""
        if self.port is not None:
            self.port.close()
            self.port = None
        self.wire.drop()

    def plug(self) -> None:
        """The device is back under the same name."""
        if self.port is None:
            self.port = open_port(self._path, self._baud)

    def deliver(self, now_ns: int) -> bytes:
        """Hand over what has arrived at this end; those bytes."""
        data = self.wire.take(now_ns)
        if data and self.port is not None:
            try:
                self.port.write(data)
            except OSError:
                self.unplug()
        return data


class Line:
    """Two ends joined by two wires."""

    def __init__(self, gate: Path | None, house: Path | None, baud: int | None, seed: int = 0) -> None:
        self.ends = {"gate": LineEnd(gate, baud, seed), "house": LineEnd(house, baud, seed + 1)}
        self._other = {"gate": self.ends["house"], "house": self.ends["gate"]}
        self.carried_bytes = 0
        self._cut_after: int | None = None
        self._recorder: Recorder | None = None
        self._baud = baud
        self._cutters = {"gate": Cutter(TO_GATE), "house": Cutter(TO_HOUSE)}
        self._chance = random.Random(seed)

    def run(self, control: int) -> None:
        """Carry bytes until the file descriptor `control` ends."""
        pending = b""
        while True:
            readable = select.select([control, *self._listening()], [], [], self._wait_s())[0]
            now_ns = time.monotonic_ns()
            if control in readable:
                data = os.read(control, 4096)
                if not data:
                    return
                *commands, pending = (pending + data).split(b"\n")
                for command in commands:
                    self._answer(command.decode("ascii", "replace"))
            for name, end in self.ends.items():
                if end.port is not None and end.port.fd in readable:
                    self._carry(name, end, now_ns)
            for name, end in self.ends.items():
                self._record(name, end.deliver(time.monotonic_ns()))

    def _record(self, name: str, data: bytes) -> None:
        if self._recorder is not None and data:
            for captured in self._cutters[name].feed(data, time.monotonic_ns() // 1000):
                self._recorder.take(captured)

    def close(self) -> None:
        """Both ends vanish."""
        if self._recorder is not None:
            self._recorder.close()
        for end in self.ends.values():
            end.unplug()

    def _listening(self) -> list[int]:
        ends = self.ends.items()
        return [e.port.fd for n, e in ends if e.port is not None and self._other[n].wire.under_way() < BACKLOG_BYTES]

    def _wait_s(self) -> float | None:
        due_ns = [at for end in self.ends.values() if (at := end.wire.next_ns()) is not None]
        return max(0, min(due_ns) - time.monotonic_ns()) / 1e9 if due_ns else None

    def _carry(self, name: str, end: LineEnd, now_ns: int) -> None:
        try:
            data = end.port.read() if end.port is not None else b""
        except OSError:
            end.unplug()
            return
        self.carried_bytes += len(data)
        data = self._other[name].shuffle.pass_on(data)
        wire = self._other[name].wire
        if self._cut_after is not None and self._cut_after <= len(data):
            wire.put(data[: self._cut_after], now_ns)
            data = data[self._cut_after :]
            self._cut_after = None
            for each in self.ends.values():
                each.wire.cut = True
        elif self._cut_after is not None:
            self._cut_after -= len(data)
        wire.put(data, now_ns)

    def _answer(self, command: str) -> None:
        if command == "carried":
            say(f"carried {self.carried_bytes}")
            return
        try:
            self.obey(command)
        except (ValueError, KeyError, TypeError, IndexError, OSError, RecordingUnusable) as failure:
            say(f"bad {command}: {failure}")
        else:
            say("ok")

    def obey(self, command: str) -> None:
        """Do one command of the module's list. ValueError, KeyError, TypeError or IndexError if it is none."""
        verb, *rest = command.split()
        self.COMMANDS[verb](self, rest)

    def _wires(self) -> list[Wire]:
        return [end.wire for end in self.ends.values()]

    def _cut(self, rest: list[str]) -> None:
        self._cut_after = int(rest[0]) if rest else None
        if not rest:
            self._set_cut(cut=True)

    def _mend(self, _rest: list[str]) -> None:
        self._cut_after = None
        self._set_cut(cut=False)

    def _set_cut(self, *, cut: bool) -> None:
        for wire in self._wires():
            wire.cut = cut
            wire.drop()

    def _make_noise(self, rest: list[str]) -> None:
        for wire in self._wires():
            wire.put(self._chance.randbytes(int(rest[0])), time.monotonic_ns())

    def _unplug(self, rest: list[str]) -> None:
        self.ends[rest[0]].unplug()

    def _plug(self, rest: list[str]) -> None:
        self.ends[rest[0]].plug()

    def _set_baud(self, rest: list[str]) -> None:
        for wire in self._wires():
            wire.set_baud(None if rest == ["none"] else int(rest[0]))

    def _damage(self, rest: list[str]) -> None:
        for wire in self._wires():
            wire.damage = parse_damage(rest)

    def _shuffle(self, rest: list[str]) -> None:
        asked = {name: int(count) for name, count in (word.split("=", 1) for word in rest)}
        for end in self.ends.values():
            end.wire.put(end.shuffle.ask(**asked), time.monotonic_ns())

    def _start_recording(self, rest: list[str]) -> None:
        self._recorder = Recorder(Path(" ".join(rest)), self._baud)

    COMMANDS: ClassVar[dict[str, Callable[["Line", list[str]], None]]] = {
        "cut": _cut,
        "mend": _mend,
        "noise": _make_noise,
        "unplug": _unplug,
        "plug": _plug,
        "baud": _set_baud,
        "damage": _damage,
        "frames": _shuffle,
        "record": _start_recording,
    }


def parse_damage(words: list[str]) -> Damage:
    """Damage from words like flip=0.01; ValueError or TypeError names what is none."""
    values = dict(word.split("=", 1) for word in words)
    delay_ns = int(float(values.pop("delay_ms", "0")) * 1e6)
    return Damage(delay_ns=delay_ns, **{name: float(value) for name, value in values.items()})


def say(text: str) -> None:
    """One line to whoever started this process."""
    print(text, flush=True)


@click.command()
@click.argument("gate_end", type=click.Path(path_type=Path))
@click.argument("house_end", type=click.Path(path_type=Path))
@click.option("--baud", default="115200", show_default=True, help="Bits per second, or none for no limit.")
@click.option("--seed", default=0, help="Of the damage.")
@click.option("--damage", default="", help="As in the command: 'flip=0.001 delay_ms=5'.")
def main(gate_end: Path, house_end: Path, baud: str, seed: int, damage: str) -> None:
    """Join two ttys by a paced serial line until standard input ends."""
    try:
        line = Line(gate_end, house_end, None if baud == "none" else int(baud), seed)
        line.obey(f"damage {damage}")
    except (ValueError, TypeError, OSError) as failure:
        raise click.ClickException(str(failure)) from None
    say("ready")
    try:
        line.run(sys.stdin.fileno())
    except KeyboardInterrupt:
        pass
    finally:
        line.close()


if __name__ == "__main__":
    main()
