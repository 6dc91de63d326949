"""The chip model's flash, clock, crypto and power are as hard as the chip's."""

import signal
import time

import pytest
from end_to_end.chip import REFUSED, Chip, run


@pytest.fixture
def flash(tmp_path):
    return tmp_path / "flash"


# --- flash ------------------------------------------------------------------------------------------------


def test_flash_is_nor_and_outlives_the_process(flash):
    """Writes only clear bits; an erase sets a whole block; what is there stays there."""
    code = """
import esp32
p = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="%s")[0]
b = bytearray(4)
p.readblocks(1, b, 4092); print(b)
p.writeblocks(1, b"\\x0f\\xf0\\xff\\x00", 4092)
p.writeblocks(1, b"\\xff\\xaa\\x55\\xff", 4092)
p.readblocks(1, b, 4092); print(b)
print(p.ioctl(4, 0), p.ioctl(5, 0))
"""
    blank, written = "bytearray(b'\\xff\\xff\\xff\\xff')", "bytearray(b'\\x0f\\xa0U\\x00')"

    assert run(code % "keys", flash) == (0, [blank, written, "4 4096"])
    assert run(code % "keys", flash) == (0, [written, written, "4 4096"])
    assert run(code % "journal", flash) == (0, [blank, written, "32 4096"])
    erase = (
        "import esp32; p = esp32.Partition('keys'); b = bytearray(4); p.ioctl(6, 1); p.readblocks(1, b, 4092); print(b)"
    )
    assert run(erase, flash) == (0, [blank])


def test_flash_takes_its_time(flash):
    """An erase blocks for 45 ms, each page of 256 bytes for 1 ms."""
    code = """
import esp32, time
p = esp32.Partition("keys")
t = time.ticks_us(); p.ioctl(6, 0); print(time.ticks_diff(time.ticks_us(), t) >= 45000)
t = time.ticks_us(); p.writeblocks(0, bytes(32), 0); print(time.ticks_diff(time.ticks_us(), t) >= 1000)
t = time.ticks_us(); p.writeblocks(0, bytes(512), 250); print(time.ticks_diff(time.ticks_us(), t) >= 3000)
"""

    assert run(code, flash) == (0, ["True"] * 3)


def test_flash_has_an_end(flash):
    """Reading or writing past it raises, and so does a label that no partition has."""
    code = """
import esp32
p = esp32.Partition("keys")
for call in (lambda: p.readblocks(4, bytearray(1), 0), lambda: p.writeblocks(3, bytes(2), 4095), lambda: p.ioctl(6, 4)):
    try:
        call()
    except OSError:
        print("refused")
print(esp32.Partition.find(1, label="nvs2"))
"""

    assert run(code, flash) == (0, ["refused"] * 3 + ["[]"])


def test_power_that_goes_during_an_erase_leaves_half_a_block(flash):
    """Neither the old block nor a blank one."""
    run("import esp32; p = esp32.Partition('keys'); p.writeblocks(0, bytes(4096), 0)", flash)
    code = "import esp32; esp32.ERASE_MS = 20000; p = esp32.Partition('keys'); print('now'); p.ioctl(6, 0)"
    with Chip("-c", code, flash=flash) as chip:
        assert chip.hear() == "now"
        end = time.monotonic() + 10
        while (flash / "keys.bin").read_bytes()[:1] != b"\xff" and time.monotonic() < end:
            assert chip.runs()
        chip.kill()
    block = (flash / "keys.bin").read_bytes()[:4096]

    assert block == b"\xff" * 2048 + bytes(2048)


# --- time, crypto, power ----------------------------------------------------------------------------------


def test_ticks_wrap_where_the_chip_wraps_them(flash):
    """At 2^30; and nobody has set the clock."""
    code = """
import time
print(max(time.ticks_ms(), time.ticks_us()) < 1 << 30, time.ticks_add((1 << 30) - 1, 2), time.time() < 100)
print(time.ticks_diff(5, (1 << 30) - 5), time.ticks_diff((1 << 30) - 5, 5))
print(time.ticks_ms())
"""
    before = time.monotonic_ns() // 1000000
    status, lines = run(code, flash)
    after = time.monotonic_ns() // 1000000

    assert (status, lines[:2]) == (0, ["True 1 True", "10 -10"])
    assert (int(lines[2]) - before) % (1 << 30) <= after - before


def test_the_chip_has_no_counter_mode(flash):
    """ECB and CBC work, mode 6 raises."""
    code = f"""{REFUSED}
from cryptolib import aes
print(refused(aes, bytes(16), 6, bytes(16)), refused(aes, bytes(16), 6))
print(aes(bytes(16), 1).encrypt(bytes(16)).hex(), aes(bytes(16), 2, bytes(16)).encrypt(bytes(16)).hex())
"""
    # FIPS 197: the all-zero block under the all-zero key.
    zeros = "66e94bd4ef8a2c3b884cfa59ca342b2e"

    assert run(code, flash) == (0, ["1 1", f"{zeros} {zeros}"])


@pytest.mark.parametrize("stuck", ["while True:\n    pass", "time.sleep(60)", "del w; gc.collect(); time.sleep(60)"])
def test_a_watchdog_that_is_not_fed_ends_the_process(flash, stuck):
    """A busy loop, a long sleep and a forgotten object do not stop it; the next start knows why it starts."""
    code = f"import gc, time, machine; w = machine.WDT(timeout=1000); w.feed(); print('fed')\n{stuck}"
    with Chip("-c", code, flash=flash) as chip:
        assert chip.hear() == "fed"
        assert chip.ended() == -signal.SIGKILL

    asked = "import machine; print(machine.reset_cause() == machine.WDT_RESET)"
    assert run(asked, flash) == (0, ["True"])
    assert run(asked, flash) == (0, ["False"])


def test_a_watchdog_that_is_fed_does_nothing_and_ends_with_the_process(flash):
    """And a timeout below a second is refused."""
    code = f"""{REFUSED}
import machine, time
print(refused(machine.WDT, timeout=999))
w = machine.WDT(timeout=1000)
for _ in range(15):
    w.feed()
    time.sleep_ms(100)
print("alive")
"""

    assert run(code, flash) == (0, ["1", "alive"])


def test_a_reset_ends_the_process_with_a_status_of_its_own(flash):
    """Whoever started it starts it again; the start knows the cause, once."""
    assert run("import machine; print(machine.reset_cause()); machine.reset()", flash) == (75, ["1"])
    assert run("import machine; print(machine.reset_cause())", flash) == (0, ["2"])
    assert run("import machine; print(machine.reset_cause())", flash) == (0, ["1"])


def test_a_board_that_does_not_exist_is_named(flash):
    """No board, no chip."""
    assert run("import machine", flash, board="lane_z")[0] == 1


# --- timers and the file system ---------------------------------------------------------------------------


def test_a_timer_calls_once_or_again_while_the_console_waits(flash):
    """Four in hardware and more beside them; a second use of one takes the first back."""
    code = """
import machine, timer, time
T = machine.Timer
told = []
T(0).init(mode=T.ONE_SHOT, period=1, callback=lambda t: told.append("never"))
T(0).init(mode=T.ONE_SHOT, period=5, callback=lambda t: told.append("once"))
again = T(-1, mode=T.PERIODIC, freq=500, callback=lambda t: told.append("again"))
other = T(3, period=5000, tick_hz=1000000, callback=None)
print(timer.next_ms(1000) <= 2)
for _ in range(10):
    time.sleep_ms(2)
    timer.run_due()
print(told.count("never"), told.count("once"), told.count("again") >= 5)
again.deinit(); timer.stop_all()
print(timer.next_ms(1000), machine.Timer.ONE_SHOT, machine.Timer.PERIODIC)
print(refused(T, 4), refused(T, 0, period=0), refused(T, 0, period=1, hard=True))
"""

    assert run(REFUSED + code, flash) == (0, ["True", "0 1 True", "1000 0 1", "1 1 1"])


def test_the_file_system_has_an_end(flash, tmp_path):
    """Files and folders take whole blocks of it."""
    code = """
import os
os.chdir("%s")
def free():
    return os.statvfs("/")[3]
before = free()
print(os.statvfs("/")[:3], os.statvfs("/")[4] == before)
os.mkdir("a"); print(before - free())
open("a/b", "w").write("x" * 5000); print(before - free())
""" % (tmp_path / "fs")
    (tmp_path / "fs").mkdir()

    assert run(code, flash, GATE_FS_BYTES=64 * 4096) == (0, ["(4096, 4096, 64) True", "2", "4"])
