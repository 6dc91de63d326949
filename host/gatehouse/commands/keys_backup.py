"""`gatehouse backup keys` and `gatehouse restore keys`: the key file under a passphrase."""

import contextlib
import datetime
from pathlib import Path

import click

from gatehouse.backups import key_archive, key_restore
from gatehouse.commands.passphrase import new_passphrase, passphrase, passphrase_option
from gatehouse.keyfile import KeyFileError
from gatehouse.process import guard_memory
from gatehouse.settings import GatehouseSettings
from gatehouse.sole import RunsAlready, SoleRun
from gatehouse.terminal import EXIT_SETTINGS, config_option, fail, open_keys, settings_or_exit

file_argument = click.argument("file", type=click.Path(path_type=Path))


@click.command("keys")
@file_argument
@config_option
@passphrase_option
def backup_keys(file: Path, config: Path, passphrase_fd: int | None) -> None:
    """Save the keys in a new FILE under a passphrase. A running gatehouse goes on.

    What seals the key file on this PC opens on this PC only, so this is the only way to another one. Keep FILE and
    passphrase apart from each other and from backups of the data: who has keys and data can find out who passed.
    Make a new backup whenever a gate was enrolled or revoked.

    \b
    Examples:
      gatehouse backup keys /media/stick/keys-2026-11.backup
      gatehouse backup keys keys.backup --passphrase-fd 3 3< passphrase.txt

    Exit status: 0, 1 if it could not be made, 2 if the settings, FILE or the passphrase are wrong.
    """
    guard_memory()
    settings = settings_or_exit(config, "Nothing was saved.")
    if settings.store.ledger.parent.resolve() in file.resolve().parents:
        fail(f"{file}: lies in the data folder. Keys and data never go together: choose another.", status=EXIT_SETTINGS)
    try:
        with open_keys(settings) as keys:
            key_archive.save(keys, new_passphrase(passphrase_fd), file)
            lanes = len([gate for gate in keys.gates() if not gate.revoked])
    except KeyFileError as failure:
        fail(f"{failure} Nothing was saved.")
    click.echo(f"{file}: holds all keys, of {lanes} gates that may come, sealed by the passphrase. Try it out once.")


@click.command("keys")
@file_argument
@config_option
@passphrase_option
@click.option("--replace", is_flag=True, help="Put the key file that is there aside, under a dated name.")
def restore_keys(file: Path, config: Path, passphrase_fd: int | None, *, replace: bool) -> None:
    """Bring back the keys from a FILE that `gatehouse backup keys` made. The gatehouse must not run.

    \b
    Examples:
      gatehouse restore keys /media/stick/keys-2026-11.backup
      gatehouse restore keys keys.backup --replace

    Exit status: 0, 1 if nothing was restored (the key file is as it was then), 2 if the settings or the passphrase
    cannot be read.
    """
    guard_memory()
    settings = settings_or_exit(config, "Nothing was restored.")
    store = settings.store
    try:
        with contextlib.ExitStack() as held:
            hold_data(settings, held)
            saved = key_archive.load(file, passphrase(passphrase_fd))
            protector, aside = key_restore.restore(saved, store.keys_path, store.protector, replace=replace)
    except (KeyFileError, RunsAlready, key_archive.WrongBackup) as failure:
        fail(f"{failure} Nothing was restored.")
    except OSError as failure:
        fail(f"{failure.filename or file}: {failure.strerror}. Nothing was restored.")
    moment = datetime.datetime.fromtimestamp(saved.made_s).astimezone().strftime("%Y-%m-%d %H:%M")
    click.echo(f"{store.keys_path}: restored as of {moment}, sealed by {protector.name}. {protector.protects}")
    for old in aside:
        click.echo(f"{old}: is what was there. Destroy it when all gates are up.")
    click.echo(
        "Gates that were revoked after that moment count again, and gates that were enrolled after it are unknown: "
        "see `gatehouse gates`, and revoke or enrol them anew before you start the gatehouse."
    )


def hold_data(settings: GatehouseSettings, held: contextlib.ExitStack) -> None:
    """Keep a gatehouse from starting meanwhile; RunsAlready if one runs. Nothing to hold without a data folder."""
    data = settings.store.ledger.parent
    if data.is_dir():
        held.callback(SoleRun(data).close)
