"""The command `gate doctor`."""

import sys
from pathlib import Path

import click
from gatehouse.output import OutputLost, forget_output
from gatehouse.terminal import fail, screen
from rich.console import Console

from gatetools.doctor import report
from gatetools.doctor.catalogue import Severity
from gatetools.doctor.examination import examine
from gatetools.doctor.patient import patient
from gatetools.doctor.rounds import rounds
from gatetools.doctor.system import System

CONFIG = Path("gatehouse.toml")
EXIT_UNTOLD = report.EXIT_STATUS[Severity.BROKEN]  # nobody has read that all is well


@click.command("doctor")
@click.argument("ports", nargs=-1)
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help=f"The station's settings. Without: {CONFIG} in this folder, and if there is none only the bench is examined.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs; both languages.")
@click.option("--lang", type=click.Choice(("zh", "en", "both")), default="both", show_default=True)
def doctor(ports: tuple[str, ...], config: Path | None, lang: str, *, as_json: bool) -> None:
    """Find out what is wrong at a station or on a bench, and what to do about it.

    It looks at settings, gatehouse, ports, USB drivers, the gates' firmware, enrolment, data, clock and security. It
    only reads, sends nothing, and does not touch a port that a running gatehouse may use. Each PORT that is given is
    listened to for 3 seconds: a gate, a half-written chip, a console, nothing. Opening a port may restart a board
    whose reset hangs on the USB bridge.

    \b
    Examples:
      gate doctor                                at a bench, or in the folder of gatehouse.toml
      gate doctor --config /etc/gatehouse.toml   at a station, as the user that runs the gatehouse
      gate doctor /dev/ttyUSB0                   what hangs on that port?
      gate doctor --json                         for a monitoring program

    Every finding is listed in tools/README.md.

    Exit status: 0 if there is nothing worse than a note, 1 if there is a warning, 2 if something is broken
    or the findings cannot be written.
    """
    examined = patient(System(), config or CONFIG, ports, named=config is not None)
    with Console(stderr=True).status("examining ..."):
        findings = examine(rounds(examined))
    try:
        if as_json:
            click.echo(report.as_json(findings))
        else:
            report.show(screen(), findings, report.languages_of(lang))
    except OutputLost as lost:
        if lost.nobody_reads:
            raise
        forget_output()
        fail(f"The findings cannot be written: {lost.why}", status=EXIT_UNTOLD)
    sys.exit(report.EXIT_STATUS[report.worst(findings)])
