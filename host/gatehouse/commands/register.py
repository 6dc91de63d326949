"""`gatehouse register`: the last known status of each person, under a pseudonym."""

import contextlib
import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import sqlalchemy as sa

from gatehouse import continuity, exported
from gatehouse.app import REGISTER_KEY
from gatehouse.arrival import Arrival, arrived
from gatehouse.bundles.header import BundleRefused
from gatehouse.commands.recording import deed_of_mine, station_ledger
from gatehouse.commands.register_issue import issue, issuer
from gatehouse.commands.register_view import export, stats, verify
from gatehouse.deeds import Detail, UnfitDetail, What
from gatehouse.deleting import CsvDeletion
from gatehouse.importing import CsvImport, ImportRefused
from gatehouse.keyfile import KeyFileError
from gatehouse.ledger import Ledger
from gatehouse.register import Loaded, Register, RegisterUnsure
from gatehouse.register_change import Change
from gatehouse.schema import DatabaseError
from gatehouse.staging import Row
from gatehouse.terminal import EXIT_SETTINGS, bar, config_option, counter, fail, open_keys, settings_or_exit

# What did not happen, by the kind of bundle that was wanted.
UNCHANGED = {
    "whole": "Nothing was imported; the register is as it was.",
    "incremental": "Nothing was updated; the register is as it was.",
    "deletion": "Nobody was forgotten; the register is as it was.",
}
EXPORT = "export"  # what the ledger calls the source of an export, whose rows have sources of their own

file_argument = click.argument("file", type=click.Path(path_type=Path))
again_option = click.option(
    "--again",
    is_flag=True,
    help="After a restore: take a bundle that was taken before, if the restored register does not hold it.",
)
source_option = click.option(
    "--source",
    metavar="NAME",
    help="Who issued the statuses of a CSV file; kept with each. A bundle says it itself.  [default: import]",
)


@click.group()
def register() -> None:
    """The register: the last known status of each person, under a pseudonym.

    \b
    It is filled from CSV files, or from bundles: CSV that a health office has signed. Both are taken as a whole or not
    at all, while a running gatehouse goes on answering, and each change is an entry of the ledger:
      import    all people of a source            update    changes        delete    people to be forgotten
      stats     what is in it                     verify    is it whole    export    a copy by pseudonyms
    For the office:
      issuer    its key                           issue     sign a bundle
    """


@dataclass(slots=True)
class Work:
    """What a change of the register is done with."""

    key: bytes
    store: Register
    ledger: Ledger
    arrival: Arrival
    is_export: bool

    def reader(self, file: Path) -> CsvImport:
        """Of the rows that came."""
        return CsvImport(file, self.key, self.arrival.source, now(), self.arrival.content)

    def change(self, what: What) -> Change:
        """Its deed. BundleRefused if the bundle is not the next one; what the operator should know is said."""
        serials = self.arrival.serials
        if serials is not None and (said := serials.check(self.store)):
            click.echo(said, err=True)
        return Change(self.ledger, deed_of_mine(what, self.arrival.detail))

    def sealed(self, change: Change) -> Callable[[sa.Connection, dict[str, Detail]], None]:
        """What comes into force with the register's rows: the bundle's serial, and the deed, which comes last."""

        def seal(connection: sa.Connection, counts: dict[str, Detail]) -> None:
            if self.arrival.serials is not None:
                self.arrival.serials.claim(connection)
            change.seal(connection, counts)

        return seal

    def known(self) -> str:
        """How many people the register knows, in words; nothing if it cannot be read, for all is done by then."""
        with contextlib.suppress(DatabaseError, sa.exc.SQLAlchemyError):
            return f" The register knows {self.store.count()}."
        return ""

    def done(self, change: Change) -> None:
        """It is in force: the last thing to remember, and what came to light."""
        if change.lost:
            click.echo(
                f"The ledger told of {change.lost} earlier changes that this register does not hold: it was restored "
                "from an older copy, begun anew, or they were cut off. The ledger says so now. Make them again if they "
                "still count.",
                err=True,
            )
        if self.arrival.serials is not None:
            try:
                self.arrival.serials.keep()
            except KeyFileError as failure:
                click.echo(f"It is in force; but {failure} The key file does not know the bundle's serial.", err=True)


@contextlib.contextmanager
def at_work(file: Path, config: Path, kind: str, source: str | None, *, again: bool = False) -> Iterator[Work]:
    """What a change needs, or what is wrong on the screen and the exit status that it has."""
    unchanged = UNCHANGED[kind]
    settings = settings_or_exit(config, unchanged)
    if source is not None and not source.strip():
        fail("--source: say who issued these statuses; one without a source never lets anybody pass.", status=2)
    is_export = exported.is_export(file)
    name = EXPORT if is_export else (source or "import").strip()
    try:
        # A register that exists has a key file somewhere: a new one beside it would split every person in two.
        new = not settings.store.register.exists()
        with contextlib.ExitStack() as stack:
            keys = stack.enter_context(open_keys(settings, create=new))
            arrival = stack.enter_context(arrived(file, kind, name, keys, settings.bundles, again=again))
            if source is not None and (arrival.content is not None or is_export):
                fail("--source: a bundle or an export says that itself. Leave it out.", unchanged, status=EXIT_SETTINGS)
            key = keys.secret(REGISTER_KEY)
            store = stack.enter_context(contextlib.closing(Register(settings.store.register, key)))
            ledger = stack.enter_context(station_ledger(settings, keys))
            yield Work(key, store, ledger, arrival, is_export)
    except ImportRefused as refusal:
        bad = [f"{file}, line {row.line}: {row.what}" for row in refusal.bad]
        if refusal.bad_count > len(bad):
            bad.append(f"... and {refusal.bad_count - len(bad)} more")
        fail(*bad, f"{file}: {refusal}. {unchanged}")
    except BundleRefused as refusal:
        fail(f"{file}: {refusal}. {unchanged}")
    except UnfitDetail as unfit:
        fail(f"The ledger cannot record this. {unfit}. {unchanged}")
    except RegisterUnsure as failure:
        fail(str(failure))
    except (KeyFileError, DatabaseError, continuity.DataLost) as failure:
        fail(f"{failure} {unchanged}")


@contextlib.contextmanager
def counting(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar up to so many bytes."""
    with bar(what, total) as progress:
        yield lambda done: progress(done, total)


@register.command("import")
@file_argument
@config_option
@source_option
@click.option(
    "--whole",
    is_flag=True,
    help="A CSV file: forget whoever is of its source and not in it; an export: whoever is not in it.",
)
@again_option
def import_(file: Path, config: Path, source: str | None, *, whole: bool, again: bool) -> None:
    """Load statuses from FILE, a CSV file or a bundle: all rows or none. A running gatehouse goes on answering.

    \b
    The first line names the columns, in any order; others are ignored:
      number    of the card: resident, residence permit (81, 82, 83), foreign permanent resident, old or new form;
                a card of staff or a visitor as uid:04A1B2C3 or wiegand:123-45678, see [cards],
                and as wiegand34:12345-45678 if its reader sends 34 bits and not 26;
                or code: and the text of a QR or bar code
      colour    green, yellow or red (绿, 黄, 红)
      updated   when it was set, with a zone: 2026-01-31T08:00:00+08:00
      reason    optional: the issuer's short word for why
      until     optional: from this time on a green or yellow is expired, and leads to staff; a red stays

    A person who is known already gets the new status, unless the one in the register was set later. Rows that
    cannot be taken are listed with their line and the reason, and then nothing is imported.

    A bundle is such a file that a health office has signed (host/gatehouse/bundles/README.md is the format). The
    settings name whose are taken, [bundles]; `required` there refuses plain CSV. One that is altered, foreign, past
    its time, meant for another station, or older than the last of its issuer is refused before anything of it is used.
    A bundle that is imported is whole: whoever had his status from that issuer and is not in it is forgotten.

    An export of a register with the same key is taken too, each row with the source that it had.

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
    Examples:
      gatehouse register import people.csv --source "city platform"
      gatehouse register import monday.bundle

    Exit status: 0 if all rows were taken, 1 if none was, 2 if settings or arguments are wrong.
    """
    with at_work(file, config, "whole", source, again=again) as work:
        loaded = import_export(file, work, whole=whole) if work.is_export else import_people(file, work, whole=whole)
        click.echo(f"{loaded.rows} people imported.{older(loaded)}{work.known()}")


def import_people(file: Path, work: Work, *, whole: bool) -> Loaded:
    """Rows that name people. whole: whoever else is of the same source is forgotten; of a bundle he is in any case."""
    change = work.change(What.REGISTER_IMPORTED)
    with counting("checking", work.arrival.bytes) as progress:
        people = work.reader(file).people(progress)
    seal = work.sealed(change)
    everybody = whole or work.arrival.serials is not None
    with change.together(), counting("importing", work.arrival.bytes) as progress:
        loaded = work.store.load(
            people.batches(work.arrival.source),
            whole_of=work.arrival.source if everybody else None,
            people=len(people),
            progress=lambda share: progress(int(share * work.arrival.bytes)),
            seal=lambda connection, done: seal(connection, counted(done)),
        )
    work.done(change)
    return loaded


def import_export(file: Path, work: Work, *, whole: bool) -> Loaded:
    """Rows that another register with the same key has exported. whole: whoever else is known is forgotten."""
    change = work.change(What.REGISTER_IMPORTED)
    seal = work.sealed(change)
    job = exported.ExportImport(file, work.key, work.arrival.source, now())
    with change.together(), counting("importing", work.arrival.bytes) as progress:
        loaded = work.store.load(
            job.rows(progress), whole=whole, seal=lambda connection, done: seal(connection, counted(done))
        )
    work.done(change)
    return loaded


@register.command()
@file_argument
@config_option
@source_option
@again_option
def update(file: Path, config: Path, source: str | None, *, again: bool) -> None:
    """Take the changes in FILE, a CSV file or an incremental bundle, into the register. All rows or none.

    Columns and rules are those of `gatehouse register import`. Everybody who is not in FILE stays as he is. It is
    quicker than an import while the changes are few beside the register, up to a tenth of it.

    An incremental bundle may say upon which earlier one it builds; it is refused until that one is in the register.

    \b
    Examples:
      gatehouse register update changes.csv --source "city platform"
      gatehouse register update tuesday.bundle

    Exit status: 0 if all rows were taken, 1 if none was, 2 if settings or arguments are wrong.
    """
    with at_work(file, config, "incremental", source, again=again) as work:
        change = work.change(What.REGISTER_UPDATED)
        with counting("checking", work.arrival.bytes) as progress:
            people = work.reader(file).people(progress)
        seal = work.sealed(change)
        with change.together(), counter("updating", len(people)) as progress:
            loaded = work.store.update(
                told(people.batches(work.arrival.source), len(people), progress),
                lambda connection, done: seal(connection, counted(done)),
            )
        work.done(change)
        click.echo(f"{loaded.rows} people updated.{older(loaded)}{work.known()}")


@register.command()
@file_argument
@config_option
@again_option
def delete(file: Path, config: Path, *, again: bool) -> None:
    """Forget the people in FILE, a CSV file with a column `number`, or a bundle of deletions. All of them or nobody.

    Whoever is forgotten is unknown to the register, and sent to staff. Their rows are overwritten on the disk; older
    backups still hold them. A person's entries in the ledger are not touched: they bear another pseudonym, and end
    with the retention time. What a health platform told of them is forgotten by itself, [lookup] keep_hours.

    A bundle of deletions forgets only whose status came from its issuer. A CSV file is taken although [bundles]
    required is set: whoever asks to be forgotten need not wait for an office, and nobody passes by it.

    \b
    Example:
      gatehouse register delete leavers.csv

    Exit status: 0 if they are forgotten, also if nobody of them was known; 1 if nobody was; 2 if settings or
    arguments are wrong.
    """
    with at_work(file, config, "deletion", None, again=again) as work:
        change = work.change(What.REGISTER_DELETED)
        job = CsvDeletion(file, work.key, work.arrival.source, now(), work.arrival.content)
        with counting("checking", work.arrival.bytes) as reading:
            people = job.people(reading)
        seal, count = work.sealed(change), len(people)
        with change.together(), counter("forgetting", count) as progress:
            gone = work.store.delete(
                (row[0] for batch in told(people.batches(""), count, progress) for row in batch),
                work.arrival.source if work.arrival.serials is not None else None,
                lambda connection, known: seal(connection, {"named": count, "people": known}),
            )
        work.done(change)
        click.echo(f"{gone} of {count} people forgotten.{work.known()}")


def now() -> datetime.datetime:
    """With the zone of this PC."""
    return datetime.datetime.now().astimezone()


def counted(loaded: Loaded) -> dict[str, Detail]:
    """What the ledger keeps of it."""
    return {"people": loaded.rows, "newer_kept": loaded.newer_kept}


def older(loaded: Loaded) -> str:
    """What is said of rows that came too late."""
    return f" {loaded.newer_kept} of them had a later status already, which was kept." if loaded.newer_kept else ""


def told(batches: Iterator[list[Row]], count: int, progress: Callable[[int, int | None], None]) -> Iterator[list[Row]]:
    """The same, with a word after each of how many of `count` rows there were so far."""
    done = 0
    for batch in batches:
        yield batch
        done += len(batch)
        progress(done, count)


for command in (stats, verify, export, issue, issuer):
    register.add_command(command)
