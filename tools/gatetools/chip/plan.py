"""What `gate flash` is going to do with one chip: decided from what is on it, told before it is done."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from gatetools.chip import filesystem, kept, partitions
from gatetools.chip.esptool import Esptool, Found, Progress
from gatetools.chip.filesystem import Unreadable
from gatetools.chip.ingredients import Ingredients
from gatetools.chip.layout import Piece, pieces

# Up to the first sector of what a boot loader starts: nothing can run on a chip that is blank up to there.
PROGRAMS_END = partitions.named("factory").at + partitions.SECTOR_BYTES


class On(Enum):
    """What is on a chip."""

    NOTHING = "nothing"
    GATE = "a gate"
    OTHER = "another program, or a gate with another partition table"


class WrongChip(Exception):
    """This board's chip is not the one that is wanted; the text says why, and what to do."""


class Plan(NamedTuple):
    """`settings`: what is carried over. `unread`: a gate's settings are lost, because they cannot be read."""

    found: Found
    on: On
    erase: bool
    settings: Mapping[str, bytes]
    unread: bool
    pieces: Sequence[Piece]

    @property
    def erases_all(self) -> bool:
        """Whether everything goes that was on the chip."""
        return self.erase or self.on is not On.GATE


def check_chip(found: Found, wanted: Ingredients) -> None:
    """WrongChip if it is of another kind or its flash is too small."""
    board = wanted.board
    if found.chip != board.chip:
        raise WrongChip(
            f"this is an {found.chip}, and board {board.name} has an {board.chip}. Is this the right port, and the "
            "right --board? Nothing was written."
        )
    if 0 < found.flash_bytes < partitions.FLASH_MIN_BYTES:
        raise WrongChip(
            f"this chip has {found.flash_bytes >> 20} MB of flash; a gate needs 4 MB. Take a board with more. "
            "Nothing was written."
        )
    if not found.flash_bytes:
        raise WrongChip("the size of this chip's flash cannot be told: its flash does not answer. Take another board.")


def make(
    tool: Esptool, found: Found, table: bytes, wanted: Ingredients, *, erase: bool, reading: Progress | None = None
) -> Plan:
    """Decide by what is on the chip; nothing is written. ChipFailed; Unfit if the file system cannot be built.

    `table`: what stands where the partition table has its place.
    """
    on = On.GATE if partitions.is_ours(table) else On.OTHER
    # A program may do without a table, and a chip that lost its power in the middle has one too few.
    if partitions.is_blank(table) and partitions.is_blank(tool.read(0, PROGRAMS_END)):
        on = On.NOTHING
    settings: Mapping[str, bytes] = {}
    unread = False
    if on is On.GATE and not erase:
        settings, unread = _settings(tool, found.mac, reading)
    written = pieces(wanted.image, wanted.filesystem(settings), table=erase or on is not On.GATE)
    return Plan(found, on, erase, settings, unread, written)


def _settings(tool: Esptool, mac: str, reading: Progress | None) -> tuple[Mapping[str, bytes], bool]:
    """A gate's settings, and whether they are lost. Unreadable ones may be kept from an interrupted run."""
    place = partitions.named("vfs")
    try:
        return filesystem.settings(tool.read(place.at, place.size, reading)), False
    except Unreadable:
        found = kept.load(mac)
        return found, not found


def write(tool: Esptool, plan: Plan, writing: Progress | None = None) -> None:
    """Carry it out and verify it. ChipFailed; OSError if this computer's disk is full."""
    kept.store(plan.found.mac, plan.settings)
    tool.write(plan.pieces, writing, erase_all=plan.erases_all)
    kept.forget(plan.found.mac)
