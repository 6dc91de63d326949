"""`gatehouse destroy`: the end of a deployment, with a receipt that can be checked when nothing else is left."""

import contextlib
import getpass
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import sqlalchemy as sa

from gatehouse import schema
from gatehouse.ending import receipt_text
from gatehouse.ending.destruction import Destruction, NotDestroyed
from gatehouse.ending.journal import Journal, JournalWrong, journal_of
from gatehouse.ending.receipt import BYTES_MAX, Receipt, ReceiptWrong, read
from gatehouse.keyfile import KeyFileError
from gatehouse.process import guard_memory
from gatehouse.regular_file import read_regular
from gatehouse.retention.run import LOCK as RETENTION_LOCK
from gatehouse.schema import DatabaseError
from gatehouse.settings import GatehouseSettings, places_of
from gatehouse.sole import LOCK, RunsAlready, SoleRun
from gatehouse.staff import Unsuitable, said_name
from gatehouse.terminal import EXIT_SETTINGS, config_option, fail, settings_or_exit

RECEIPT = "destruction-receipt.json"
NOTHING = "Nothing was destroyed."
WITHOUT_KEYS = (
    "Nothing was destroyed: without keys and ledger nobody can sign a receipt. Mend that; if the keys are lost for "
    "good, nobody can tell whose the data is: delete the folders of [store] by hand."
)


@click.command()
@config_option
@click.option("--receipt", "receipt_path", metavar="FILE", type=click.Path(path_type=Path), help="Where it goes.")
@click.option("--confirm", metavar="NAME", help="Name of the folder of the settings, instead of typing it.")
@click.option("--by", default="", metavar="NAME", help="Who does this; ledger and receipt keep it.")
@click.option("--check", metavar="RECEIPT", type=click.Path(path_type=Path), help="Check a receipt; destroys nothing.")
@click.option("--key", default="", metavar="HEX", help="With --check: the public key that was told earlier.")
def destroy(
    config: Path, receipt_path: Path | None, confirm: str | None, by: str, check: Path | None, key: str
) -> None:
    """End this deployment: destroy its keys and all that it has recorded, for good.

    In this order: the ledger's last head is signed; a signed receipt is written; what unseals the keys, in the
    system's store or the master file, goes; the key file and its copies, and credentials of health platforms; then
    databases, their copies, what restores have kept, and the log. Settings and rules stay. Interrupted at any moment
    it is ended by the same command.

    Each file is overwritten once and deleted. What counts are the keys: without them nobody can tell whose a pseudonym
    is. No program can reach old copies of blocks on an SSD, snapshots, or backups elsewhere: destroy those too.

    The receipt proves itself. That its public key is this station's is proven by a head exported before, or by
    whoever wrote the key down: --key.

    \b
    Examples:
      gatehouse destroy --by "Li Na"
      gatehouse destroy --confirm station-1 --receipt /media/stick/receipt.json
      gatehouse destroy --check receipt.json --key 5d0f...

    Exit status: 0, 1 if a gatehouse runs, something is left, or a receipt does not hold, 2 if settings or arguments are
    wrong.
    """
    if check is not None:
        click.echo(receipt_text.as_text(checked(check, key.strip().lower())))
        return
    settings = settings_or_exit(config, NOTHING)
    try:
        who = said_name(by or getpass.getuser())
    except (Unsuitable, OSError, KeyError) as wrong:
        fail(f"--by: {wrong} {NOTHING}", status=EXIT_SETTINGS)
    config = config.resolve()
    journal_path = journal_of(config)
    goal = (receipt_path or config.with_name(RECEIPT)).resolve()
    guard_memory()
    work = Destruction(settings, journal_path, click.echo)
    try:
        with alone(settings) as let_go:
            journal = Journal.read(journal_path)
            if journal is None:
                check_goal(goal, settings, config)
                confirmed(config, settings, confirm)
                journal = work.begin(goal, station_of(config), who, int(time.time()))
            else:
                click.echo("A destruction has begun here; it goes on.")
            receipt = work.go_on(journal, lambda: int(time.time()), let_go)
    except (RunsAlready, JournalWrong, NotDestroyed) as failure:
        fail(str(failure))
    except (KeyFileError, DatabaseError) as failure:
        fail(str(failure), WITHOUT_KEYS if not journal_path.exists() else "Run it again when that is mended.")
    except sa.exc.SQLAlchemyError as failure:
        fail(f"{settings.store.ledger}: {schema.explain(failure)} {NOTHING}")
    except OSError as failure:
        fail(f"{failure.filename}: {failure.strerror}. Run this as the owner of keys and data.")
    click.echo(receipt_text.as_text(receipt))


@contextlib.contextmanager
def alone(settings: GatehouseSettings) -> Iterator[Callable[[], None]]:
    """Nobody else works with data or keys until what this gives is called, or the end. RunsAlready, OSError."""
    data, keys = settings.store.ledger.parent, settings.store.keys_path
    with contextlib.ExitStack() as held:
        for name in (LOCK, RETENTION_LOCK, "register.changing"):
            if data.is_dir():
                said = f"{data}: a gatehouse or one of its commands is at work. Stop it first. {NOTHING}"
                held.callback(SoleRun(data, name, said).close)
        if keys.parent.is_dir():
            held.callback(SoleRun.of_keys(keys).close)
        yield held.close


def station_of(config: Path) -> str:
    """How the station is called: as the folder of its settings is."""
    return config.parent.name or "/"


def confirmed(config: Path, settings: GatehouseSettings, given: str | None) -> None:
    """Exit status 2 unless the name was typed, or given."""
    name = station_of(config)
    if given is None:
        if not sys.stdin.isatty():
            fail(f"Nobody is there to confirm it: --confirm {name} does. {NOTHING}", status=EXIT_SETTINGS)
        click.echo(f"This destroys all keys and records of {config}, for good:")
        click.echo(f"  {settings.store.keys_path}\n  {settings.store.data}")
        given = str(click.prompt(f"Type the name of the folder of the settings ({name}) to go on", default=""))
    if given.strip() != name:
        fail(f"That is not {name}. {NOTHING}", status=EXIT_SETTINGS)


def check_goal(goal: Path, settings: GatehouseSettings, config: Path) -> None:
    """Exit status 2 if the receipt would go with the rest, or over something."""
    places = places_of(settings, config)
    said = places.taken(goal) or ("it is there already" if goal.exists() else "")
    if not said and not goal.parent.is_dir():
        said = "its folder is not there"
    if said:
        fail(f"--receipt {goal}: {said}. Choose another place. {NOTHING}", status=EXIT_SETTINGS)


def checked(path: Path, key: str) -> Receipt:
    """A receipt whose signatures hold; exit status 1 otherwise."""
    try:
        receipt = read(read_regular(path, BYTES_MAX).decode("utf-8"))
        receipt.check()
    except OSError as failure:
        fail(f"{path}: {failure.strerror}.", status=EXIT_SETTINGS)
    except (ReceiptWrong, UnicodeDecodeError) as wrong:
        fail(f"{path}: {wrong}.")
    if key and key != receipt.statement["public_key"]:
        fail(f"{path}: signed by {receipt.statement['public_key']}, not by the key that you gave.")
    click.echo(
        "The signatures hold, by the key that you gave."
        if key
        else "The signatures hold. Whose key it is shows a head that was exported before, or --key."
    )
    return receipt
