"""The command `gatehouse`: what a station's operator types."""

import asyncio
import os
from importlib.resources import files
from pathlib import Path

import click

from gatehouse import app, gates_view, noticeboard
from gatehouse.commands.backup import backup
from gatehouse.commands.data_backup import backup_data, restore_data
from gatehouse.commands.destroy import destroy
from gatehouse.commands.keys import keys
from gatehouse.commands.keys_backup import backup_keys, restore_keys
from gatehouse.commands.lane import lane_
from gatehouse.commands.ledger import ledger
from gatehouse.commands.lists import lists_
from gatehouse.commands.platform import platform_
from gatehouse.commands.register import register
from gatehouse.commands.restore import restore
from gatehouse.commands.retention import retention_
from gatehouse.commands.rules import explain, rules_
from gatehouse.commands.service import service_
from gatehouse.commands.slip import slip_
from gatehouse.commands.watch import watch_
from gatehouse.happenings import EventStream
from gatehouse.keyfile import KeyFileError
from gatehouse.noticeboard import NoticeError
from gatehouse.output import Program
from gatehouse.places import Places
from gatehouse.process import start_log
from gatehouse.settings import places_of
from gatehouse.terminal import EXIT_SETTINGS, config_option, fail, open_keys, screen, settings_or_exit, show


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gatehouse")
def main() -> None:
    """Decide who may pass: one process on the station PC, one serial line for each gate.

    \b
    First steps:
      gatehouse example-config > gatehouse.toml     then edit ports and folders
      gatehouse register import people.csv          fill the register
      gatehouse run                                 serve the gates
      gatehouse ledger list                         see what the lanes did
      gatehouse platform test guangdong             try a health platform, step by step
      gatehouse watch                               see the lanes live; orders and alarms by key
      gatehouse lane A1 open --reason "wheelchair"  let somebody through by hand
      gatehouse rules list                          who may pass, and who decides it
      gatehouse retention                           what is kept, until when, and why: a notice to hang up
    """


@main.command()
@config_option
@click.option(
    "--events",
    metavar="FD_OR_PATH",
    help="Write one JSON object per line for each event to this file, pipe or file descriptor. "
    "Travellers appear in masked form only. A file grows without end and is not rotated: for longer than a few days "
    "give a pipe to a program that keeps what it needs.",
)
@click.option(
    "--new-ledger",
    is_flag=True,
    help="Begin a new ledger although travellers have been answered before: the old one is lost for good.",
)
@click.option(
    "--clock-is-right",
    is_flag=True,
    help="The PC's clock is right now, although the station has run at a later time: it was wrong then.",
)
def run(config: Path, events: str | None, *, new_ledger: bool, clock_is_right: bool) -> None:
    """Serve the gates until Ctrl-C.

    Gates are known by their keys: cables may be swapped between ports, and a port that vanishes is opened
    again as soon as it is back.

    \b
    Examples:
      gatehouse run --config /etc/gatehouse.toml
      gatehouse run --events events.jsonl           for a display or a statistic

    Log lines go to standard error, and to a file that is rotated if [log] in the settings names one.

    Exit status: 0 after Ctrl-C or a request to terminate, 1 if key file or databases cannot be used, 2 if the
    settings are wrong.
    """
    settings = settings_or_exit(config, "The gatehouse was not started.")
    stream = event_stream(events, places_of(settings, config)) if events else None
    file = settings.log.open()
    listener = start_log(file)
    try:
        asyncio.run(app.run(settings, stream, new_ledger=new_ledger, clock_is_right=clock_is_right))
    except app.CannotStart as failure:
        fail(f"The gatehouse was not started. {failure}")
    finally:
        if stream is not None:
            stream.close()
        listener.stop()
        if file is not None:
            file.close()


def event_stream(where: str, places: Places) -> EventStream:
    """The stream behind a file descriptor's number or a path."""
    if not where.isdecimal() and (said := places.taken(Path(where))):
        fail(f"--events {where}: {said}. The gatehouse was not started.", status=EXIT_SETTINGS)
    try:
        if where.isdecimal():
            return EventStream(os.fdopen(int(where), "w", encoding="utf-8"))
        return EventStream(Path(where).open("a", encoding="utf-8"))
    except OSError as failure:
        fail(f"--events {where}: {failure.strerror}. The gatehouse was not started.", status=EXIT_SETTINGS)


@main.command("example-config")
def example_config() -> None:
    """Print a settings file in which every key is explained.

    \b
    Example:
      gatehouse example-config > gatehouse.toml
    """
    click.echo(files("gatehouse").joinpath("gatehouse.example.toml").read_text(encoding="utf-8"), nl=False)


@main.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def gates(config: Path, *, as_json: bool) -> None:
    """List the enrolled gates, and how their links stand while the gatehouse runs.

    \b
    rtt        smoothed time from a message to its acknowledgement
    waiting    reports that the gate still holds
    queued     messages that wait for their turn towards the gate
    damaged    arrivals that were no whole frame: look at cable, baud rate and grounding
    forged     frames of the session that did not open: damaged, or made by somebody else
    again      frames that were sent again

    All of it is counted at the gatehouse's end. What arrives damaged at the gate shows as NAKs that came in.
    """
    settings = settings_or_exit(config, "Nothing was read.")
    try:
        with open_keys(settings) as keys:
            enrolled = keys.gates()
        notice = noticeboard.read(noticeboard.path_in(settings.store.ledger.parent))
    except (KeyFileError, NoticeError) as failure:
        fail(str(failure))
    if as_json:
        click.echo(gates_view.as_json(enrolled, notice))
        return
    show(gates_view.enrolled_table(enrolled))
    if notice is None or notice[0] > noticeboard.STALE_S:
        click.echo(gates_view.not_running(notice))
    else:
        console = screen()
        console.print(gates_view.links(notice[1], console.width))


main.add_command(register)
main.add_command(ledger)
main.add_command(lane_)
main.add_command(watch_)
main.add_command(rules_)
main.add_command(explain)
main.add_command(lists_)
main.add_command(slip_)
main.add_command(platform_)
main.add_command(retention_)
main.add_command(destroy)
main.add_command(keys)
main.add_command(backup)
main.add_command(restore)
backup.add_command(backup_data)
restore.add_command(restore_data)
main.add_command(service_)
backup.add_command(backup_keys)
restore.add_command(restore_keys)

if __name__ == "__main__":
    main()
