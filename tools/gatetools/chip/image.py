"""The command `gate image`."""

import hashlib
import os
import shlex
import shutil
from pathlib import Path

import click

from gatetools import disk
from gatetools.chip import ingredients, layout
from gatetools.chip.ingredients import Unfit
from gatetools.chip.micropython import STARTS_AT


@click.command("image")
@ingredients.options
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file to make."
)
def command(board: str, image: Path | None, vouched: str | None, output: Path, *, unknown_image: bool) -> None:
    """Make the whole flash of a gate as ONE file, for writing many chips in a factory.

    The same firmware and image give the same file, byte for byte, on every computer and at any time. It holds no keys:
    each gate is enrolled by itself.

    \b
      gate image --board devkit --micropython ESP32_GENERIC-20260824-v1.29.0.bin -o devkit.bin

    Written to a chip it erases what was there, keys and records included: on a gate that is in use take gate flash.
    Exit status 1 if it could not be made, and why; 2 if the arguments are wrong.
    """
    try:
        target = place(output, image)
        wanted = ingredients.gather(board, image, vouched=vouched, unknown_allowed=unknown_image)
        content = layout.whole(wanted.image, wanted.filesystem({}))
        save(target, content)
    except Unfit as failure:
        raise click.ClickException(str(failure)) from None
    start = STARTS_AT[wanted.board.chip]
    click.echo(f"{output}: {len(content):,} bytes, MicroPython {wanted.image.version}, board {board}")
    click.echo(f"SHA-256 {hashlib.sha256(content).hexdigest()}")
    click.echo(f"to write it: esptool --port PORT write-flash {start:#x} {shlex.quote(str(output))}")


def place(output: Path, image: Path | None) -> Path:
    """Where the file goes, links followed. Unfit if anything but a file stands there, or it is the image itself."""
    try:
        target = output.resolve()
        there = target.exists()
        same = there and image is not None and image.exists() and target.samefile(image)
    except RuntimeError:  # a link that leads to itself
        raise Unfit(f"-o {output}: this link leads nowhere. Name the file to make") from None
    except OSError as failure:
        raise Unfit(f"-o {disk.trouble(failure, output)}") from None
    if target.is_dir():
        raise Unfit(f"-o {output} is a folder. Name the file to make, for example -o {output / 'gate.bin'}")
    if there and not target.is_file():
        raise Unfit(f"-o {output} is no file but a device or a pipe, which would be replaced. Name a file")
    if same:
        raise Unfit(f"-o {output} is the image that was given by --micropython. Name another file")
    if not target.parent.is_dir():
        raise Unfit(f"-o {output}: there is no folder {target.parent}. Make it, or name another one")
    return target


def save(target: Path, content: bytes) -> None:
    """All of it or nothing, in place of the file of this name. Unfit if the disk does not take it."""
    beside = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with beside.open("xb") as file:
            file.write(content)
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    except OSError as failure:
        raise Unfit(disk.trouble(failure, target)) from None
    finally:
        beside.unlink(missing_ok=True)
