"""gate flash, from a bare chip to the gate's first word, with the real esptool against a model of the board."""

import os
import signal
import subprocess
import sys

import pytest
from chip.conftest import gate
from gate.keyslots import BLOCKS, KeySlots
from gatetools.build import compile_firmware
from gatetools.chip import filesystem, kept, partitions
from gatetools.chip.micropython import STARTS_AT
from ram_flash import RamFlash

SETTINGS = b'{"pulse_ms": 250}'


@pytest.fixture(autouse=True)
def own_place(tmp_path, monkeypatch):
    """Settings of interrupted runs are kept apart from those of this computer."""
    monkeypatch.setattr(kept, "PLACE", tmp_path / "kept")


def keys():
    """A keys partition of an enrolled gate, as the firmware itself writes it."""
    flash = RamFlash(BLOCKS)
    slots = KeySlots(flash)
    slots.load()
    slots.enrol(b"identity", b"s" * 32, b"c" * 32)
    return b"".join(flash.memory)


def make_gate(board, name, settings=SETTINGS):
    """Lay a gate of an older firmware onto a chip, enrolled and with records."""
    put = board.flash.content
    put[partitions.TABLE_AT : partitions.TABLE_AT + partitions.TABLE_BYTES] = partitions.build()
    for label, content in (
        ("keys", keys()),
        ("vfs", filesystem.build(compile_firmware(), name, {"settings.json": settings, "settings.good": settings})),
        ("factory", b"an older MicroPython"),
    ):
        at = partitions.named(label).at
        put[at : at + len(content)] = content


def interrupted(flash, moment, arguments):
    """What the command says when a Ctrl-C comes at the next read or write of the flash."""
    started = subprocess.Popen(
        [sys.executable, "-m", "gatetools.cli", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )
    setattr(flash, moment, lambda: os.kill(started.pid, signal.SIGINT))
    said, _ = started.communicate(timeout=30)
    assert started.returncode == 130, said
    return said


def test_a_bare_chip_becomes_a_gate_also_after_ctrl_c(bench, image):
    """Interrupted it says how the chip is left; the same command then writes and verifies all, and the gate speaks."""
    on = bench("devkit")
    raw = image("esp32")
    arguments = ["flash", on.port, "--board", "devkit", "--micropython", str(raw), "--unknown-image"]
    said = interrupted(on.board.flash, "when_read", arguments)
    assert "nothing was changed" in said
    assert on.board.flash.written == []
    said = interrupted(on.board.flash, "when_written", arguments)
    assert "half written" in said
    assert "run the same command again" in said

    status, said = gate(*arguments, "--yes")
    assert status == 0, said
    assert "esp32, 4 MB of flash, MAC 24:0a:c4:00:01:02" in said
    assert "the gate speaks: devkit, firmware" in said
    assert "it has no keys yet" in said
    start = STARTS_AT["esp32"]
    assert bytes(on.board.flash.content[start : start + 1000]) == raw.read_bytes()[:1000]
    assert partitions.is_ours(on.board.flash.read(partitions.TABLE_AT, partitions.TABLE_BYTES))
    assert on.region("keys") == b"\xff" * partitions.named("keys").size


def test_an_s3_speaks_on_its_own_link(bench, image):
    """lane_a's link is not the service cable: with --link-port it is heard there."""
    on = bench("lane_a", flash_bytes=16 << 20)
    status, said = gate(
        "flash", on.port, "--board", "lane_a", "--micropython", image("esp32s3"), "--unknown-image",
        "--link-port", on.gate.link_path,
    )  # fmt: skip

    assert status == 0, said
    assert "esp32s3, 16 MB of flash" in said
    assert "the gate speaks: lane_a" in said


def test_a_gate_keeps_keys_records_and_settings_also_over_a_power_cut(bench, image, hasty):
    """The board loses its power in the middle. In neither run are table, keys or journal erased or written."""
    on = bench("devkit")
    make_gate(on.board, "devkit")
    before = on.region("keys")
    on.board.flash.cut_after = 30_000
    command = ("flash", on.port, "--board", "devkit", "--micropython", image("esp32"), "--unknown-image", "--yes")
    status, said = gate(*command)
    assert status == 1
    assert "half written" in said
    assert "run the same command again" in said

    on.board.power_on()
    status, said = gate(*command)
    assert status == 0, said
    assert "keep keys, records that were not reported, settings.good, settings.json" in said
    assert "the gate speaks, and has its keys" in said
    on.board.power_off()
    guarded = range(partitions.named("journal").at, partitions.named("vfs").at)
    assert on.board.flash.written
    for at, size in on.board.flash.written:
        assert at >= guarded.stop or at + size <= guarded.start
        assert not at <= partitions.TABLE_AT < at + size
    assert filesystem.settings(on.region("vfs"))["settings.json"] == SETTINGS
    assert before[:12] == on.region("keys")[:12]


def test_a_gate_whose_settings_cannot_be_read_is_asked_about(bench, image):
    """What that means is told; "n" leaves all as it was, "y" makes a gate that has its keys and the usual settings."""
    on = bench("devkit")
    make_gate(on.board, "devkit")
    vfs = partitions.named("vfs")
    on.board.flash.content[vfs.at : vfs.end] = bytes(vfs.size)
    command = ("flash", on.port, "--board", "devkit", "--micropython", image("esp32"), "--unknown-image")
    status, said = gate(*command, says="n\n")
    assert status == 1
    assert "lose its settings: its file system cannot be read" in said
    assert "starts with the usual settings" in said
    assert "Nothing was changed" in said
    assert on.board.flash.written == []

    status, said = gate(*command, says="y\n")
    assert status == 0, said
    assert "the gate speaks, and has its keys" in said
    on.board.power_off()
    assert "settings.json" not in filesystem.settings(on.region("vfs"))


def test_erasing_a_gate_asks_first(bench, image):
    """Without a yes nothing is written."""
    on = bench("devkit")
    make_gate(on.board, "devkit")
    command = ("flash", on.port, "--board", "devkit", "--micropython", image("esp32"), "--unknown-image", "--erase")
    status, said = gate(*command, says="n\n")

    assert status == 1
    assert "keys and the records that it has not reported yet are lost for good" in said
    assert "Nothing was changed" in said
    assert on.board.flash.written == []


def test_a_dry_run_shows_the_plan_and_writes_nothing(bench, image):
    """Another program on the chip is named, and stays."""
    on = bench("devkit")
    on.board.flash.content[partitions.TABLE_AT : partitions.TABLE_AT + 64] = b"something else of 64 bytes".ljust(64)
    status, said = gate(
        "flash", on.port, "--board", "devkit", "--micropython", image("esp32"), "--unknown-image", "--dry-run"
    )

    assert status == 0, said
    assert "on it another program" in said
    assert "write 0x210000 1,048,576 bytes firmware" in said
    assert "the whole chip is erased first" in said
    assert "nothing was written" in said
    assert on.board.flash.written == []
