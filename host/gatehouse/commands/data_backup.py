"""`gatehouse backup data` and `gatehouse restore data`."""

import contextlib
import sqlite3
from pathlib import Path

import click

from gatehouse.app import REGISTER_KEY
from gatehouse.backups import data_archive, data_restore
from gatehouse.backups.manifest import BackupRefused, Manifest
from gatehouse.bundles.serials import behind
from gatehouse.keyfile import KeyFileError
from gatehouse.register import Register
from gatehouse.schema import DatabaseError, explain
from gatehouse.settings import GatehouseSettings, places_of
from gatehouse.terminal import EXIT_SETTINGS, bar, config_option, fail, open_keys, settings_or_exit

COUNTED = {
    "register.db": "people in the register",
    "ledger.db": "entries in the ledger",
    "lists.db": "entries in lists",
}


def counts(manifest: Manifest) -> str:
    """What an archive holds, in words."""
    return ", ".join(f"{saved.rows} {COUNTED[saved.name]}" for saved in manifest.files)


@click.command("data")
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def backup_data(file: Path, config: Path) -> None:
    """Save register, ledger and lists to the new FILE, a ZIP archive. A running gatehouse goes on serving.

    The file holds pseudonyms and records, and no key: without the key file nobody can tell from it who passed. Keep
    it where the key file and its backups are not. The folder of FILE needs room for all databases twice.

    \b
    Examples:
      gatehouse backup data /mnt/backup/data-2026-01-31.zip
      gatehouse backup data "data-$(date +%F).zip" --config /etc/gatehouse.toml

    Exit status: 0 if it was saved, 1 if not: then there is no FILE; 2 if the settings are wrong.
    """
    settings = settings_or_exit(config, "Nothing was saved.")
    places = places_of(settings, config)
    if places.with_data(file):
        fail(f"{file}: lies in the data folder, and would be lost with it: choose another.", status=EXIT_SETTINGS)
    if places.with_keys(file):
        fail(
            f"{file}: lies in the folder of the key file. Keys and data never go together: choose another.",
            status=EXIT_SETTINGS,
        )
    try:
        with bar("saving") as progress:
            saved = data_archive.write(settings.store.ledger.parent, file, progress)
    except BackupRefused as refusal:
        fail(f"{refusal} Nothing was saved.")
    except sqlite3.Error as failure:
        fail(f"{settings.store.ledger.parent}: {explain(failure)} Nothing was saved.")
    except OSError as failure:
        # Under whatever name it failed: what is half done lies beside FILE, on the same disk.
        fail(f"{file}: cannot be made ({failure.strerror}). Make room, or choose another place. Nothing was saved.")
    click.echo(f"{file}: saved {counts(saved)}.")


@click.command("data")
@click.argument("file", type=click.Path(path_type=Path))
@config_option
@click.option("--replace", is_flag=True, help="Also where there is data already; the old folder is kept.")
def restore_data(file: Path, config: Path, *, replace: bool) -> None:
    """Put register, ledger and lists from FILE where the settings say. Stop the gatehouse before.

    Everything in FILE is checked first, and then takes its place at once. A folder that was there is kept beside it
    as DATA.before-TIME; delete it when all is well.

    Gates go on from what the restored ledger holds: reports that they still have are sent again and recorded. Reports
    that were recorded after the backup, and which the gates have therefore forgotten, are lost with the old ledger;
    each lane's next entry comes with one named `gap` that says how many. With the old folder still readable, save
    it too.

    The register opens only with the key file that it was filled with, and knows of nobody what was imported after
    the backup: import that again.

    \b
    Examples:
      systemctl stop gatehouse
      gatehouse restore data /mnt/backup/data-2026-01-31.zip --replace
      systemctl start gatehouse

    If it is interrupted, run it again: until then no gatehouse starts on half of it.

    Exit status: 0 if FILE is in place, 1 if not: then everything is as it was; 2 if the settings are wrong.
    """
    settings = settings_or_exit(config, "Nothing was restored.")
    data = settings.store.ledger.parent
    try:
        with bar("restoring") as progress:
            done = data_restore.restore(file, data, replace=replace, progress=progress)
    except BackupRefused as refusal:
        fail(f"{refusal} Nothing was restored.")
    except OSError as failure:
        fail(f"{failure.filename or data}: {failure.strerror}. Nothing was restored.")
    click.echo(f"{data}: restored {counts(done.manifest)}, as of {done.manifest.made}.")
    if done.kept is not None:
        click.echo(f"What was there is kept in {done.kept}.")
    click.echo(
        "Import again what was imported since then: until it is, everybody is answered by the status that was known at "
        "that time, as long as the rules let it count."
    )
    if settings.store.keys_path.exists():
        try_key(settings)


def try_key(settings: GatehouseSettings) -> None:
    """Say it now if the register does not open with the key file that is there: `gatehouse run` would refuse it; and
    which bundles it has lost.
    """
    try:
        with contextlib.ExitStack() as stack:
            keys = stack.enter_context(open_keys(settings))
            register = Register(settings.store.register, keys.secret(REGISTER_KEY))
            stack.enter_context(contextlib.closing(register))
            for issuer in settings.bundles.trusted().items():
                if said := behind(register, keys, *issuer):
                    click.echo(f"{said} Get a newer whole bundle, or see --again of gatehouse register update.")
    except (KeyFileError, DatabaseError) as failure:
        click.echo(f"It is in place, but no gatehouse will start on it: {failure}", err=True)
