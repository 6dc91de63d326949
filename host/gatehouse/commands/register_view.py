"""`gatehouse register stats`, `verify` and `export`: what is in the register, whether it is whole, a copy of it."""

import contextlib
import dataclasses
import datetime
import json
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import sqlalchemy as sa
from rich.table import Table
from rich.text import Text

from gatehouse import exported, register_check
from gatehouse.app import REGISTER_KEY
from gatehouse.bundles import bundle as bundles
from gatehouse.bundles.header import BundleRefused
from gatehouse.bundles.serials import Serials, behind
from gatehouse.deleting import CsvDeletion
from gatehouse.importing import CsvImport, ImportRefused
from gatehouse.keyfile import KeyFile, KeyFileError
from gatehouse.ledger import Ledger
from gatehouse.private_file import make_whole
from gatehouse.register import Register
from gatehouse.register_change import NAME, not_in_force
from gatehouse.schema import DatabaseError, explain
from gatehouse.settings import GatehouseSettings, places_of
from gatehouse.status import Colour
from gatehouse.terminal import EXIT_SETTINGS, bar, config_option, counter, fail, open_keys, settings_or_exit, show


@contextlib.contextmanager
def opened(settings: GatehouseSettings) -> Iterator[tuple[Register, KeyFile, bytes]]:
    """The register, the key file, and the register's key; or what is wrong on the screen and exit status 1."""
    if not settings.store.register.exists():
        fail(f"{settings.store.register}: no register yet; it is made by `gatehouse register import`.")
    try:
        with open_keys(settings) as keys:
            key = keys.secret(REGISTER_KEY)
            with contextlib.closing(Register(settings.store.register, key)) as store:
                yield store, keys, key
    except (KeyFileError, DatabaseError) as failure:
        fail(str(failure))


@contextlib.contextmanager
def row_bar(what: str, store: Register) -> Iterator[Callable[[int], None]]:
    """A bar over the rows of a register."""
    total = store.count()
    with counter(what, total) as progress:
        yield lambda done: progress(done, total)


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def stats(config: Path, *, as_json: bool) -> None:
    """Show how many people the register knows, from whom, how old their statuses are, and what room they take.

    It tells of nobody in particular. `expired` counts whose own age limit is over: they are sent to staff, unless
    they are red.

    \b
    Examples:
      gatehouse register stats
      gatehouse register stats --json | jq .people

    Exit status: 0, 1 if there is no register or it cannot be read, 2 if the settings are wrong.
    """
    settings = settings_or_exit(config, "Nothing was read.")
    with opened(settings) as (store, _, _):
        found = store.stats(time.time())
    if as_json:
        told = {"people": found.people, "bytes_per_person": round(found.bytes_per_person, 1)}
        click.echo(json.dumps({**dataclasses.asdict(found), **told}, ensure_ascii=False))
        return
    table = Table("source", "colour", "people", "oldest", "newest", "expired")
    for group in found.groups:
        colour = Colour(group.colour).name.lower() if group.colour in Colour.__members__.values() else "none"
        times = (_day(group.oldest_s), _day(group.newest_s))
        table.add_row(Text(group.source), colour, str(group.people), *times, str(group.past_limit))
    show(table)
    click.echo(
        f"{found.people} people, {found.bytes_used / 1e6:.1f} MB, {found.bytes_per_person:.0f} bytes a person; "
        f"{found.bytes_free / 1e6:.1f} MB of the file wait for the next import."
    )
    if found.leftovers:
        click.echo("An import was interrupted. What it left answers nobody, and the next import clears it.")


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@config_option
def verify(file: Path | None, config: Path) -> None:
    """Check the register; or with FILE a bundle, without importing it.

    The register: every page of its file; that it was filled under this station's key; every row by what an import may
    write; that its last change stands in the ledger, and nothing after it; that it holds the last bundle which was
    taken here of each issuer. A running gatehouse goes on answering.

    A bundle: who has signed it, for whom and until when, that it is the next of its issuer, every byte, and every row.

    \b
    Examples:
      gatehouse register verify
      gatehouse register verify monday.bundle && gatehouse register import monday.bundle

    Exit status: 0 if all is well, 1 if anything is wrong, 2 if the settings are wrong.
    """
    settings = settings_or_exit(config, "Nothing was checked.")
    if file is not None:
        verify_bundle(file, settings)
        return
    with opened(settings) as (store, keys, _):
        with row_bar("checking", store) as progress:
            found = register_check.faults(store, progress)
        found += unlike_ledger(store, settings)
        found += filter(None, (behind(store, keys, *issuer) for issuer in settings.bundles.trusted().items()))
        count = store.count()
    if found:
        fail(
            *(f"{settings.store.register}: {said}" for said in found),
            "Import the people anew from their issuers, whole, or restore a backup: gatehouse restore data",
        )
    click.echo(f"{settings.store.register}: {count} people, every row well-formed, under this station's key.")


def unlike_ledger(store: Register, settings: GatehouseSettings) -> list[str]:
    """Whether register and ledger tell of the same last change."""
    last = store.remembered(NAME)
    if not settings.store.ledger.exists():
        return ["the ledger that tells of its last change is missing"] if last else []
    try:
        with contextlib.closing(Ledger(settings.store.ledger)) as book:
            missing = not_in_force(book, last)
    except sa.exc.SQLAlchemyError as failure:
        raise DatabaseError(f"{settings.store.ledger}: {explain(failure)}") from None
    said = "changes that the ledger tells of are not in it: it was restored from an older copy, begun anew, or cut off"
    return [f"{len(missing)} {said}"] if missing else []


def verify_bundle(file: Path, settings: GatehouseSettings) -> None:
    """Say what a bundle is, or what is wrong with it and exit status 1."""
    now = datetime.datetime.now().astimezone()
    trusted = settings.bundles.trusted()
    try:
        with contextlib.ExitStack() as stack:
            with bar("proving") as progress:
                found = stack.enter_context(bundles.opened(file, trusted, settings.bundles.station, now, progress))
            if settings.store.register.exists():
                store, keys, _ = stack.enter_context(opened(settings))
                if said := Serials(found, keys, again=False).check(store):
                    click.echo(said, err=True)
            # Any key tells whether a person stands twice, and none of the people is looked up.
            kind = CsvDeletion if found.facts.kind == "deletion" else CsvImport
            job = kind(file, secrets.token_bytes(32), found.source, now, found.rows)
            with bar("checking", found.facts.length) as progress:
                count = len(job.people(lambda done: progress(done, found.facts.length)))
    except ImportRefused as refusal:
        bad = [f"{file}, row in line {row.line} of the rows: {row.what}" for row in refusal.bad]
        fail(*bad, f"{file}: {refusal}.")
    except BundleRefused as refusal:
        fail(f"{file}: {refusal}.")
    facts = found.facts
    click.echo(
        f"{file}: bundle {facts.serial} of {found.source} ({facts.issuer}), {facts.kind}, {count} people, issued "
        f"{facts.issued}, valid until {facts.valid_until}, for {facts.station or 'any station'}. Nothing was imported."
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def export(file: Path, config: Path) -> None:
    """Write all rows to the new FILE, CSV by pseudonym: statuses with their times and sources, nobody's number.

    A register keeps no numbers, so an export holds none, and nobody can be found in it who has not the register's key.
    It is good for this: `gatehouse register import FILE` fills a register that has the same key file, each row with the
    source that it had; two exports can be compared line by line, being in order; and it can be counted. It is good for
    nothing else: it is no list of people, a register under another key refuses it, and it is no backup (ledger, lists
    and the serials of bundles are not in it; see `gatehouse backup data`).

    It is as private as the register itself: with the key file, whoever has it can ask it for any person. Keep the two
    apart. FILE is for its owner only.

    \b
    Example:
      gatehouse register export /mnt/usb/register-2026-01-31.csv

    Exit status: 0 if it was written, 1 if not: then there is no FILE; 2 if settings or arguments are wrong.
    """
    settings = settings_or_exit(config, "Nothing was exported.")
    places = places_of(settings, config)
    if said := places.taken(file) or ("it lies in the folder of the key file" if places.with_keys(file) else ""):
        fail(f"{file}: {said}. Choose another place. Nothing was exported.", status=EXIT_SETTINGS)
    count = 0

    def fill(elsewhere: Path) -> None:
        nonlocal count
        with elsewhere.open("wb") as content, row_bar("exporting", store) as progress:
            count = exported.write(store, key, content, progress)

    with opened(settings) as (store, _, key):
        if not make_whole(file, fill):
            fail(f"{file}: is there already. Choose another name, or remove it. Nothing was exported.")
    click.echo(f"{file}: {count} people by pseudonym, for a register with the same key.")


def _day(unix_s: int) -> str:
    return f"{datetime.datetime.fromtimestamp(unix_s).astimezone():%Y-%m-%d %H:%M}"
