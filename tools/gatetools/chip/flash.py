"""The command `gate flash`."""

import contextlib
import math
import shlex
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import rich.progress
from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from gatetools import disk, serial_port
from gatetools.chip import first_word, gate_settings, ingredients, partitions, plan
from gatetools.chip.esptool import ChipFailed, Esptool, Progress
from gatetools.chip.first_word import Silent
from gatetools.chip.ingredients import Ingredients, Unfit
from gatetools.chip.plan import On, Plan, WrongChip
from gatetools.serial_port import PortUnusable

EXIT_INTERRUPTED = 130
ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]  # the latter not on Windows
NO_RESET_LINES = ("socket://", "loop://", "spy://")
NO_KEYS_LAMP = "the red lamp flashes once every few seconds"
KEYS_LAMP = "the amber lamp winks"

UNTOUCHED = "nothing was changed. The chip has what it had; press RESET if it does not run."
HALF_WRITTEN = "the chip is half written and does not start. Nothing is broken: run the same command again."
UNHEARD = "the chip is written and verified; only its first word was not waited for."


@click.command("flash")
@click.argument("url", metavar="PORT")
@ingredients.options
@click.option("--baud", default=460800, show_default=True, type=click.IntRange(9600, 2_000_000), help="While writing.")
@click.option("--link-port", metavar="PORT", help="Where the gate's link is, if not on PORT: listen there at the end.")
@click.option("--erase", is_flag=True, help="Erase the whole chip first: keys, records and settings are lost.")
@click.option("--yes", is_flag=True, help="Answer every question with yes.")
@click.option("--dry-run", is_flag=True, help="Look at the chip, show the whole plan, write nothing.")
@click.option(
    "--wait",
    "wait_s",
    default=first_word.LONGEST_S,
    show_default=True,
    callback=lambda _context, _option, value: checked_wait(value),
    help="Seconds for its first word.",
)
def command(
    url: str,
    board: str,
    image: Path | None,
    vouched: str | None,
    baud: int,
    link_port: str | None,
    wait_s: float,
    *,
    unknown_image: bool,
    erase: bool,
    yes: bool,
    dry_run: bool,
) -> None:
    """Put MicroPython and the firmware on the chip at PORT, in one go, and wait until the gate speaks.

    PORT is where the board's USB cable is: /dev/ttyUSB0, /dev/ttyACM0, COM3, or rfc2217://host:port. The last is slow:
    count on one or two minutes more. The image comes from micropython.org/download, ESP32_GENERIC for the devkit,
    ESP32_GENERIC_S3 for lane_a; known ones are checked by their SHA-256.

    \b
      gate flash /dev/ttyUSB0 --board devkit --micropython ESP32_GENERIC-20260824-v1.29.0.bin
      gate flash /dev/ttyACM0 --board lane_a --micropython ESP32_GENERIC_S3-20260824-v1.29.0.bin \\
          --link-port /dev/ttyUSB1
      gate flash COM3 --board devkit --micropython IMAGE.bin --dry-run

    On a chip that is a gate already, keys, records that were not yet reported and the settings (settings.json,
    settings.good) are kept; every other file is replaced. On any other chip everything is erased, after a question if
    there was something. --erase does so on a gate too: it must be enrolled again then, and its open records are gone.

    Everything written is read back by its MD5. Interrupted while it writes, the chip is half written and does not
    start; the same command again finishes it, settings included.

    Exit status 0: the gate has spoken, or there was no port to listen on. 1: it could not be done, and why. 2: the
    arguments are wrong. 130: interrupted by Ctrl-C or a signal, and how the chip was left.
    """
    tool = Esptool(url, baud)
    try:
        with told_if_interrupted(UNTOUCHED):
            wanted = ingredients.gather(board, image, vouched=vouched, unknown_allowed=unknown_image)
            check_port(url)
            if link_port is not None:
                serial_port.check(link_port)
            made = look(tool, wanted, erase=erase)
            link_baud = gate_settings.link_baud(made.settings, wanted.board)
            for line in shown(made, wanted):
                click.echo(line)
            if dry_run:
                click.echo("dry run: nothing was written")
                return
            if not yes:
                ask(made)
        with told_if_interrupted(HALF_WRITTEN), bar("writing and verifying") as progress:
            plan.write(tool, made, progress)
        click.echo("written and verified")
        with told_if_interrupted(UNHEARD):
            hear(url, url if wanted.board["LINK_UART"] == 0 else link_port, link_baud, wait_s)
    except (Unfit, PortUnusable, WrongChip, ChipFailed) as failure:
        raise click.ClickException(str(failure)) from None
    except OSError as failure:
        raise click.ClickException(disk.trouble(failure)) from None


def checked_wait(value: float) -> float:
    """BadParameter if it is no time."""
    if not 0 <= value < math.inf:
        raise click.BadParameter("a number of seconds, 0 or more")
    return value


def check_port(url: str) -> None:
    """PortUnusable if it cannot be opened, or has no lines that reset a chip."""
    if url.startswith(NO_RESET_LINES):
        raise PortUnusable(
            f"{url}: such a port cannot reset the chip. Name a device, or serve one by RFC 2217 and name it "
            "rfc2217://host:port"
        )
    serial_port.check(url)


def look(tool: Esptool, wanted: Ingredients, *, erase: bool) -> Plan:
    """What the chip is and has on it."""
    with bar("looking at the chip") as progress:
        found, table = tool.detect(partitions.TABLE_AT, partitions.TABLE_BYTES)
        plan.check_chip(found, wanted)
        return plan.make(tool, found, table, wanted, erase=erase, reading=progress)


def shown(made: Plan, wanted: Ingredients) -> list[str]:
    """The plan, for people."""
    image, found = wanted.image, made.found
    known = f"known, {image.release.file}" if image.release else f"unknown here, SHA-256 {image.sha256}"
    lines = [
        f"board    {wanted.board.name}",
        f"chip     {found.chip}, {found.flash_bytes >> 20} MB of flash, MAC {found.mac or 'not told'}",
        f"image    MicroPython {image.version}, {known}{'' if image.tried else '; never tried with this firmware'}",
        f"on it    {made.on.value}",
    ]
    lines += [f"write    0x{piece.at:06x}  {len(piece.content):>9,} bytes  {piece.name}" for piece in made.pieces]
    if made.erases_all:
        lines.append("keep     nothing: the whole chip is erased first")
    else:
        files = ", ".join(sorted(made.settings)) or "no settings, it has none of its own"
        lines.append(f"keep     keys, records that were not reported{'' if made.unread else f', {files}'}")
    if made.unread:
        lines.append("lose     its settings: its file system cannot be read")
    return lines


def ask(made: Plan) -> None:
    """Whether what is lost may be lost; comes back only with a yes, else the program ends."""
    if made.erase and made.on is On.GATE:
        click.echo("--erase: this gate's keys and the records that it has not reported yet are lost for good.")
    elif made.on is On.OTHER:
        click.echo("What is on this chip now is lost for good; if it was a gate, its keys and records too.")
    elif made.unread:
        click.echo("The gate starts with the usual settings, and takes its link's speed and readers from those.")
    elif not made.erase:
        return
    if not click.confirm("Go on?"):
        raise click.ClickException("Nothing was changed.")


@contextlib.contextmanager
def told_if_interrupted(what: str) -> Iterator[None]:
    """A Ctrl-C, or a signal that asks to end, ends the program and what it started, with how the chip is left."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in ENDING}
    try:
        yield
    except (KeyboardInterrupt, click.Abort):  # click's own, from within a question
        click.echo(f"interrupted: {what}", err=True)
        sys.exit(EXIT_INTERRUPTED)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def hear(port: str, url: str | None, baud: int, wait_s: float) -> None:
    """The gate's first word at `url`, or which lamp to look at. `port`: where its console is."""
    if url is None:
        click.echo(
            f"The gate's link is not on this cable. Look at its lamps: {NO_KEYS_LAMP} on a gate without keys, "
            f"{KEYS_LAMP} on one that has them. Or name the link's port with --link-port."
        )
        return
    try:
        word = first_word.wait(url, baud, wait_s)
    except Silent as silence:
        raise ChipFailed(no_word(url, silence)) from None
    if word.enrolled:
        click.echo("the gate speaks, and has its keys")
    else:
        click.echo(f"the gate speaks: {word.board}, firmware {word.firmware}; it has no keys yet")
        click.echo(
            f"next, with the service button held while it gets its power: gate enroll {shlex.quote(port)} --lane NAME"
        )


def no_word(url: str, silence: Silent) -> str:
    """What it can mean that nothing was heard."""
    heard = silence.heard.splitlines()
    what = f" What came instead ends in: {heard[-1][:100]}" if heard else " Not a byte came."
    return (
        f"the chip is written and verified, but the gate has not spoken at {url}.{what} Press RESET on the board, and "
        f"look at its lamps: {NO_KEYS_LAMP} on a gate without keys, {KEYS_LAMP} on one that has them. If a lamp does "
        "so, the port is the wrong one; if none does, check the board's name and its power, and run the same command "
        "again."
    )


@contextlib.contextmanager
def bar(what: str) -> Iterator[Progress]:
    """A progress bar on standard error; gives what takes shares from 0 to 1."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with rich.progress.Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=1.0)
        yield lambda share: progress.update(task, completed=share)
