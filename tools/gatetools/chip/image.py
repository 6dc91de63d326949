"""The command `gate image`."""

from pathlib import Path

import click

from gatetools.chip import complaints, ingredients, layout
from gatetools.chip.ingredients import Unfit
from gatetools.chip.micropython import STARTS_AT


@click.command("image")
@ingredients.options
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file to make."
)
def command(board: str, image: Path, vouched: str | None, output: Path, *, unknown_image: bool) -> None:
    """Make the whole flash of a gate as ONE file, for writing many chips in a factory.

    The same firmware and image give the same file, byte for byte, on every computer and at any time. It holds no keys:
    each gate is enrolled by itself.

    \b
      gate image --board devkit --micropython ESP32_GENERIC-20260824-v1.29.0.bin -o devkit.bin

    Written to a chip it erases what was there, keys and records included: on a gate that is in use take gate flash.
    Exit status 1 if it could not be made, and why.
    """
    try:
        wanted = ingredients.gather(board, image, vouched=vouched, unknown_allowed=unknown_image)
        content = layout.whole(wanted.image, wanted.filesystem({}))
        save(output, content)
    except Unfit as failure:
        raise click.ClickException(str(failure)) from None
    start = STARTS_AT[wanted.board.chip]
    click.echo(f"{output}: {len(content):,} bytes, MicroPython {wanted.image.version}, board {board}")
    click.echo(f"to write it: esptool --port PORT write-flash {start:#x} {output}")


def save(output: Path, content: bytes) -> None:
    """All of it or nothing. Unfit if the disk does not take it."""
    beside = output.with_name(output.name + ".part")
    try:
        beside.write_bytes(content)
        beside.replace(output)
    except OSError as failure:
        beside.unlink(missing_ok=True)
        raise Unfit(complaints.of_a_file(failure, output)) from None
