"""What gate flash refuses, and whether it says what happened and what to do; nothing is written then."""

import os
import pty
import threading
from pathlib import Path

import pytest
import serial
from chip.conftest import CHIPS, MB, esp_image, gate, micropython
from gatehouse.suite import HouseSuite
from gatelink.framing import frame
from gatelink.handshake import here
from gatetools import disk, serial_port
from gatetools.chip import complaints, kept, partitions, plan
from gatetools.chip import flash as command
from gatetools.chip.esptool import ChipFailed, Found
from gatetools.chip.plan import On, Plan
from gatetools.serial_port import PortUnusable
from gatetools.sim.loader.cable import Cable
from gatetools.sim.loader.silicon import FLASH_ENCRYPTION, SECURE_BOOT
from gatetools.unsealed import Ear


def flash(where, board, image, *more):
    return gate("flash", where, "--board", board, "--micropython", image, "--yes", *more)


def test_the_wrong_board(bench, image):
    """An S3 image and board on a classic ESP32."""
    on = bench("devkit")
    status, said = flash(on.port, "lane_a", image("esp32s3"), "--unknown-image")

    assert status == 1
    assert "this is an esp32, and board lane_a has an esp32s3" in said
    assert on.board.flash.written == []


def test_a_flash_that_is_too_small(bench, image):
    """2 MB do not hold a gate."""
    on = bench("devkit", flash_bytes=2 * MB)
    status, said = flash(on.port, "devkit", image("esp32"), "--unknown-image")

    assert status == 1
    assert "has 2 MB of flash; a gate needs 4 MB" in said
    assert on.board.flash.written == []


def test_a_cable_that_only_charges(image, hasty):
    """The port opens, nothing ever answers."""
    with Cable(None) as cable:
        status, said = flash(cable.url, "devkit", image("esp32"), "--unknown-image")

    assert status == 1
    assert "no chip answers there" in said
    assert "only charge" in said
    assert "BOOT" in said


def test_a_board_whose_adapter_does_not_reset_it(bench, image, hasty):
    """It goes on running what it has; holding BOOT is named."""
    on = bench("devkit", auto_reset=False)
    on.board.power_on()
    status, said = flash(on.port, "devkit", image("esp32"), "--unknown-image")

    assert status == 1
    assert "BOOT (IO0)" in said


def test_a_chip_that_was_locked(bench, image):
    """Secure download mode: no reading, so no gate."""
    on = bench("lane_a", secure_download=True)
    status, said = flash(on.port, "lane_a", image("esp32s3"), "--unknown-image")

    assert status == 1
    assert "locked for good" in said


@pytest.mark.parametrize(("board", "fuse"), [("devkit", SECURE_BOOT["esp32"]), ("lane_a", FLASH_ENCRYPTION["esp32s3"])])
def test_a_chip_that_is_bound_to_its_makers_firmware(bench, image, board, fuse):
    """Secure boot or flash encryption: no gate, and nothing is written, so nothing is half written either."""
    on = bench(board, burnt=[fuse])
    on.board.flash.content[partitions.TABLE_AT : partitions.TABLE_AT + 64] = b"encrypted, or somebody's".ljust(64)
    status, said = flash(on.port, board, image(CHIPS[board]), "--unknown-image")

    assert status == 1
    assert "secure boot or flash encryption is on" in said
    assert "Nothing was written" in said
    assert "half written" not in said
    assert on.board.flash.written == []


def test_a_flash_that_is_worn_out(bench, image):
    """One bit does not take what is written: the command says so, and that the chip does not start."""
    on = bench("devkit")
    on.board.flash.stuck_at = partitions.named("factory").at + 100
    status, said = flash(on.port, "devkit", image("esp32"), "--unknown-image")

    assert status == 1
    assert "does not read back the same" in said
    assert "the board's flash is worn out" in said
    assert "half written" in said


def test_a_firmware_that_never_speaks(bench):
    """What came instead is told, and lamps and next steps are named."""
    on = bench("devkit")
    powering = threading.Timer(0.3, on.board.power_on)
    powering.start()
    try:
        with pytest.raises(ChipFailed) as told:
            command.hear(on.port, on.port, 115200, 1.0)
    finally:
        powering.join()

    said = str(told.value)
    assert "written and verified, but the gate has not spoken" in said
    assert "invalid header" in said
    assert "red lamp" in said


def test_a_port_that_is_not_there(image):
    """Cable, driver and names of ports are named."""
    status, said = flash("/dev/ttyNOTHING0", "devkit", image("esp32"), "--unknown-image")

    assert status == 1
    assert "there is no such port" in said
    assert "only charge" in said


def test_a_port_that_another_program_holds(image):
    """Held exclusively."""
    far, near = pty.openpty()
    name = os.ttyname(near)
    try:
        with serial.Serial(name, exclusive=True):
            status, said = flash(name, "devkit", image("esp32"), "--unknown-image")
    finally:
        os.close(far)
        os.close(near)

    assert status == 1
    assert "another program holds it: a terminal" in said


def test_a_port_that_this_user_may_not_open():
    """The group is named, and the command that joins it."""
    far, near = pty.openpty()
    name = os.ttyname(near)
    Path(name).chmod(0)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(65534)
        with pytest.raises(PortUnusable, match="dialout" if os.uname().sysname == "Linux" else "right"):
            serial_port.check(name)
    finally:
        os.seteuid(user)
        os.close(far)
        os.close(near)


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        ("[Errno 13] could not open port /dev/ttyX: [Errno 13] Permission denied: '/dev/ttyX'", "may not open it"),
        ("[Errno 2] could not open port /dev/ttyX: [Errno 2] No such file or directory: '/dev/ttyX'", "no such port"),
        ("[Errno 11] Could not exclusively lock port /dev/ttyX: [Errno 11] Resource unavailable", "holds it"),
    ],
)
def test_a_port_that_only_esptool_cannot_open_is_told_in_the_same_words(failure, says):
    """It was free a moment ago; the texts are those of esptool 5.6.0."""
    text = (
        f"A fatal error occurred: Could not open /dev/ttyX, the port is busy or doesn't exist.\n({failure})\n\nHint: x"
    )
    assert says in complaints.told(text, "/dev/ttyX")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not an image of MicroPython"),
        (b"<html>Not found</html>", "does not begin as an ESP32 image does"),
        (micropython("esp32")[:30_000], "a boot loader or an application alone, or it is cut off"),
        (micropython("esp32")[:-500], "it is cut off"),
        (micropython("esp32")[:-400] + b"?" + micropython("esp32")[-399:], "checksum does not fit"),
        (micropython("esp32")[:-1] + b"?", "hash does not fit"),
        (micropython("esp32", banner=b"CircuitPython 9"), "not MicroPython"),
        (micropython("esp32", "1.24.1"), "the firmware needs 1.25 or newer"),
        (micropython("esp32", started="esp32c3"), "what it starts is for esp32c3"),
        (micropython("esp32s3"), "is for esp32s3, this board has an esp32"),
        (esp_image("esp32", b"alone"), "alone"),
        (b"\xe9\x10" + b"\xff" * 60, "it is cut off"),
        (b"\xe9\xff" + bytes(60), "counts 255 segments"),
    ],
)
def test_a_wrong_image_is_refused_before_any_port_is_touched(image, raw, reason):
    """What is wrong with it, and where to get another."""
    status, said = flash("/dev/ttyNOTHING0", "devkit", image("esp32", raw=raw), "--unknown-image")

    assert status == 1
    assert reason in said
    assert "https://micropython.org/download/ESP32_GENERIC/" in said


def test_an_unknown_image_needs_somebody_who_vouches(image):
    """By its sum or by saying so; a sum that does not fit is refused."""
    path = image("esp32")
    status, said = flash("/dev/ttyNOTHING0", "devkit", path)
    assert status == 1
    assert "none that is known here" in said
    digest = said.split("SHA-256 ")[1].split()[0]

    _, vouched = flash("/dev/ttyNOTHING0", "devkit", path, "--sha256", digest)
    assert "there is no such port" in vouched
    status, other = flash("/dev/ttyNOTHING0", "devkit", path, "--sha256", "0" * 64)
    assert status == 1
    assert "not the file that you vouch for" in other
    status, malformed = flash("/dev/ttyNOTHING0", "devkit", path, "--sha256", "xyz")
    assert status == 2
    assert "64 digits" in malformed


def test_a_disk_that_is_full_before_settings_are_safe(monkeypatch, tmp_path):
    """Nothing is written then: there is no chip here, it would not be touched."""
    monkeypatch.setattr(kept, "PLACE", tmp_path)
    found = Found("esp32", 4 * MB, "24:0a:c4:00:01:02")
    (tmp_path / "24-0a-c4-00-01-02").mkdir()
    (tmp_path / "24-0a-c4-00-01-02" / "settings.json.new").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space") as failure:
        plan.write(None, Plan(found, On.GATE, False, {"settings.json": b"{}"}, False, []))
    assert "the disk is full. Make room" in disk.trouble(failure.value)


@pytest.mark.parametrize("cut", range(0, partitions.TABLE_BYTES, 97))
def test_a_torn_partition_table_is_never_taken_for_a_gate(cut):
    """Wherever the power went while it was written."""
    torn = partitions.build()[:cut].ljust(partitions.TABLE_BYTES, b"\xff")
    if torn == partitions.build():
        pytest.fail("nothing was torn") if cut < 220 else None
        return
    assert not partitions.is_ours(torn)
    with pytest.raises(partitions.TableDamaged):
        partitions.parse(torn)


def test_text_of_an_unproven_gate_cannot_steer_a_terminal():
    """Control characters of a first word, and of what came instead of one, are shown as dots."""
    suite = HouseSuite()
    (said,) = Ear().feed(frame(suite, here(suite, b"dev\x1b[2Jkit\n\xff", b"\x07")))
    assert (said.board, said.firmware) == ("dev.[2Jkit..", ".")
    assert not said.enrolled
