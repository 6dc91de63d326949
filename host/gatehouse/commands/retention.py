"""`gatehouse retention`: what is kept and until when, and deleting what is over."""

import datetime
import json
from pathlib import Path

import click
import sqlalchemy as sa

from gatehouse import schema
from gatehouse.keyfile import KeyFileError
from gatehouse.process import guard_memory
from gatehouse.retention import notice
from gatehouse.retention.holdings import Holdings, holdings
from gatehouse.retention.notice_page import as_page
from gatehouse.retention.run import Outcome, Retention
from gatehouse.schema import DatabaseError
from gatehouse.settings import GatehouseSettings, places_of
from gatehouse.sole import RunsAlready
from gatehouse.staff import Unsuitable, said_name
from gatehouse.terminal import EXIT_SETTINGS, config_option, fail, settings_or_exit

STATION_CHARACTERS_MAX = 80


@click.group("retention", invoke_without_command=True)
@config_option
@click.option("--html", "page", metavar="FILE", type=click.Path(path_type=Path), help="Write a page to print instead.")
@click.option("--station", default="", metavar="NAME", help="The station's name, for the notice's head.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.pass_context
def retention_(context: click.Context, config: Path, page: Path | None, station: str, *, as_json: bool) -> None:
    """What is kept about travellers, since when, until when, and why: the notice to hang up beside the gates.

    In Chinese and English. Every number comes from the databases and the settings, at this moment. What is over is
    deleted by the running gatehouse, once a day; see [retention] in `gatehouse example-config`.

    \b
    Examples:
      gatehouse retention
      gatehouse retention --html notice.html --station "广州南站 Guangzhou South"
      gatehouse retention run                       delete what is over now

    Exit status: 0, 1 if something cannot be read, 2 if settings or arguments are wrong.
    """
    if context.invoked_subcommand is not None:
        return
    settings = settings_or_exit(config, "Nothing was shown.")
    if len(station) > STATION_CHARACTERS_MAX or not station.isprintable():
        fail(f"--station: at most {STATION_CHARACTERS_MAX} printable characters.", status=EXIT_SETTINGS)
    found, today = read(settings), datetime.datetime.now().astimezone().date()
    if as_json:
        click.echo(as_json_text(found))
    elif page is None:
        click.echo(notice.as_text(found, today, station))
    else:
        write(page, as_page(found, today, station), settings, config)


def read(settings: GatehouseSettings) -> Holdings:
    """What is kept, or what is wrong on the screen and exit status 1."""
    guard_memory()
    try:
        return holdings(settings)
    except (DatabaseError, KeyFileError) as failure:
        fail(str(failure))
    except sa.exc.SQLAlchemyError as failure:
        fail(schema.explain(failure))


def as_json_text(found: Holdings) -> str:
    """For programs; days as 2026-01-31."""
    kinds = {
        str(one.kind): {
            "count": one.count,
            "since": one.since and str(one.since),
            "until": one.until and str(one.until),
            "limit": one.limit,
        }
        for one in found.of
    }
    return json.dumps({"kept": kinds, "last_run": found.last_run and str(found.last_run), "deleted": found.deleted})


def write(page: Path, text: str, settings: GatehouseSettings, config: Path) -> None:
    """Write the page, nowhere where it would harm the station's own files."""
    if said := places_of(settings, config).taken(page):
        fail(f"--html {page}: {said}. Choose another place.", status=EXIT_SETTINGS)
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as failure:
        fail(f"--html {page}: {failure.strerror}. Nothing was written.")
    click.echo(f"{page}: written. Open it in a browser and print it on A4.")


@retention_.command()
@config_option
@click.option("--clock-is-right", is_flag=True, help="The station stood still for long; its clock is right.")
@click.option("--by", default="", metavar="NAME", help="Who does this; the ledger keeps it.")
def run(config: Path, by: str, *, clock_is_right: bool) -> None:
    """Delete what is over, now. The gatehouse may be running, and does the same once a day.

    Deleted are salts and entries of the ledger, keys of days, statuses, answers and entries of lists that are past
    their time. The ledger's hashes stay, so that every proof still holds, and the run is an entry of its own.

    A clock that is set forward would delete what must be kept: where the calendar has leapt since the last run nothing
    is deleted until somebody has looked.

    \b
    Examples:
      gatehouse retention run
      gatehouse retention run --clock-is-right --by "Li Na"

    Exit status: 0, 1 if it could not be done or the clock is doubted, 2 if settings or arguments are wrong.
    """
    settings = settings_or_exit(config, "Nothing was deleted.")
    try:
        who = said_name(by) if by else "operator"
    except Unsuitable as wrong:
        fail(f"{wrong} Nothing was deleted.", status=EXIT_SETTINGS)
    if not settings.store.ledger.exists():
        fail(f"{settings.store.ledger}: no ledger yet; it is made by `gatehouse run`. Nothing was deleted.")
    guard_memory()
    today = datetime.datetime.now().astimezone().date()
    try:
        tell(Retention(settings).run(today, who, clock_is_right=clock_is_right))
    except (RunsAlready, DatabaseError, KeyFileError) as failure:
        fail(str(failure))
    except OSError as failure:
        fail(f"{failure.filename}: {failure.strerror}. Run this as the owner of the data folder.")
    except sa.exc.SQLAlchemyError as failure:
        fail(f"{schema.explain(failure)} What was deleted until then stays deleted; run it again.")


def tell(outcome: Outcome) -> None:
    """What a run did."""
    if outcome.refusal is not None:
        fail(*outcome.refusal.said)
    counts = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in outcome.deleted.items())
    click.echo(f"deleted: {counts or 'nothing; nothing was over'}")
    if not outcome.settled:
        click.echo(
            "Somebody reads a database just now: deleted rows may lie in its -wal file until the gatehouse, or the "
            "next run, empties it."
        )
