"""`gatehouse keys`: what seals the key file, and changing it."""

import json
from collections import Counter
from pathlib import Path

import click

from gatehouse.commands.recording import deed_of_mine, station_ledger
from gatehouse.continuity import DataLost
from gatehouse.deeds import What
from gatehouse.gate_record import ENROLLED, PROPOSED, REVOKED
from gatehouse.key_migration import unsealed_copies
from gatehouse.keyfile import KeyFile, KeyFileError
from gatehouse.protectors import AUTO, NAMES, by_name
from gatehouse.protectors.master_file import MasterFile
from gatehouse.schema import DatabaseError
from gatehouse.settings import GatehouseSettings
from gatehouse.terminal import config_option, fail, open_keys, settings_or_exit


@click.group()
def keys() -> None:
    """The key file: what its keys are sealed by. No command shows a key."""


@keys.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def show(config: Path, *, as_json: bool) -> None:
    """Tell what seals the keys, what that protects against, and which lanes have a gate.

    \b
    Example:
      gatehouse keys show --config /etc/gatehouse.toml

    Exit status: 0, 1 if the key file cannot be opened, 2 if the settings are wrong.
    """
    settings = settings_or_exit(config, "Nothing was read.")
    try:
        with open_keys(settings) as opened:
            protector = by_name(opened.protector, opened.path)
            gates = opened.gates()
    except KeyFileError as failure:
        fail(str(failure))
    lanes = {state: [gate.lane for gate in gates if gate.state == state] for state in (PROPOSED, ENROLLED, REVOKED)}
    copies = [str(copy) for copy in unsealed_copies(settings.store.keys_path)]
    if as_json:
        facts = {"keys": str(opened.path), "protector": protector.name, "protects": protector.protects}
        click.echo(json.dumps({**facts, "lanes": lanes, "unsealed_copies": copies}, ensure_ascii=False))
        return
    click.echo(f"{opened.path}: sealed by {protector.name}. {protector.protects}")
    for state, names in lanes.items():
        counted = (f"{name} ({count})" if count > 1 else name for name, count in Counter(names).items())
        click.echo(f"{state}: {', '.join(counted) or 'none'}")
    if settings.store.protector not in {AUTO, protector.name}:
        click.echo(
            f"The settings want {settings.store.protector} instead: gatehouse keys protect --with "
            f"{settings.store.protector}"
        )
    for copy in copies:
        click.echo(f"{copy}: holds the keys unsealed. Destroy it as soon as all gates are up.")


def record_protection(settings: GatehouseSettings, keys: KeyFile, before: str) -> None:
    """Into the ledger, if the station has one. DatabaseError or DataLost if it cannot be used."""
    if settings.store.ledger.exists():
        with station_ledger(settings, keys) as ledger:
            ledger.record(deed_of_mine(What.KEYS_CHANGED, {"sealed_by": keys.protector, "before": before}))


@keys.command()
@config_option
@click.option(
    "--with", "name", required=True, type=click.Choice([AUTO, *NAMES]), help="What seals the keys from now on."
)
def protect(config: Path, name: str) -> None:
    """Have the keys sealed by something else. A running gatehouse goes on.

    Old copies of the key file still open by what sealed them: destroy those that you do not need.

    \b
    Example:
      gatehouse keys protect --with systemd-creds

    Exit status: 0, 1 if it does not work here (nothing is changed then), 2 if the settings are wrong.
    """
    settings = settings_or_exit(config, "Nothing was changed.")
    try:
        with open_keys(settings) as opened:
            before = opened.protector
            opened.protect(name)
            now = by_name(opened.protector, opened.path)
            record_protection(settings, opened, before)
    except KeyFileError as failure:
        fail(f"{failure} Nothing was changed.")
    except (DatabaseError, DataLost) as failure:
        fail(f"{settings.store.keys_path}: sealed by {now.name} now. The ledger could not record it: {failure}")
    click.echo(f"{opened.path}: sealed by {now.name} now. {now.protects}")
    if MasterFile.name == before != now.name:
        master = MasterFile(opened.path).path
        click.echo(f"{master}: is needed no more, and opens old copies of the key file. Destroy it.")
