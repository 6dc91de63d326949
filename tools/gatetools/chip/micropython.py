"""The MicroPython image that the installer gives: is it one, for which chip, which version, and is it known?"""

import hashlib
import re
import stat
from pathlib import Path
from typing import NamedTuple

from gatetools import disk
from gatetools.chip import esp_image, partitions
from gatetools.chip.esp_image import NoImage

# Oldest release that has what the firmware uses: `UART.irq` with IRQ_RXIDLE came with 1.24, see firmware/gate/hal.py.
# Older than 1.25 nothing was ever tried.
OLDEST = (1, 25)
# Newest that was ever tried; a later one, or a preview, is told of in the plan.
NEWEST_TRIED = (1, 29)
# Where the chip's ROM looks for the boot loader, which is where the file begins. ESP-IDF programming guide,
# "Bootloader".
STARTS_AT = {"esp32": 0x1000, "esp32s3": 0x0}
DOWNLOAD = {
    "esp32": "https://micropython.org/download/ESP32_GENERIC/",
    "esp32s3": "https://micropython.org/download/ESP32_GENERIC_S3/",
}
BANNER = re.compile(rb"MicroPython v(\d+)\.(\d+)\.(\d+)(-preview)?")
FILE_MAX_BYTES = 16 << 20


class WrongMicroPython(Exception):
    """This file must not go onto this chip; the text says why, and what to do."""


class Release(NamedTuple):
    """One file that micropython.org gives out."""

    file: str
    chip: str
    sha256: str


# micropython.org publishes no sums. Each of these was recorded for the file of that name, independently, by at least
# two public projects; one of them was also checked against the bytes of the file itself.
RELEASES = (
    Release(
        "ESP32_GENERIC-20260824-v1.29.0.bin",
        "esp32",
        "e67ad6015a0a504c1fec9aa9bbf589d0432ed28e62546f4f8dd8a147f8bd95f6",
    ),
    Release(
        "ESP32_GENERIC-20260406-v1.28.0.bin",
        "esp32",
        "cd7820d02c35d34dd403b44263129c6a511b350aea8446c229890753fe240784",
    ),
    Release(
        "ESP32_GENERIC_S3-20260824-v1.29.0.bin",
        "esp32s3",
        "1dd9dcd27ba2d6a1cb7f7b49a063f46d3d807d68b0151161233920228285e300",
    ),
    Release(
        "ESP32_GENERIC_S3-20251209-v1.27.0.bin",
        "esp32s3",
        "f533115edca660863b1308445d5c08e3fa108b34c39229a53c2f984a8186a9cd",
    ),
)


class MicroPython(NamedTuple):
    """A checked image, cut in two. `release`: None if its sum is in no table."""

    chip: str
    version: str
    release: Release | None
    sha256: str
    boot_loader: bytes
    application: bytes

    @property
    def tried(self) -> bool:
        """Whether the firmware was ever tried with this version, or one between those that it was."""
        major, minor, _ = self.version.split(".", 2)
        return (int(major), int(minor)) <= NEWEST_TRIED and not self.version.endswith("-preview")


def load(path: Path, chip: str, *, vouched: str | None = None, unknown_allowed: bool = False) -> MicroPython:
    """The image in a file, for that chip. `vouched`: the sum that the installer has from a place they trust.

    WrongMicroPython if it is none, damaged, for another chip, too old, too large for its partition, not of the sum
    that was vouched for, or of no known one while nobody vouches and unknown ones are not allowed.
    """
    found = read(_bytes(path), path.name, chip)
    if vouched is not None:
        if found.sha256 != vouched.lower():
            raise WrongMicroPython(
                f"{path} is not the file that you vouch for: its SHA-256 is {found.sha256}. "
                f"Download it again from {DOWNLOAD[chip]}"
            )
    elif found.release is None and not unknown_allowed:
        known = ", ".join(release.file for release in RELEASES if release.chip == chip)
        raise WrongMicroPython(
            f"{path} is MicroPython {found.version}, but its SHA-256 {found.sha256} is none that is known here, so "
            f"nobody can say whether it was changed. Known are: {known}; get one from {DOWNLOAD[chip]} . If you have "
            "this file's sum from a place you trust, name it with --sha256; to take the file as it is, "
            "--unknown-image"
        )
    return found


def read(raw: bytes, name: str, chip: str) -> MicroPython:
    """The image in these bytes, whether its sum is known or not; WrongMicroPython as `load`."""
    again = f"Download it again from {DOWNLOAD[chip]}"
    application_at = partitions.named("factory").at - STARTS_AT[chip]
    boot = _image(raw, name, again)
    if boot.chip != chip:
        raise WrongMicroPython(f"{name} is for {boot.chip}, this board has an {chip}. Get the one for it: {again[23:]}")
    if len(raw) <= application_at:
        raise WrongMicroPython(
            f"{name} is a boot loader or an application alone, or it is cut off: the whole file has both. {again}"
        )
    application = _image(raw[application_at:], name, again)
    if application.chip != chip:
        raise WrongMicroPython(f"{name} is for {chip}, but what it starts is for {application.chip}. {again}")
    if boot.size > partitions.TABLE_AT - STARTS_AT[chip]:
        raise WrongMicroPython(f"{name} has a boot loader that reaches into the partition table. {again}")
    body = raw[application_at : application_at + application.size]
    banner = BANNER.search(body)
    if banner is None:
        raise WrongMicroPython(f"{name} is a program for {chip}, but not MicroPython. Get it from {DOWNLOAD[chip]}")
    version = ".".join(part.decode() for part in banner.groups()[:3]) + (banner[4] or b"").decode()
    if (int(banner[1]), int(banner[2])) < OLDEST:
        raise WrongMicroPython(
            f"{name} is MicroPython {version}; the firmware needs {OLDEST[0]}.{OLDEST[1]} or newer. "
            f"Get a newer one from {DOWNLOAD[chip]}"
        )
    room = partitions.named("factory").size
    if len(body) > room:
        raise WrongMicroPython(
            f"{name} has {len(body)} bytes of application, and its partition has room for {room}. Take an image of "
            f"the plain variant from {DOWNLOAD[chip]}"
        )
    digest = hashlib.sha256(raw).hexdigest()
    release = next((each for each in RELEASES if each.sha256 == digest), None)
    return MicroPython(chip, version, release, digest, raw[: boot.size], body)


def _image(raw: bytes, name: str, again: str) -> esp_image.EspImage:
    try:
        return esp_image.read(raw)
    except NoImage as failure:
        raise WrongMicroPython(f"{name} is not an image of MicroPython for an ESP32: {failure}. {again}") from None


def _bytes(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise WrongMicroPython(f"{path} is no file. Name the file that you downloaded")
        with path.open("rb") as file:
            raw = file.read(FILE_MAX_BYTES + 1)
    except OSError as failure:
        raise WrongMicroPython(f"{disk.trouble(failure, path)} Name the file that you downloaded") from None
    if len(raw) > FILE_MAX_BYTES:
        raise WrongMicroPython(f"{path} is too large for an image of MicroPython")
    return raw
