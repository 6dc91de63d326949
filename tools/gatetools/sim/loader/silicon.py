"""What a flashing program reads of a chip before it believes which one it is.

Addresses: ESP32 and ESP32-S3 technical reference manuals, "SPI Controller" and "eFuse Controller". A register that is
not named here keeps what is written to it and is 0 before.
"""

from collections.abc import Sequence
from typing import NamedTuple

MAGIC_AT = 0x40001000  # a word of the ROM that differs from chip to chip
USER_COMMAND = 1 << 18  # SPI_CMD_REG: start a command of the user's own
READ_ID, READ_PARAMETERS = 0x9F, 0x5A  # JEDEC JESD216: read identification, read SFDP
MAKER = 0xEF  # Winbond; then the type, then the power of two of the size
SFDP = int.from_bytes(b"SFDP", "little")


class Silicon(NamedTuple):
    """`magic`: None where the chip tells its number instead. Offsets are from `spi`."""

    name: str
    number: int
    magic: int | None
    spi: int
    user2: int
    data: int
    fuses: tuple[tuple[int, int], ...]


CHIPS = {
    # Fuses: a MAC address, 24:0a:c4:00:01:02 and 34:85:70:00:03:04, its CRC-8 left out.
    "esp32": Silicon("esp32", 0, 0x00F01D83, 0x3FF42000, 0x24, 0x80, ((0x3FF5A004, 0xC4000102), (0x3FF5A008, 0x240A))),
    "esp32s3": Silicon("esp32s3", 9, None, 0x60002000, 0x20, 0x58, ((0x60007044, 0x70000304), (0x60007048, 0x3485))),
}


# Fuses that bind a chip to signed or encrypted firmware: register and bit. ESP32: ABS_DONE_0, FLASH_CRYPT_CNT;
# ESP32-S3: SPI_BOOT_CRYPT_CNT.
SECURE_BOOT = {"esp32": (0x3FF5A018, 1 << 4)}
FLASH_ENCRYPTION = {"esp32": (0x3FF5A000, 1 << 20), "esp32s3": (0x60007034, 1 << 18)}


class Registers:
    """The registers of one chip with a flash of `flash_bytes` on its SPI pins. `burnt`: registers and bits of fuses."""

    def __init__(self, silicon: Silicon, flash_bytes: int, burnt: Sequence[tuple[int, int]] = ()) -> None:
        self._silicon = silicon
        self._words = dict(silicon.fuses)
        for at, bits in burnt:
            self._words[at] = self.read(at) | bits
        if silicon.magic is not None:
            self._words[MAGIC_AT] = silicon.magic
        self._id = MAKER | 0x40 << 8 | (flash_bytes.bit_length() - 1) << 16

    def read(self, at: int) -> int:
        return self._words.get(at, 0)

    def write(self, at: int, value: int, mask: int) -> None:
        self._words[at] = self.read(at) & ~mask | value & mask
        if at == self._silicon.spi and value & USER_COMMAND:
            self._words[at] &= ~USER_COMMAND
            asked = self.read(self._silicon.spi + self._silicon.user2) & 0xFF
            answer = {READ_ID: self._id, READ_PARAMETERS: SFDP}.get(asked, 0)
            self._words[self._silicon.spi + self._silicon.data] = answer
