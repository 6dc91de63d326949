"""What goes onto a chip: the board's name, the MicroPython image and the compiled firmware, checked before any port."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click

from gatetools import disk
from gatetools.build import CannotCompile, compile_firmware
from gatetools.chip import filesystem, micropython
from gatetools.chip.filesystem import FilesTooMany
from gatetools.chip.micropython import MicroPython, WrongMicroPython
from gatetools.sim import board as boards


class Unfit(Exception):
    """What was given cannot go onto a gate; the text says why, and what to do."""


class Ingredients(NamedTuple):
    """`tree`: the compiled firmware."""

    board: boards.Board
    image: MicroPython
    tree: Path

    def filesystem(self, kept: Mapping[str, bytes]) -> bytes:
        """The image of the gate's file system. Unfit."""
        try:
            return filesystem.build(self.tree, self.board.name, kept)
        except FilesTooMany as failure:
            raise Unfit(str(failure)) from None
        except OSError as failure:
            raise Unfit(disk.trouble(failure)) from None


def gather(board: str, path: Path | None, *, vouched: str | None, unknown_allowed: bool) -> Ingredients:
    """Everything, checked. Unfit; click's UsageError, with where to get it, if no image is named."""
    found = boards.Board(board)
    if path is None:
        newest = next(release.file for release in micropython.RELEASES if release.chip == found.chip)
        raise click.UsageError(
            f"--micropython is missing: the image that goes onto a {board}. Download {newest} from "
            f"{micropython.DOWNLOAD[found.chip]} and name it: --micropython {newest}"
        )
    try:
        image = micropython.load(path, found.chip, vouched=vouched, unknown_allowed=unknown_allowed)
        return Ingredients(found, image, compile_firmware())
    except (WrongMicroPython, CannotCompile) as failure:
        raise Unfit(str(failure)) from None


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of both commands: --board, --micropython, --sha256, --unknown-image."""
    for option in (
        click.option("--unknown-image", is_flag=True, help="Take an image whose SHA-256 is in no table here."),
        click.option(
            "--sha256",
            "vouched",
            metavar="SUM",
            callback=_checked_sum,
            help="The image must have this SHA-256. You vouch for it: have it from somewhere else than the image.",
        ),
        click.option(
            "--micropython",
            "image",
            metavar="IMAGE.bin",
            type=click.Path(path_type=Path, dir_okay=False),
            help="The image of MicroPython, as downloaded.",
        ),
        click.option("--board", required=True, type=click.Choice(boards.names()), help="What the chip is soldered to."),
    ):
        command = option(command)
    return command


def _checked_sum(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is not None and (len(value) != 64 or value.strip("0123456789abcdefABCDEF")):
        raise click.BadParameter("a SHA-256 is 64 digits and letters a to f")
    return value
