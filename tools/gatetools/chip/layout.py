"""What goes where on a chip, and the same as one file."""

from typing import NamedTuple

from gatetools.chip import partitions
from gatetools.chip.micropython import STARTS_AT, MicroPython


class Piece(NamedTuple):
    """Bytes for one place of the flash. `name`: for people."""

    name: str
    at: int
    content: bytes


def pieces(image: MicroPython, filesystem: bytes, *, table: bool = True) -> list[Piece]:
    """Everything that is written, lowest first; keys and journal are not among it.

    `table`: without, the partition table is left alone. One that is ours already is never written again, so that no
    power cut can ever lose where the keys are.
    """
    found = [
        Piece("boot loader", STARTS_AT[image.chip], image.boot_loader),
        Piece("partition table", partitions.TABLE_AT, partitions.build()),
        Piece(f"MicroPython {image.version}", partitions.named("factory").at, image.application),
        Piece("firmware", partitions.named("vfs").at, filesystem),
    ]
    return [piece for piece in found if table or piece.at != partitions.TABLE_AT]


def whole(image: MicroPython, filesystem: bytes) -> bytes:
    """All pieces as one file, blank in between: it begins where the chip's own boot loader does, see STARTS_AT."""
    start = STARTS_AT[image.chip]
    content = bytearray(b"\xff" * (partitions.FLASH_MIN_BYTES - start))
    for piece in pieces(image, filesystem):
        content[piece.at - start : piece.at - start + len(piece.content)] = piece.content
    return bytes(content)
