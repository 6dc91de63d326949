"""The group `gatehouse restore`; what it brings back adds itself from a file of its own."""

import click


@click.group()
def restore() -> None:
    """Bring back keys, or data, from a backup."""
