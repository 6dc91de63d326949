"""The group `gatehouse backup`; what it saves adds itself from a file of its own."""

import click


@click.group()
def backup() -> None:
    """Save keys, or data: never both in one file."""
