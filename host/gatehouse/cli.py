"""The command `gatehouse`: what a station's operator types."""

import asyncio
import datetime
import logging
import sys
from importlib.resources import files
from pathlib import Path
from typing import TextIO

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from gatehouse import app, words
from gatehouse.importing import CsvImport, ImportRefused
from gatehouse.keyfile import KeyFile, KeyFileError
from gatehouse.ledger import Ledger
from gatehouse.register import Register
from gatehouse.schema import DatabaseError
from gatehouse.settings import GatehouseSettings, SettingsError, load

EXIT_WRONG = 1  # the thing could not be done
EXIT_SETTINGS = 2  # nothing was tried, the settings or arguments are wrong

config_option = click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("gatehouse.toml"),
    show_default=True,
    help="The settings file. `gatehouse example-config` prints one with every key explained.",
)


def settings_or_exit(config: Path) -> GatehouseSettings:
    """The settings, or every problem on the screen and exit status 2."""
    try:
        return load(config)
    except SettingsError as wrong:
        for problem in wrong.problems:
            click.echo(problem, err=True)
        click.echo("The gatehouse was not started.", err=True)
        sys.exit(EXIT_SETTINGS)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gatehouse")
def main() -> None:
    """Decide who may pass: one process on the station PC, one serial line for each gate.

    \b
    First steps:
      gatehouse example-config > gatehouse.toml     then edit ports and folders
      gatehouse register import people.csv          fill the register
      gatehouse run                                 serve the gates
      gatehouse ledger list                         see what the lanes did
    """


@main.command()
@config_option
@click.option(
    "--events", type=click.Path(path_type=Path), help="Write a JSON line for each event to this file or pipe."
)
def run(config: Path, events: Path | None) -> None:
    """Serve the gates until Ctrl-C.

    Gates are known by their keys: cables may be swapped between ports, and a port that vanishes is opened
    again as soon as it is back.
    """
    settings = settings_or_exit(config)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    stream: TextIO | None = None
    try:
        stream = events.open("a", encoding="utf-8") if events else None
        asyncio.run(app.run(settings, stream))
    except app.CannotStart as failure:
        click.echo(f"The gatehouse was not started. {failure}", err=True)
        sys.exit(EXIT_WRONG)
    finally:
        if stream is not None:
            stream.close()


@main.command("example-config")
def example_config() -> None:
    """Print a settings file in which every key is explained."""
    click.echo(files("gatehouse").joinpath("gatehouse.example.toml").read_text(encoding="utf-8"), nl=False)


@main.command()
@config_option
def gates(config: Path) -> None:
    """List the enrolled gates."""
    settings = settings_or_exit(config)
    try:
        keys = KeyFile(settings.store.keys_path)
    except KeyFileError as failure:
        click.echo(str(failure), err=True)
        sys.exit(EXIT_WRONG)
    table = Table("lane", "identity", "sessions so far", "state")
    for gate in keys.gates():
        state = "revoked" if gate.revoked else "enrolled"
        table.add_row(gate.lane, gate.identity.hex(), str(gate.keys.count), state)
    keys.close()
    Console().print(table)


@main.group()
def register() -> None:
    """The register: the last known status of each person, under a pseudonym."""


@register.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@config_option
@click.option(
    "--source", default="import", show_default=True, help="Who issued these statuses; kept with each of them."
)
def import_(file: Path, config: Path, source: str) -> None:
    """Load statuses from a CSV FILE: all rows or none. A running gatehouse goes on answering.

    \b
    The first line names the columns:
      number    the 18 characters of the resident card
      colour    green, yellow or red (绿, 黄, 红)
      updated   when it was set, with a zone: 2026-01-31T08:00:00+08:00

    Rows that cannot be taken are listed with their line and the reason, and then nothing is imported.
    """
    settings = settings_or_exit(config)
    console = Console(stderr=True)
    try:
        settings.store.register.parent.mkdir(parents=True, exist_ok=True)
        keys = KeyFile(settings.store.keys_path, create=True)
        store = Register(settings.store.register, keys.secret(app.REGISTER_KEY))
        job = CsvImport(file, keys.secret(app.REGISTER_KEY), source, datetime.datetime.now().astimezone())
        columns = (TextColumn("importing"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("import", total=file.stat().st_size if file.exists() else None)
            count = job.run(store, lambda done: progress.update(task, completed=done))
    except ImportRefused as refusal:
        for row in refusal.bad:
            click.echo(f"{file}, line {row.line}: {row.what}", err=True)
        if refusal.bad_count > len(refusal.bad):
            click.echo(f"... and {refusal.bad_count - len(refusal.bad)} more", err=True)
        click.echo(f"{file}: {refusal}. The register is as it was.", err=True)
        sys.exit(EXIT_WRONG)
    except (KeyFileError, DatabaseError, OSError) as failure:
        click.echo(f"{failure} The register is as it was.", err=True)
        sys.exit(EXIT_WRONG)
    click.echo(f"{count} people imported; the register knows {store.count()}.")
    store.close()
    keys.close()


@main.group()
def ledger() -> None:
    """The ledger: what each lane did, without a name or a number."""


@ledger.command("list")
@config_option
@click.option("--last", default=20, show_default=True, type=click.IntRange(1, 100_000), help="How many entries.")
def list_(config: Path, last: int) -> None:
    """Show the newest entries."""
    settings = settings_or_exit(config)
    if not settings.store.ledger.exists():
        click.echo(f"{settings.store.ledger}: no ledger yet; it is made by `gatehouse run`.", err=True)
        sys.exit(EXIT_WRONG)
    try:
        book = Ledger(settings.store.ledger)
    except DatabaseError as failure:
        click.echo(str(failure), err=True)
        sys.exit(EXIT_WRONG)
    table = Table("time", "lane", "number", "what", "tap", "person (pseudonym of the day)")
    for entry in book.entries(last):
        moment = datetime.datetime.fromtimestamp(entry.at_s).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        chinese, english = words.REPORTS.get(entry.what, ("?", str(entry.what)))
        tap = f"{entry.boot}/{entry.counter}" if entry.counter else ""
        person = entry.person.hex() if entry.person else ""
        table.add_row(moment, entry.lane, str(entry.index), f"{english} {chinese}", tap, person)
    book.close()
    Console().print(table)


if __name__ == "__main__":
    main()
