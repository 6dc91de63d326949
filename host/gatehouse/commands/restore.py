"""The group `gatehouse restore`."""

import click

from gatehouse.commands.data_backup import restore_data


@click.group()
def restore() -> None:
    """Put back keys, or data, from a backup."""


restore.add_command(restore_data)
