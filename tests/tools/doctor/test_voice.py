"""What is heard on a port, over real pseudo-terminals: a gate, a half-written chip, a console, silence, rubbish."""

import contextlib
import os
import random
import socket
import threading

import pytest
from gatehouse.suite import HouseSuite
from gatelink.framing import frame
from gatelink.handshake import hello, here
from gatetools import boot_text
from gatetools.doctor import listening
from gatetools.doctor.voice import hear

SUITE = HouseSuite()
# As chips print them: the ROM loaders of ESP32 and ESP32-S3 and the second stage loader.
BLANK = b"rst:0x10 (RTCWDT_RTC_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\ninvalid header: 0xffffffff\r\n" * 3
BLANK_S3 = (
    b"ESP-ROM:esp32s3-20210327\r\nBuild:Mar 27 2021\r\nrst:0x7 (TG0WDT_SYS_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)\r\n"
    b"Saved PC:0x40048841\r\ninvalid header: 0xffffffff\r\n"
)
OLD_ROM = (
    b"ets Jun  8 2016 00:22:57\r\n\r\nrst:0x10 (RTCWDT_RTC_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n"
    b"flash read err, 1000\r\nets_main.c 371 \r\n"
)
TORN = b"load:0x40080400,len:3920\r\ncsum err:0x6a!=0x18\r\nets_main.c 384 \r\n"
NO_PROGRAM = b"E (365) boot: No bootable app partitions in the partition table\r\n"
POWER = b"ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n"
BROWNOUT = b"rst:0xc (SW_CPU_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\nBrownout detector was triggered\r\n" * 4
LOADER = POWER.replace(b"0x13 (SPI_FAST_FLASH_BOOT)", b"0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))") + (
    b"waiting for download\r\n"
)
REPL = POWER + b'MicroPython v1.28.0 on 2026-04-01; Generic ESP32 module with ESP32\r\nType "help()"\r\n>>> '
TRACE = POWER + b'Traceback (most recent call last):\r\n  File "main.py", line 9, in <module>\r\n'
HELLO = frame(SUITE, hello(SUITE, b"GATE-A1.", bytes(16), 7))
OTHER = frame(SUITE, SUITE.encode([1, b"GATE-A1.", bytes(16), 7, [9, 9]]))
HERE = frame(SUITE, here(SUITE, b"devkit", b"0.1.0"))
SEALED = frame(SUITE, SUITE.encode([SUITE.encode({1: 10}), {4: b"\x01\x02", 6: b"\x05"}, bytes(20)]))

VOICES = {
    "voice-enrolled": [HELLO, POWER + HELLO, b"\xff\xfe" + HELLO + HELLO],
    "voice-not-enrolled": [HERE, POWER + HERE],
    "voice-other-version": [OTHER],
    "voice-session": [SEALED],
    "voice-half-written": [BLANK, BLANK_S3, OLD_ROM, TORN, NO_PROGRAM],
    "voice-restarts": [BROWNOUT],
    "voice-loader": [LOADER],
    "voice-console": [REPL],
    "voice-crash": [TRACE, b"Guru Meditation Error: Core  1 panic'ed (LoadProhibited)\r\n" + POWER],
    "voice-started": [POWER],
    "voice-strange": [b"\x00\x00\xff\x80" * 30, b"$GPGGA,,,,,,0,,,,*66\r\n", HELLO[:-5]],
    "voice-silent": [b""],
}
CASES = [(code, data) for code, spoken in VOICES.items() for data in spoken]


@pytest.mark.parametrize(("code", "data"), CASES, ids=[f"{code} {number}" for number, (code, _) in enumerate(CASES)])
def test_each_voice_is_known(codes, code, data):
    """By its true bytes."""
    assert codes([hear("/dev/gate", data, baud=115200, seconds=3)]) == [(code, "/dev/gate")]


def test_any_bytes_give_one_finding(codes):
    """Random and damaged: told as something, never an error."""
    seed = 20262
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(300):
        data = bytearray(chance.choice([HELLO, HERE, SEALED, BLANK, REPL, chance.randbytes(200)]) * 2)
        for _ in range(chance.randrange(6)):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        codes([hear("p", bytes(data), baud=115200, seconds=3)])


def test_a_gate_without_keys_says_what_it_is(codes):
    """Board and firmware of HERE reach the operator; what is not printable does not."""
    odd = frame(SUITE, here(SUITE, b"dev\x1b[2Jkit", b"\xff\xff"))
    found = hear("COM3", HERE, baud=115200, seconds=3), hear("COM3", odd, baud=115200, seconds=3)

    codes(found)
    assert "devkit" in found[0].says("en")
    assert "gate enroll COM3" in found[0].remedy("en")
    assert all(finding.says("zh").isprintable() for finding in found)


def heard(machine, pair, spoken):
    """What the doctor hears on a real pseudo-terminal while the other side says it again and again."""
    machine.link("/dev/gate", pair.name)
    over = threading.Event()

    def speak():
        os.set_blocking(pair.fd, False)
        while not over.wait(0.01):
            with contextlib.suppress(BlockingIOError):  # nobody has opened it yet, and it is full
                os.write(pair.fd, spoken)

    speaker = threading.Thread(target=speak)
    speaker.start()
    try:
        return list(listening.findings(machine.patient("/dev/gate"), "/dev/gate"))
    finally:
        over.set()
        speaker.join()


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [(["voice-enrolled"], HELLO * 2), (["voice-not-enrolled", "board-devkit"], HERE)],
)
def test_a_gate_is_heard_at_once(machine, codes, pair, monkeypatch, wanted, spoken):
    """Long before the time is over, and not a byte was sent to it; what board it names is judged."""
    monkeypatch.setattr(listening, "LISTEN_S", 600)

    assert codes(heard(machine, pair, spoken)) == [(code, "/dev/gate") for code in wanted]
    with pytest.raises(BlockingIOError):
        os.read(pair.fd, 1)


@pytest.mark.parametrize(("code", "spoken"), [("voice-half-written", BLANK), ("voice-silent", b"")])
def test_text_and_silence_are_heard_to_the_end(machine, codes, pair, monkeypatch, code, spoken):
    """A chip may still say who it is."""
    monkeypatch.setattr(listening, "LISTEN_S", 0.3)

    assert codes(heard(machine, pair, spoken)) == [(code, "/dev/gate")]


def test_a_port_that_cannot_be_listened_to(machine, codes):
    """Nobody is at the other end; one that is not there at all is told by the ports' check alone."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"socket://127.0.0.1:{server.getsockname()[1]}"

    assert codes(listening.findings(machine.patient(), url)) == [("voice-not-heard", url)]
    assert codes(listening.findings(machine.patient(), "/dev/none")) == []


def test_a_flood_is_read_to_a_bound(machine, codes, pair, monkeypatch):
    """Whoever sends without end does not fill the memory or keep the doctor."""
    monkeypatch.setattr(listening, "HEARD_MAX_BYTES", 1000)
    monkeypatch.setattr(listening, "LISTEN_S", 600)

    assert codes(heard(machine, pair, b"\x55" * 3000)) == [("voice-strange", "/dev/gate")]


def test_the_words_of_the_loader_are_cut(codes):
    """Also a hostile chip's."""
    found = hear("p", b"Guru Meditation Error" + b"A" * 9000, baud=115200, seconds=3)

    assert len(found.facts["said"]) <= boot_text.SAID_MAX_CHARACTERS
