"""`gatehouse lists`: people whom a rule names, until a day, for a reason."""

import contextlib
import datetime
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from gatehouse.card_number import check_number
from gatehouse.commands.recording import deed_of_mine, station_ledger
from gatehouse.continuity import DataLost
from gatehouse.deeds import Detail, What, fit
from gatehouse.keyfile import KeyFileError
from gatehouse.ledger import Ledger
from gatehouse.lists import Lists, ListsLost, end_of
from gatehouse.number_parts import NumberInvalid
from gatehouse.person import masked, wipe
from gatehouse.schema import DatabaseError
from gatehouse.staff import REASON_CHARACTERS_MAX, Unsuitable, said_reason
from gatehouse.terminal import EXIT_SETTINGS, config_option, fail, open_keys, settings_or_exit, show

NUMBERS_MAX = 10_000
NUMBER_MAX_BYTES = 64
NAME = re.compile(r"[a-z0-9_]{1,40}")
YEARS_MAX = 5


@click.group("lists")
def lists_() -> None:
    """People whom a rule names: a crew, somebody barred. Every entry ends on a day and has a reason.

    Kept is a pseudonym under a key of its own. Numbers are read from standard input, one a line, and never from the
    command line, where other users and the shell's history would see them. What a list does stands in the rules.
    """


def list_name(name: str) -> str:
    """The name; exit status 2 if no rule can have it."""
    if not NAME.fullmatch(name):
        fail(f"{name}: a list is named by a-z, 0-9 and _, at most 40 characters.", status=EXIT_SETTINGS)
    return name


@dataclass(frozen=True, slots=True)
class Recorder:
    """Has the ledger keep what becomes of a list, and by whom."""

    ledger: Ledger
    name: str
    what: str  # "added" or "removed"
    more: Mapping[str, Detail]

    def __call__(self, count: int) -> None:
        """So many people."""
        self.ledger.record(deed_of_mine(What.LIST_CHANGED, {"list": fit(self.name), self.what: count, **self.more}))


@contextlib.contextmanager
def changed(config: Path, consequence: str, *, new: bool = False) -> Iterator[tuple[Lists, Ledger]]:
    """As `opened`, with the ledger that a change goes into. Its error would leave a list as it was."""
    settings = settings_or_exit(config, consequence)
    try:
        with (
            open_keys(settings) as keys,
            contextlib.closing(Lists(settings.store.lists, keys, new=new)) as lists,
            station_ledger(settings, keys) as ledger,
        ):
            yield lists, ledger
    except (ListsLost, DatabaseError, KeyFileError, DataLost) as failure:
        fail(f"{failure} {consequence}")


@contextlib.contextmanager
def opened(config: Path, consequence: str) -> Iterator[Lists]:
    """The station's lists, or what is wrong on the screen and the exit status that it has."""
    settings = settings_or_exit(config, consequence)
    try:
        with open_keys(settings) as keys, contextlib.closing(Lists(settings.store.lists, keys)) as lists:
            yield lists
    except (ListsLost, DatabaseError, KeyFileError) as failure:
        fail(f"{failure} {consequence}")


def typed_numbers(consequence: str) -> list[bytearray]:
    """The numbers on standard input. On a terminal one is asked for, and not shown while it is typed."""
    today = datetime.datetime.now().astimezone().date()
    if sys.stdin.isatty():
        lines = [str(click.prompt("number", hide_input=True)).encode()]
    else:
        lines = sys.stdin.buffer.read(NUMBERS_MAX * NUMBER_MAX_BYTES).splitlines()
    numbers, wrong = [], []
    for place, line in enumerate(lines, start=1):
        number = bytearray(line.strip().upper())
        if not number:
            continue
        try:
            check_number(number, today)
        except NumberInvalid as invalid:
            wrong.append(f"line {place}, number {masked(number)}: {invalid.why}")
        numbers.append(number)
    if not numbers or len(numbers) > NUMBERS_MAX:
        wrong.append(f"standard input: give from 1 to {NUMBERS_MAX} numbers, one a line")
    if wrong:
        fail(*wrong[:10], consequence)
    return numbers


@lists_.command()
@click.argument("name")
@click.option(
    "--until",
    metavar="DAY",
    required=True,
    type=click.DateTime(formats=["%Y-%m-%d"]),
    help="The last day of the entry, like 2026-12-31.",
)
@click.option(
    "--reason",
    metavar="TEXT",
    required=True,
    help=f"Why, in at most {REASON_CHARACTERS_MAX} characters, without anybody's number or name.",
)
@click.option("--new-lists", is_flag=True, help="Begin anew although there were lists: their file is lost for good.")
@config_option
def add(name: str, until: datetime.datetime, reason: str, config: Path, *, new_lists: bool) -> None:
    """Put the people whose numbers come on standard input on the list NAME. A running gatehouse knows it at once.

    All of them or none. Whoever is on the list already gets the new day and reason.

    \b
    Examples:
      gatehouse lists add barred --until 2026-12-31 --reason "barred by the court, file 12"    asks for the number
      gatehouse lists add crew --until 2026-06-30 --reason "night shift" < numbers.txt

    Exit status: 0, 1 if nobody was added, 2 if settings or arguments are wrong.
    """
    list_name(name)
    try:
        why, until_s = said_reason(reason), end_of(until.date())
    except Unsuitable as wrong:
        fail(f"{wrong} Nobody was added.", status=EXIT_SETTINGS)
    except (OverflowError, ValueError):
        fail("--until: no clock shows that day. Nobody was added.", status=EXIT_SETTINGS)
    if not time.time() < until_s < time.time() + YEARS_MAX * 366 * 86400:
        fail(f"--until: choose a day from today to {YEARS_MAX} years on. Nobody was added.", status=EXIT_SETTINGS)
    with changed(config, "Nobody was added.", new=new_lists) as (lists, ledger):
        numbers = typed_numbers("Nobody was added.")
        try:
            record = Recorder(ledger, name, "added", {"until_s": until_s, "reason": why})
            count = lists.add(name, numbers, until_s, why, record)
        finally:
            for number in numbers:
                wipe(number)
    click.echo(f"{name}: {count} added or renewed, until {until:%Y-%m-%d} inclusive.")


@lists_.command()
@click.argument("name")
@config_option
def remove(name: str, config: Path) -> None:
    """Take the people whose numbers come on standard input off the list NAME.

    \b
    Example:
      gatehouse lists remove crew < numbers.txt

    Exit status: 0, 1 if it could not be done, 2 if the settings are wrong.
    """
    list_name(name)
    with changed(config, "Nobody was removed.") as (lists, ledger):
        numbers = typed_numbers("Nobody was removed.")
        try:
            count = lists.remove(name, numbers, Recorder(ledger, name, "removed", {}))
        finally:
            for number in numbers:
                wipe(number)
    click.echo(f"{name}: {count} removed.")


@lists_.command("show")
@config_option
def show_(config: Path) -> None:
    """Show the entries of all lists: until when and why. Who they are nobody can read from it.

    Entries whose day is over are deleted by this. The mark tells two entries apart; it is no part of a number.

    \b
    Example:
      gatehouse lists show

    Exit status: 0, 1 if they cannot be read, 2 if the settings are wrong.
    """
    with opened(config, "Nothing was shown.") as lists:
        entries = lists.entries(int(time.time()))
    shown = Table("list", "mark", "last day", "reason")
    for entry in entries:
        last = datetime.datetime.fromtimestamp(entry.until_s - 1).astimezone()
        shown.add_row(entry.name, entry.mark, f"{last:%Y-%m-%d}", Text(entry.reason))
    show(shown)
