"""The file system image and gate image: what MicroPython mounts, runs, and whether the file is always the same."""

import hashlib
import os
import shutil
import subprocess

import pytest
from chip.conftest import gate
from gatetools import build
from gatetools.build import compile_firmware, interpreter
from gatetools.chip import filesystem, first_word, partitions
from gatetools.chip.filesystem import Unreadable
from gatetools.chip.micropython import STARTS_AT
from gatetools.sim.loader.board import Board
from gatetools.sim.loader.cable import Cable
from gatetools.sim.loader.running import RunningGate

# Runs on MicroPython: mounts the image in memory and prints path and SHA-256 of every file.
READER = """
import binascii, hashlib, os, sys, vfs
class Blocks:
    def __init__(self, data): self.data = data
    def readblocks(self, n, buf, off=0): buf[:] = self.data[n * 4096 + off : n * 4096 + off + len(buf)]
    def writeblocks(self, n, buf, off=None): raise OSError(30)
    def ioctl(self, op, arg): return {4: len(self.data) // 4096, 5: 4096}.get(op, 0)
image = bytearray(open(sys.argv[1], "rb").read())
vfs.mount(vfs.VfsLfs2(Blocks(image)), "/image")
def show(folder):
    for name, kind, *_ in os.ilistdir(folder):
        path = folder + "/" + name
        if kind == 0x4000: show(path)
        else: print(path[7:], binascii.hexlify(hashlib.sha256(open(path, "rb").read()).digest()).decode())
show("/image")
"""


@pytest.mark.parametrize("board", ["devkit", "lane_a"])
def test_micropython_mounts_it_and_finds_every_file(tmp_path, board):
    """Its own VfsLfs2 reads back what was compiled, and board.py names the board."""
    kept = {"settings.json": b"{}"}
    (tmp_path / "vfs.bin").write_bytes(filesystem.build(compile_firmware(), board, kept))
    (tmp_path / "reader.py").write_text(READER)
    done = subprocess.run(
        [interpreter(), "-X", "heapsize=4M", str(tmp_path / "reader.py"), str(tmp_path / "vfs.bin")],
        capture_output=True, text=True, check=True, timeout=20,
    )  # fmt: skip
    wanted = {
        path: hashlib.sha256(content).hexdigest()
        for path, content in filesystem.files(compile_firmware(), board, kept).items()
    }
    assert dict(line.split() for line in done.stdout.splitlines()) == wanted
    assert {"boot.py", "main.py", "board.py", "boards/devkit.mpy", "lib/gatelink/session.mpy"} <= set(wanted)


@pytest.mark.parametrize("board", ["devkit", "lane_a"])
def test_the_whole_image_starts_a_gate(tmp_path, image, board):
    """Written to a blank chip as one file, the firmware speaks out of it: HERE, for it has no keys."""
    chip = {"devkit": "esp32", "lane_a": "esp32s3"}[board]
    out = tmp_path / "gate.bin"
    status, said = gate("image", "--board", board, "--micropython", image(chip), "--unknown-image", "-o", out)
    assert status == 0, said
    assert f"write-flash {STARTS_AT[chip]:#x}" in said
    running = RunningGate(board, tmp_path / "running")
    on = Board(chip, 4 << 20, running)
    on.flash.write(STARTS_AT[chip], out.read_bytes())
    try:
        with Cable(on) as cable:
            on.power_on()
            word = first_word.wait(cable.url if board == "devkit" else str(running.link_path), 115200)
        assert (word.enrolled, word.board) == (False, board)
    finally:
        running.close()


def test_it_is_the_same_file_from_another_folder_at_another_time(tmp_path, image, monkeypatch):
    """Compiled anew in a copy of the tree whose files have other times."""
    one, two = tmp_path / "one.bin", tmp_path / "two.bin"
    arguments = ("image", "--board", "devkit", "--micropython", image("esp32"), "--unknown-image", "-o")
    assert gate(*arguments, one)[0] == 0
    elsewhere = tmp_path / "elsewhere" / "deep"
    shutil.copytree(build.FIRMWARE, elsewhere / "firmware", ignore=shutil.ignore_patterns("__pycache__"))
    for path in elsewhere.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    monkeypatch.setattr(build, "ROOT", elsewhere)
    monkeypatch.setattr(build, "FIRMWARE", elsewhere / "firmware")
    assert gate(*arguments, two)[0] == 0

    assert (elsewhere / "build").exists()
    assert one.read_bytes() == two.read_bytes()


def test_it_holds_neither_keys_nor_records(tmp_path, image):
    """Those partitions are blank."""
    out = tmp_path / "gate.bin"
    gate("image", "--board", "devkit", "--micropython", image("esp32"), "--unknown-image", "-o", out)
    content = out.read_bytes()
    for label in ("keys", "journal", "nvs"):
        place = partitions.named(label)
        region = content[place.at - STARTS_AT["esp32"] : place.end - STARTS_AT["esp32"]]
        assert region == b"\xff" * place.size


@pytest.mark.parametrize("damage", [b"", b"\xff" * 8192, bytes(8192), b"littlefs" * 1024])
def test_a_damaged_file_system_is_unreadable_and_no_more(damage):
    """Neither a crash nor settings out of nowhere."""
    content = bytearray(filesystem.build(compile_firmware(), "devkit", {"settings.json": b"{}"}))
    if not damage:
        content = content[:4096]
    content[: len(damage)] = damage
    with pytest.raises(Unreadable):
        filesystem.settings(bytes(content))
