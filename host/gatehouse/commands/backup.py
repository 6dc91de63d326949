"""The group `gatehouse backup`."""

import click

from gatehouse.commands.data_backup import backup_data


@click.group()
def backup() -> None:
    """Save keys, or data: never both in one file."""


backup.add_command(backup_data)
