"""The command `gate`: the work bench."""

import sys

import click
from gatehouse.output import Program

from gatetools import enroll_commands, listen, prompts
from gatetools import loopback as proof
from gatetools import render as documents
from gatetools.arguments import finite
from gatetools.chip import flash, image
from gatetools.doctor.command import doctor
from gatetools.histogram import histogram, percentile
from gatetools.serial_port import PortUnusable
from gatetools.service_commands import update_files
from gatetools.sim.platforms.command import platform

EXIT_WRONG = 1


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gatehouse")
def main() -> None:
    """The work bench of Gatehouse: simulated lanes, and proofs for real hardware.

    \b
      gate demo                 watch travellers pass two simulated lanes
      gate sim                  one simulated lane, for a real reader or another program
      gate platform NAME        one simulated health platform on loopback
      gate flash PORT           put MicroPython and the firmware on a chip
      gate image                the same as one file, for a factory
      gate update-files PORT    bring a gate's firmware up to date, in service mode
      gate enroll PORT --lane   make the gate on this port the gate of a lane
      gate rotate PORT          give it new keys
      gate list                 which gate serves which lane
      gate revoke LANE          take a gate's keys back
      gate loopback PORT        prove a serial port with a jumper between TX and RX
      gate listen PORT|FILE     show the traffic on a line, or in a recording
      gate doctor [PORT...]     find out what is wrong, and what to do about it
      gate prompts              what to record for a lane's voice module
      gate render               bring tables and diagrams in the documents up to date
    """


if sys.platform != "win32":  # no pseudo terminals there
    from gatetools.sim.commands import demo, sim

    main.add_command(demo)
    main.add_command(sim)


main.add_command(platform)
main.add_command(listen.command)
main.add_command(flash.command)
main.add_command(image.command)
main.add_command(prompts.command)
main.add_command(doctor)
main.add_command(update_files)
for command in enroll_commands.COMMANDS:
    main.add_command(command)


@main.command()
@click.option("--check", is_flag=True, help="Change nothing; exit status 1 if a document lags behind the code.")
def render(*, check: bool) -> None:
    """Make every table and diagram in the documents anew from the code."""
    found = documents.lagging() if check else documents.write()
    for path in found:
        click.echo(
            f"{path.relative_to(documents.ROOT)}: {'lags behind the code; run gate render' if check else 'written'}"
        )
    if not found:
        click.echo("every document is up to date")
    sys.exit(EXIT_WRONG if check and found else 0)


@main.command()
@click.argument("port")
@click.option("--baud", "bauds", type=click.IntRange(50, 20_000_000), multiple=True, help="Only this rate; repeatable.")
@click.option(
    "--seconds",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0.05, 3600),
    callback=finite,
    help="For each rate.",
)
def loopback(port: str, bauds: tuple[int, ...], seconds: float) -> None:
    """Prove a serial PORT that has a jumper between TX and RX.

    PORT is a device (/dev/ttyUSB0, COM3) or a pyserial URL (loop://, socket://host:port, rfc2217://host:port).
    At each baud rate single blocks measure the time there and back, then a stream measures the throughput; every
    byte is compared. Exit status 1 if a byte was lost or changed, or nothing came back.
    """
    results = []
    try:
        with proof.Loopback(port) as loop:
            for baud in bauds or proof.BAUDS:
                result = loop.measure(baud, seconds)
                results.append(result)
                click.echo("\n".join(report(result)))
                if result.nothing_came:
                    break
    except PortUnusable as failure:
        click.echo(str(failure), err=True)
        sys.exit(EXIT_WRONG)
    if results[-1].nothing_came:
        click.echo(f"{port}: nothing came back. Is the jumper between TX and RX, is this the right port?", err=True)
        sys.exit(EXIT_WRONG)
    if all(result.refused for result in results):
        click.echo(f"{port}: does none of these rates", err=True)
        sys.exit(EXIT_WRONG)
    bad = [str(result.baud) for result in results if not result.sound]
    click.echo(f"errors at {', '.join(bad)} Bd" if bad else "no errors")
    sys.exit(EXIT_WRONG if bad else 0)


def report(result: proof.Result) -> list[str]:
    """One baud rate's result, for people."""
    if result.refused:
        return [f"{result.baud} Bd: this port does not do this rate"]
    wire = result.baud / proof.BITS_PER_BYTE
    totals = f"{result.sent} bytes out, {result.missing} missing, {result.wrong} changed"
    said = [f"{result.baud} Bd: {totals}; {result.bytes_per_s:.0f} bytes/s of {wire:.0f} on the wire"]
    if result.latencies_ms:
        p50, p99 = (percentile(result.latencies_ms, share) for share in (0.5, 0.99))
        wire_ms = proof.PROBE_BYTES / wire * 1000
        said.append(
            f"  {proof.PROBE_BYTES} bytes there and back: p50 {p50:.2f} ms, p99 {p99:.2f} ms (wire {wire_ms:.2f} ms)"
        )
        said += ["  " + line for line in histogram(result.latencies_ms, "ms")]
    return said


if __name__ == "__main__":
    main()
