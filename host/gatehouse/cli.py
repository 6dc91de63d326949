"""The command `gatehouse`: what a station's operator types."""

import asyncio
import contextlib
import datetime
import os
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import click

from gatehouse import app, gates_view, noticeboard
from gatehouse.commands.backup import backup
from gatehouse.commands.data_backup import backup_data, restore_data
from gatehouse.commands.keys import keys
from gatehouse.commands.keys_backup import backup_keys, restore_keys
from gatehouse.commands.lane import lane_
from gatehouse.commands.ledger import ledger
from gatehouse.commands.lists import lists_
from gatehouse.commands.platform import platform_
from gatehouse.commands.restore import restore
from gatehouse.commands.rules import explain, rules_
from gatehouse.commands.service import service_
from gatehouse.commands.slip import slip_
from gatehouse.commands.watch import watch_
from gatehouse.happenings import EventStream
from gatehouse.importing import CsvImport, ImportRefused
from gatehouse.keyfile import KeyFileError
from gatehouse.noticeboard import NoticeError
from gatehouse.output import Program
from gatehouse.places import Places
from gatehouse.process import start_log
from gatehouse.register import Loaded, Register, RegisterUnsure
from gatehouse.schema import DatabaseError
from gatehouse.settings import places_of
from gatehouse.terminal import EXIT_SETTINGS, bar, config_option, fail, open_keys, screen, settings_or_exit, show


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
def run(config: Path, events: str | None, *, new_ledger: bool) -> None:
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
        asyncio.run(app.run(settings, stream, new_ledger=new_ledger))
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


@main.group()
def register() -> None:
    """The register: the last known status of each person, under a pseudonym."""


@register.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@config_option
@click.option("--source", default="import", show_default=True, help="Who issued these statuses; kept with each.")
def import_(file: Path, config: Path, source: str) -> None:
    """Load statuses from a CSV FILE: all rows or none. A running gatehouse goes on answering.

    \b
    The first line names the columns, in any order; others are ignored:
      number    of the card: resident, residence permit (81, 82, 83), foreign permanent resident, old or new form;
                a card of staff or a visitor as uid:04A1B2C3 or wiegand:123-45678, see [cards],
                and as wiegand34:12345-45678 if its reader sends 34 bits and not 26;
                or code: and the text of a QR or bar code
      colour    green, yellow or red (绿, 黄, 红)
      updated   when it was set, with a zone: 2026-01-31T08:00:00+08:00
      reason    optional: the issuer's short word for why

    A person who is known already gets the new status, unless the one in the register was set later. Rows that
    cannot be taken are listed with their line and the reason, and then nothing is imported.

    A code is looked up as it is printed: everything after code: counts, upper and lower case, and spaces at its
    beginning and end too. A line end or tab ends it; it has 2 to 384 bytes of UTF-8, and whoever shows a longer
    one is sent to staff. Only codes that were imported are known, and whoever shows another one is sent to staff.
    Whoever guesses a code gets its status: make them long and random. The register keeps a keyed pseudonym of it,
    as of a number, and never the text.

    \b
    Rows for a code, for one with spaces or commas, and for cards of staff:
      code:7Q2M-K4XW-99TB-H3CD,green,2026-01-31T08:00:00+08:00
      "code: 7Q2M, hall 4 ",green,2026-01-31T08:00:00+08:00
      uid:04A1B2C3,green,2026-01-31T08:00:00+08:00
      wiegand:123-45678,red,2026-01-31T08:00:00+08:00

    \b
    Example:
      gatehouse register import people.csv --source "city platform"

    Exit status: 0 if all rows were taken, 1 if none was, 2 if the settings are wrong.
    """
    settings = settings_or_exit(config, "Nothing was imported.")
    if not source.strip():
        fail("--source: say who issued these statuses; one without a source never lets anybody pass.", status=2)
    try:
        # A register that exists has a key file somewhere: a new one beside it would split every person in two.
        new = not settings.store.register.exists()
        with open_keys(settings, create=new) as keys:
            key = keys.secret(app.REGISTER_KEY)
        with contextlib.closing(Register(settings.store.register, key)) as store:
            job = CsvImport(file, key, source.strip(), datetime.datetime.now().astimezone())
            loaded = with_progress(file, lambda progress: job.run(store, progress))
            known = store.count()
    except ImportRefused as refusal:
        bad = [f"{file}, line {row.line}: {row.what}" for row in refusal.bad]
        if refusal.bad_count > len(bad):
            bad.append(f"... and {refusal.bad_count - len(bad)} more")
        fail(*bad, f"{file}: {refusal}. Nothing was imported; the register is as it was.")
    except RegisterUnsure as failure:
        fail(str(failure))
    except (KeyFileError, DatabaseError) as failure:
        fail(f"{failure} Nothing was imported; the register is as it was.")
    older = f" {loaded.newer_kept} of them had a later status already, which was kept." if loaded.newer_kept else ""
    click.echo(f"{loaded.rows} people imported.{older} The register knows {known}.")


def with_progress(file: Path, work: Callable[[Callable[[int], None]], Loaded]) -> Loaded:
    """Do `work(progress)` under a bar that fills as `file` is read, and that is gone afterwards."""
    total = file.stat().st_size if file.exists() else None
    with bar("importing", total) as progress:
        return work(lambda done: progress(done, total))


main.add_command(ledger)
main.add_command(lane_)
main.add_command(watch_)
main.add_command(rules_)
main.add_command(explain)
main.add_command(lists_)
main.add_command(slip_)
main.add_command(platform_)
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
