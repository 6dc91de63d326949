"""Commands for a gate in service mode."""

import sys

import click
from gatehouse.words import plain
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from gatetools import update_files as update
from gatetools.arguments import readable
from gatetools.build import CannotCompile, compile_firmware, files_of
from gatetools.serial_port import PortUnusable
from gatetools.service_errors import GateGarbled, GateLost, ServiceModeError
from gatetools.service_mode import ServiceMode
from gatetools.sim.board import names

EXIT_WRONG = 1
EXIT_INTERRUPTED = 130
EITHER = (
    "Its old firmware is whole, unless the new one was all there already: then it starts with that. Enter service mode "
    "again, and run this again."
)
STAYS = "It stays in service mode: press reset to leave it."


@click.command("update-files")
@click.argument("port", callback=readable)
@click.option("--board", type=click.Choice(names()), help="Refuse a gate whose board is another one.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
def update_files(port: str, board: str | None, *, dry_run: bool) -> None:
    """Bring the firmware of the gate on PORT up to date, by the files that differ.

    The gate must be in service mode: hold its service button, press reset, keep holding for a second; red and amber
    lamp light together. It compares by hash, sends what differs, verifies that, and resets.

    All or nothing: whatever is interrupted (this program, the cable, the power), the gate starts with the old
    firmware or the new one, never with a mix. Settings, keys and records stay. Other *.py and *.mpy files, and
    whatever else lies in gate/, lib/ and boards/, are removed, for they could be loaded in the firmware's place.

    \b
      gate update-files /dev/ttyACM0 --dry-run        what would change?
      gate update-files COM5 --board lane_a           and only if it is a lane_a

    Exit status 0 if the gate has this firmware now, or had it already; 1 if not, with the reason; 2 if the arguments
    are wrong; 130 after Ctrl-C.
    """
    try:
        with ServiceMode(port) as service:
            _update(service, board, dry_run=dry_run)
    except (GateLost, GateGarbled) as failure:
        click.echo(f"{failure} {EITHER}", err=True)
        sys.exit(EXIT_WRONG)
    except (ServiceModeError, PortUnusable, update.CannotUpdate, CannotCompile) as failure:
        click.echo(str(failure), err=True)
        sys.exit(EXIT_WRONG)
    except KeyboardInterrupt:
        click.echo(f"{port}: interrupted. {EITHER}", err=True)
        sys.exit(EXIT_INTERRUPTED)


def _update(service: ServiceMode, board: str | None, *, dry_run: bool) -> None:
    found_board = update.check_board(service, board)
    wanted = files_of(compile_firmware())
    update.check_interpreter(service, wanted)
    if not dry_run:
        update.settle(service)
    there = service.hashes()
    chosen = update.plan(wanted, there)
    for path in update.odd(there):
        click.echo(f"left alone: {plain(path.encode())}, a name that no firmware has")
    if not chosen.put and not chosen.drop:
        click.echo(
            f"{service.port}: {found_board} has this firmware already, {len(wanted)} files; nothing changed. {STAYS}"
        )
        return
    update.check_room(service, chosen, there)
    version = update.running_version(service)
    if dry_run:
        for path, data in chosen.put.items():
            click.echo(f"{'change' if path in there else 'add'} {path} ({len(data)} bytes)")
        for path in chosen.drop:
            click.echo(f"remove {path}")
        click.echo(
            f"{service.port}: {_sum(chosen)} would change on {found_board}, firmware {version}; nothing was done. "
            f"{STAYS}"
        )
        return
    for path in chosen.drop:
        click.echo(f"remove {path}")
    _send(service, chosen)
    service.reset()
    click.echo(f"{service.port}: {_sum(chosen)} changed on {found_board}; the gate resets, and starts with them")


def _send(service: ServiceMode, chosen: update.Plan) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(_sum(chosen), total=chosen.size_bytes + len(chosen.manifest()))
        update.send(service, chosen, lambda more: bar.update(task, advance=more))


def _sum(chosen: update.Plan) -> str:
    said = f"{len(chosen.put)} file{'s' if len(chosen.put) != 1 else ''}"
    return said + (f" and {len(chosen.drop)} to remove" if chosen.drop else "")
