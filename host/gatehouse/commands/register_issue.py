"""`gatehouse register issuer` and `issue`: a health office's key, and the bundles that it signs."""

import datetime
import re
import secrets
from pathlib import Path

import click

from gatehouse.bundles.issuing import CannotIssue, IssuerKey, new_key, write_bundle
from gatehouse.deleting import CsvDeletion
from gatehouse.importing import CsvImport, ImportRefused
from gatehouse.keyfile import KeyFileError
from gatehouse.terminal import EXIT_SETTINGS, bar, fail

SPAN = re.compile(r"([1-9][0-9]{0,3})([hd])")
HOURS = {"h": 1, "d": 24}


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--new", is_flag=True, help="Make the key in FILE, which is not there yet.")
def issuer(file: Path, *, new: bool) -> None:
    """Print the public key of the private one in FILE, for the settings of stations; with --new make it first.

    Whoever has FILE speaks for the office: it is made for its owner alone, and refused while others may read it. It is
    PEM (PKCS #8, Ed25519), as OpenSSL writes and reads it, without a passphrase: keep it on a disk that is encrypted,
    and a copy in a safe. If it is lost or stolen make a new one, and have every station change its settings.

    Tell stations the public key by another way than the one bundles come, by telephone for example.

    \b
    Examples:
      gatehouse register issuer office.pem --new
      gatehouse register issuer office.pem

    Exit status: 0, 1 if FILE cannot be made or used.
    """
    try:
        if new:
            new_key(file)
            click.echo(f"{file}: made. Whoever has it speaks for this office. Its public key:", err=True)
        click.echo(IssuerKey(file).public)
    except KeyFileError as failure:
        fail(str(failure))


@click.command()
@click.argument("rows", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", "key_file", metavar="FILE", required=True, type=click.Path(path_type=Path), help="The office's.")
@click.option("--issuer", "name", metavar="NAME", required=True, help="Who issues it, for people to read.")
@click.option("--serial", required=True, type=int, help="Higher than that of every bundle before under this key.")
@click.option(
    "--kind",
    type=click.Choice(["whole", "incremental", "deletion"]),
    default="whole",
    show_default=True,
    help="All people of this office; changes; or people to be forgotten.",
)
@click.option("--after", type=int, default=0, help="Of changes: the serial that a station must have before.")
@click.option("--valid", metavar="SPAN", default="24h", show_default=True, help="How long from now, like 36h or 7d.")
@click.option("--station", metavar="NAME", default="", help="Only for this one, by the name in its settings.")
def issue(
    rows: Path, file: Path, key_file: Path, name: str, serial: int, kind: str, after: int, valid: str, station: str
) -> None:
    """Sign the CSV file ROWS into the new FILE, a bundle that stations import.

    Every row is checked first as a station will check it; `gatehouse register import --help` tells the columns, of
    which `until` is each entry's own age limit. People to be forgotten need the column `number` alone.

    A serial is used once: a station refuses one that is not higher than the last. Without --after a station that has
    missed some bundles of changes does not notice it; with it, it asks for those first. Send a whole bundle from time
    to time.

    A bundle is signed and not encrypted: it holds the numbers of people. Send it over an encrypted way.

    \b
    Examples:
      gatehouse register issue people.csv 41.bundle --key office.pem --issuer "Health office" --serial 41
      gatehouse register issue changes.csv 42.bundle --key office.pem --issuer "Health office" --serial 42 \\
          --kind incremental --after 41 --valid 7d --station "Hall B"

    Exit status: 0 if FILE was made, 1 if not, 2 if the arguments are wrong.
    """
    span = SPAN.fullmatch(valid)
    if span is None:
        fail("--valid: use hours or days, like 36h or 7d. Nothing was signed.", status=EXIT_SETTINGS)
    now = datetime.datetime.now().astimezone().replace(microsecond=0)
    until = now + datetime.timedelta(hours=int(span[1]) * HOURS[span[2]])
    facts: dict[str, object] = {"issuer": name, "serial": serial, "kind": kind, "after": after, "station": station}
    facts |= {"issued": now.isoformat(), "valid_until": until.isoformat()}
    try:
        key = IssuerKey(key_file)
        size = rows.stat().st_size if rows.is_file() else 0
        # Any key tells whether a person stands twice.
        job = (CsvDeletion if kind == "deletion" else CsvImport)(rows, secrets.token_bytes(32), name, now)
        with bar("checking", size) as progress:
            count = len(job.people(lambda done: progress(done, size)))
        with bar("signing", size) as progress:
            write_bundle(rows, file, key, facts, progress)
    except ImportRefused as refusal:
        fail(
            *(f"{rows}, line {row.line}: {row.what}" for row in refusal.bad), f"{rows}: {refusal}. Nothing was signed."
        )
    except (KeyFileError, CannotIssue) as failure:
        fail(f"{failure} Nothing was signed.")
    click.echo(f"{file}: bundle {serial}, {kind}, {count} people, valid until {until.isoformat()}.")
