"""A board on its cable for each test, and images that have the form of MicroPython's own."""

import functools
import hashlib
import operator
import os
import struct
import sys
import warnings
from pathlib import Path

import pytest
import serial.rfc2217
from click.testing import CliRunner
from gatetools.chip import partitions
from gatetools.chip.micropython import STARTS_AT
from gatetools.cli import main
from gatetools.sim.loader.board import Board
from gatetools.sim.loader.cable import Cable
from gatetools.sim.loader.running import RunningGate

QUICK_POLLS = Path(__file__).parent / "quick_polls"
CHIPS = {"devkit": "esp32", "lane_a": "esp32s3"}
NUMBERS = {"esp32": 0, "esp32s3": 9, "esp32c3": 5}
MB = 1 << 20


def esp_image(chip, *segments):
    """A whole image: header, segments, checksum, hash; ESP-IDF's "App Image Format"."""
    raw = struct.pack("<BBBBI4xH9xB", 0xE9, len(segments), 2, 0x2F, 0x40080000, NUMBERS[chip], 1)
    for segment in segments:
        raw += struct.pack("<II", 0x3F400020, len(segment)) + segment
    checksum = functools.reduce(operator.xor, b"".join(segments), 0xEF)
    raw += bytes(15 - len(raw) % 16) + bytes((checksum,))
    return raw + hashlib.sha256(raw).digest()


def micropython(chip, version="1.29.0", *, banner=b"MicroPython v%s on 2026-08-24; Generic", started=None):
    """A file as micropython.org gives out: boot loader, table, application, all at their places."""
    start = STARTS_AT[chip]
    body = b"\0" * 200 + (banner % version.encode() if b"%s" in banner else banner) + bytes(range(256)) * 64
    boot = esp_image(chip, b"boot" * 256)
    raw = boot.ljust(partitions.TABLE_AT - start, b"\xff") + partitions.build()
    return raw.ljust(partitions.named("factory").at - start, b"\xff") + esp_image(started or chip, body)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """pyserial's RFC 2217 client does without its waits, here and in what is started."""
    sys.path.insert(0, str(QUICK_POLLS))
    try:
        import sitecustomize

        assert serial.rfc2217.Serial.read is sitecustomize.read
    finally:
        sys.path.remove(str(QUICK_POLLS))
    # pyserial 3.5 starts its reader by methods that Python is about to drop.
    warnings.filterwarnings("ignore", "set(Daemon|Name)", DeprecationWarning)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(QUICK_POLLS), os.environ.get("PYTHONPATH", "")]))


@pytest.fixture
def hasty(tmp_path, monkeypatch):
    """esptool gives up soon; by its own settings file."""
    (tmp_path / "esptool.cfg").write_text("[esptool]\ntimeout = 0.5\nconnect_attempts = 1\nwrite_block_attempts = 1\n")
    monkeypatch.setenv("ESPTOOL_CFGFILE", str(tmp_path / "esptool.cfg"))


@pytest.fixture
def image(tmp_path):
    """Writes an image into a file: image("esp32", ...) -> its path."""

    def make(chip, *arguments, name=None, raw=None, **named):
        path = tmp_path / (name or f"{chip}.bin")
        path.write_bytes(micropython(chip, *arguments, **named) if raw is None else raw)
        return path

    return make


class Bench:
    """One board, its cable, and what the command says about it."""

    def __init__(self, name, folder, flash_bytes=4 * MB, **options):
        self.name = name
        self.gate = RunningGate(name, folder / "running")
        self.board = Board(CHIPS[name], flash_bytes, self.gate, **options)
        self.cable = Cable(self.board)

    def __enter__(self):
        self.cable.__enter__()
        return self

    def __exit__(self, *_):
        self.cable.__exit__()
        self.gate.close()

    @property
    def port(self):
        return self.cable.url

    def region(self, label):
        place = partitions.named(label)
        return bytes(self.board.flash.content[place.at : place.end])


@pytest.fixture
def bench(tmp_path):
    """bench("devkit") -> an open Bench."""
    opened = []

    def make(name, **options):
        opened.append(Bench(name, tmp_path, **options))
        return opened[-1].__enter__()

    yield make
    for each in opened:
        each.__exit__()


def gate(*arguments, says=None):
    """Run `gate` in this process: (exit status, everything it said)."""
    done = CliRunner().invoke(main, [str(each) for each in arguments], input=says)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return done.exit_code, " ".join(done.output.split())
