"""`gatehouse register`: the last known status of each person, under a pseudonym."""

import contextlib
import datetime
from collections.abc import Callable
from pathlib import Path

import click

from gatehouse.app import REGISTER_KEY
from gatehouse.importing import CsvImport, ImportRefused
from gatehouse.keyfile import KeyFileError
from gatehouse.register import Loaded, Register
from gatehouse.schema import DatabaseError
from gatehouse.terminal import bar, config_option, fail, open_keys, settings_or_exit


@click.group()
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
            key = keys.secret(REGISTER_KEY)
        with contextlib.closing(Register(settings.store.register, key)) as store:
            job = CsvImport(file, key, source.strip(), datetime.datetime.now().astimezone())
            loaded = with_progress(file, lambda progress: job.run(store, progress))
            known = store.count()
    except ImportRefused as refusal:
        bad = [f"{file}, line {row.line}: {row.what}" for row in refusal.bad]
        if refusal.bad_count > len(bad):
            bad.append(f"... and {refusal.bad_count - len(bad)} more")
        fail(*bad, f"{file}: {refusal}. Nothing was imported; the register is as it was.")
    except (KeyFileError, DatabaseError) as failure:
        fail(f"{failure} Nothing was imported; the register is as it was.")
    older = f" {loaded.newer_kept} of them had a later status already, which was kept." if loaded.newer_kept else ""
    click.echo(f"{loaded.rows} people imported.{older} The register knows {known}.")


def with_progress(file: Path, work: Callable[[Callable[[int], None]], Loaded]) -> Loaded:
    """Do `work(progress)` under a bar that fills as `file` is read, and that is gone afterwards."""
    total = file.stat().st_size if file.exists() else None
    with bar("importing", total) as progress:
        return work(lambda done: progress(done, total))
