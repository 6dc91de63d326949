"""What gate flash makes of a gate's settings: by the firmware's own rule, and never of those that were erased."""

import os

import pytest
from chip.conftest import gate
from chip.test_flash import SETTINGS, make_gate
from gatetools.chip import filesystem, gate_settings, kept, partitions
from gatetools.sim.board import Board

MAC = "24:0a:c4:00:01:02"


@pytest.fixture(autouse=True)
def own_place(tmp_path, monkeypatch):
    """Settings of interrupted runs are kept apart from those of this computer."""
    monkeypatch.setattr(kept, "PLACE", tmp_path / "kept")


@pytest.mark.parametrize(
    ("now", "good", "baud"),
    [
        (b'{"link_baud": 230400}', None, 230400),
        (b'{"link_baud": 0}', b'{"link_baud": 57600}', 57600),
        (b'{"link_baud": 0}', None, 115200),
        (b'{"link_baud": Infinity}', b'{"link_baud": 57600}', 57600),
        (b"[" * 3000, b'{"link_baud": 57600}', 57600),
        (b'{"link_baud": 99999999999999999999}', b'{"link_baud": 99999999999999999999}', 115200),
        (b'{"link_baud": 57600, "other": 1}', None, 115200),
        (b'{"link_baud": 57600.5}', None, 115200),
        (b"\xff\x00", b"", 115200),
        (None, b'{"link_baud": 57600}', 57600),
        (None, None, 115200),
    ],
)
def test_the_speed_is_the_one_that_the_firmware_takes(now, good, baud):
    """The file, else the last good one, else the usual value; hostile files are files that are no good."""
    files = {"settings.json": now, "settings.good": good}
    given = {name: content for name, content in files.items() if content is not None}
    assert gate_settings.link_baud(given, Board("devkit")) == baud
    assert gate_settings.link_baud(given, Board("lane_a")) == baud


def test_a_gate_with_a_bad_file_and_a_good_one_is_heard(bench, image):
    """And nobody is told to erase it."""
    on = bench("devkit")
    make_gate(on.board, "devkit", settings=b'{"link_baud": 115200, "pulse_ms": 250}')
    vfs = partitions.named("vfs")
    files = filesystem.settings(on.region("vfs")) | {"settings.json": b'{"link_baud": 0}'}
    on.board.flash.content[vfs.at : vfs.end] = filesystem.build(gate_settings.FIRMWARE / "boards", "devkit", files)
    status, said = gate(
        "flash", on.port, "--board", "devkit", "--micropython", image("esp32"), "--unknown-image", "--yes"
    )
    assert status == 0, said
    assert "the gate speaks, and has its keys" in said
    assert "--erase" not in said


def test_erased_settings_do_not_come_back(bench, image, hasty):
    """Kept by an interrupted run, then erased by another one that was interrupted too."""
    on = bench("devkit")
    make_gate(on.board, "devkit")
    command = ("flash", on.port, "--board", "devkit", "--micropython", image("esp32"), "--unknown-image", "--yes")
    on.board.flash.cut_after = 30_000
    assert gate(*command)[0] == 1
    assert kept.load(MAC)["settings.json"] == SETTINGS

    on.board.power_on()
    on.board.flash.cut_after = 30_000
    assert gate(*command, "--erase")[0] == 1
    assert kept.load(MAC) == {}


def test_a_place_that_does_not_take_them_is_named_and_nothing_is_written(bench, image, tmp_path):
    """It is a matter of this computer, not of the port."""
    on = bench("devkit")
    make_gate(on.board, "devkit")
    os.mkfifo(tmp_path / "kept")
    status, said = gate(
        "flash", on.port, "--board", "devkit", "--micropython", image("esp32"), "--unknown-image", "--yes"
    )
    assert status == 1
    assert str(tmp_path / "kept") in said
    assert "cable" not in said
    assert on.board.flash.written == []


def test_a_blank_table_alone_does_not_make_a_bare_chip(bench, image):
    """A program without a table is asked about like any other; "n" leaves it."""
    on = bench("devkit")
    on.board.flash.content[0x10000:0x10100] = b"a program".ljust(256)
    status, said = gate(
        "flash", on.port, "--board", "devkit", "--micropython", image("esp32"), "--unknown-image", says="n\n"
    )
    assert status == 1
    assert "on it another program" in said
    assert "Nothing was changed" in said
    assert on.board.flash.written == []
