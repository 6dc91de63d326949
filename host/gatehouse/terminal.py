"""What every command does towards the person before it: settings, refusals, exit status, tables, progress bars."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from gatehouse.access import obstacle
from gatehouse.keyfile import KeyFile
from gatehouse.process import guard_memory
from gatehouse.settings import GatehouseSettings, load
from gatehouse.settings_errors import SettingsError

EXIT_WRONG = 1  # the thing could not be done
EXIT_SETTINGS = 2  # nothing was tried: the settings or arguments are wrong
PIPED_WIDTH = 160  # a table that goes into a file or a pipe keeps its columns

config_option = click.option(
    "--config",
    "config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=Path("gatehouse.toml"),
    show_default=True,
    help="The settings file. `gatehouse example-config` prints one with every key explained.",
)


def fail(*lines: str, status: int = EXIT_WRONG) -> NoReturn:
    """Say it on standard error and end."""
    for line in lines:
        click.echo(line, err=True)
    sys.exit(status)


def settings_or_exit(config: Path, consequence: str, *, enters: bool = True) -> GatehouseSettings:
    """The settings, or every problem on the screen and exit status 2.

    `enters`: the command goes into the folders that they name. Exit status 1 if this user may not.
    """
    try:
        settings = load(config)
    except SettingsError as wrong:
        fail(*wrong.problems, consequence, status=EXIT_SETTINGS)
    store = settings.store
    if enters and (shut := obstacle(store.ledger.parent) or obstacle(store.keys_path.parent)):
        fail(f"{shut} {consequence}")
    return settings


@contextlib.contextmanager
def open_keys(settings: GatehouseSettings, *, create: bool = False) -> Iterator[KeyFile]:
    """The key file, in memory that nobody else reads; what opening it did is said on standard error.

    KeyFileError as it says.
    """
    guard_memory()
    keys = KeyFile(settings.store.keys_path, create=create, protector=settings.store.protector)
    with contextlib.closing(keys):
        for line in keys.news:
            click.echo(line, err=True)
        yield keys


def screen() -> Console:
    """Where tables go. What stands in them came from outside: brackets in it are no markup, colons no emoji."""
    width = None if Console().is_terminal else PIPED_WIDTH
    return Console(width=width, markup=False, emoji=False)


def show(table: Table) -> None:
    """Print a table. What is too long for its column goes on in the next line: cut off, two lanes could look alike."""
    for column in table.columns:
        column.overflow = "fold"
    screen().print(table)


@contextlib.contextmanager
def bar(what: str, total_bytes: int | None = None) -> Iterator[Callable[[int, int | None], None]]:
    """A bar on standard error that is gone afterwards; `progress(done bytes, all bytes or None)` moves it."""
    with _bar(what, DownloadColumn(), total_bytes) as progress:
        yield progress


@contextlib.contextmanager
def counter(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """The same for things that are counted; `progress(done, all or None)`."""
    with _bar(what, MofNCompleteColumn(), None) as progress:
        yield progress


@contextlib.contextmanager
def _bar(what: str, done: ProgressColumn, total: int | None) -> Iterator[Callable[[int, int | None], None]]:
    columns = (TextColumn(what), BarColumn(), done, TimeRemainingColumn())
    console = Console(stderr=True)
    # Into a file or a pipe it would leave an empty line.
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done, total: progress.update(task, completed=done, total=total)
