"""Listening to the link: at the wires of a real line, or in a recording. It never sends a byte."""

import contextlib
import dataclasses
import json
import stat
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import serial

from gatetools import keylog, recording
from gatetools.arguments import finite
from gatetools.keylog import KeyLogUnusable, KeyRing
from gatetools.recording import TO_GATE, TO_HOUSE, Captured, Cutter, Recorder, RecordingUnusable
from gatetools.serial_port import PortUnusable, unusable
from gatetools.sighting import Lookout, Sighting

READ_S = 0.01  # with two ports each waits so long for its turn
ARROWS = {TO_HOUSE: "gate > house", TO_GATE: "house > gate"}
BAD = ("damaged", "does not open", "not understood")


def listen(ports: Sequence[tuple[str, str]], baud: int, seconds: float | None) -> Iterator[Captured]:
    """Frames as they come on (way, port); without end, or for some seconds. PortUnusable if a port breaks."""
    end_s = None if seconds is None else time.monotonic() + seconds
    with contextlib.ExitStack() as opened:
        wires = []
        for way, port in ports:
            try:
                # Two readers of one port would take each other's bytes.
                wire = serial.serial_for_url(port, baud, timeout=READ_S, exclusive=True)
                wires.append((opened.enter_context(wire), Cutter(way)))
            except (serial.SerialException, OSError, ValueError) as failure:
                raise unusable(port, failure) from None
        while end_s is None or time.monotonic() < end_s:
            for wire, cutter in wires:
                try:
                    data = wire.read(max(1, wire.in_waiting))
                except (serial.SerialException, OSError, TypeError) as failure:
                    raise unusable(str(wire.port), failure) from None
                yield from cutter.feed(data, time.monotonic_ns() // 1000)


def line(sighting: Sighting, start_us: int) -> str:
    """One frame for people."""
    session = "" if sighting.session is None else f"{sighting.session} #{sighting.counter}"
    says = ", ".join(f"{name} {value}" for name, value in sighting.says.items())
    moment_s = (sighting.us - start_us) / 1e6
    shown = f"{moment_s:12.6f}  {ARROWS[sighting.way]}  {sighting.kind:<15} {sighting.size:>4} B  {session:<12} {says}"
    return shown.rstrip()


def summary(kinds: "Counter[tuple[str, str]]", sizes: "Counter[str]", passed_s: float) -> list[str]:
    """What was seen in all."""
    found = [f"{ARROWS[way]}: {kind} x {count}" for (way, kind), count in sorted(kinds.items())]
    for way, size in sorted(sizes.items()):
        rate = f", {size / passed_s:.0f} bytes/s" if passed_s > 0 else ""
        found.append(f"{ARROWS[way]}: {size} bytes{rate}")
    return found or ["nothing was heard: is this the right port and speed, and is the line in use?"]


@click.command("listen")
@click.argument("source")
@click.option("--other", metavar="PORT", help="A second port, on the wires of the other direction.")
@click.option(
    "--from",
    "sender",
    type=click.Choice(("gate", "house")),
    default="gate",
    show_default=True,
    help="Who sends on the first port's wires.",
)
@click.option("--baud", default=115200, show_default=True, type=click.IntRange(50, 20_000_000))
@click.option(
    "--seconds", type=click.FloatRange(min=0.1), callback=finite, help="Stop after so long; without, at Ctrl-C."
)
@click.option("--record", "record_path", type=click.Path(path_type=Path), help="Write what is heard to this new file.")
@click.option("--keys", "keys_path", type=click.Path(path_type=Path, exists=True), help="The simulator's key log.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each frame.")
def command(
    source: str,
    other: str | None,
    sender: str,
    baud: int,
    seconds: float | None,
    record_path: Path | None,
    keys_path: Path | None,
    *,
    as_json: bool,
) -> None:
    """Show the traffic on a line: kinds, sizes and times; it never sends.

    SOURCE is a port whose RX is tapped into one pair of wires, or the file of a recording. Frames are sealed: without
    keys their contents stay unknown, and real gates give no keys away. For simulated gates:

    \b
      gate demo --seconds 10 --record traffic --key-log keys.jsonl
      gate listen traffic-A.jsonl --keys keys.jsonl

    A card's number is masked in every case. Exit status 1 if the source cannot be used.
    """
    ways = (TO_HOUSE, TO_GATE) if sender == "gate" else (TO_GATE, TO_HOUSE)
    try:
        ring = KeyRing(keylog.read(keys_path)) if keys_path else None
        if is_file(source):
            if given := [name for name, value in (("--other", other), ("--seconds", seconds)) if value is not None]:
                raise click.UsageError(f"{source} is a recording: {' and '.join(given)} is for ports")
            heard = recording.read(Path(source))
        else:
            heard = listen([(ways[0], source)] + ([(ways[1], other)] if other else []), baud, seconds)
        show(heard, Lookout(ring), Recorder(record_path, baud) if record_path else None, as_json=as_json)
    except (RecordingUnusable, KeyLogUnusable, PortUnusable) as failure:
        raise click.ClickException(str(failure)) from None


def is_file(source: str) -> bool:
    """Whether SOURCE is a recording and no port."""
    try:
        return stat.S_ISREG(Path(source).stat().st_mode)
    except OSError:
        return False


def show(heard: Iterator[Captured], lookout: Lookout, recorder: Recorder | None, *, as_json: bool) -> None:
    """Everything that is heard, then the sum."""
    kinds: Counter[tuple[str, str]] = Counter()
    sizes: Counter[str] = Counter()
    first_us = last_us = 0
    with contextlib.suppress(KeyboardInterrupt), contextlib.closing(recorder) if recorder else contextlib.nullcontext():
        for captured in heard:
            if recorder is not None:
                recorder.take(captured)
            sighting = lookout.see(captured)
            first_us = first_us or sighting.us
            last_us = sighting.us
            kinds[sighting.way, sighting.kind] += 1
            sizes[sighting.way] += sighting.size
            if as_json:
                click.echo(json_of(sighting))
            else:
                click.secho(line(sighting, first_us), fg="red" if sighting.kind in BAD else None)
    for said in summary(kinds, sizes, (last_us - first_us) / 1e6):
        click.echo(said, err=True)


def json_of(sighting: Sighting) -> str:
    """The same for programs."""
    return json.dumps(dataclasses.asdict(sighting))
