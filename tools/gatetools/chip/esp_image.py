"""An application image of an ESP32 chip: header, segments, checksum, hash.

Format: ESP-IDF programming guide, "App Image Format", and its esp_app_format.h. A boot loader has the same form.
"""

import functools
import hashlib
import operator
import struct
from typing import NamedTuple

MAGIC = 0xE9
HEADER_LAYOUT = (
    "<BBBBI4xH9xB"  # magic, segments, flash mode, size and speed, entry; pins; chip id; revisions; hash flag
)
HEADER_BYTES = 24
SEGMENT_LAYOUT = "<II"
SEGMENT_BYTES = 8
SEGMENTS_MAX = 16
CHECKSUM_SEED = 0xEF
HASH_BYTES = 32
CHIPS = {0: "esp32", 2: "esp32s2", 5: "esp32c3", 9: "esp32s3", 12: "esp32c2", 13: "esp32c6", 16: "esp32h2"}


class NoImage(ValueError):
    """These bytes are no whole image; the text says why."""


class EspImage(NamedTuple):
    """`chip`: as esptool names it, or the bare number of one that is unknown here. `size`: in bytes, hash included."""

    chip: str
    size: int


def read(raw: bytes) -> EspImage:
    """The image at the start of `raw`, which may go on behind it. NoImage if none begins there or it is damaged."""
    if len(raw) < HEADER_BYTES or raw[0] != MAGIC:
        raise NoImage("it does not begin as an ESP32 image does")
    _, segments, _, _, _, chip, hashed = struct.unpack_from(HEADER_LAYOUT, raw)
    if not 0 < segments <= SEGMENTS_MAX:
        raise NoImage(f"its header counts {segments} segments")
    at, checksum = HEADER_BYTES, CHECKSUM_SEED
    for _ in range(segments):
        if at + SEGMENT_BYTES > len(raw):
            raise NoImage("it is cut off")
        _, size = struct.unpack_from(SEGMENT_LAYOUT, raw, at)
        at += SEGMENT_BYTES
        if at + size > len(raw):
            raise NoImage("it is cut off")
        checksum = functools.reduce(operator.xor, raw[at : at + size], checksum)
        at += size
    # The checksum is the last byte of a group of 16.
    at += 16 - at % 16
    if at + (HASH_BYTES if hashed else 0) > len(raw):
        raise NoImage("it is cut off")
    if raw[at - 1] != checksum:
        raise NoImage("its checksum does not fit")
    if hashed:
        if raw[at : at + HASH_BYTES] != hashlib.sha256(raw[:at]).digest():
            raise NoImage("its hash does not fit")
        at += HASH_BYTES
    return EspImage(CHIPS.get(chip, f"chip {chip}"), at)
