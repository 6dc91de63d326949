"""The serial protocol of the chip's ROM loader and of the stub that a flashing program loads over it.

Source: Espressif, "Serial Protocol" (esptool's documentation). Request 00 | command | size u16 | checksum u32 | data;
answer 01 | command | size u16 | value u32 | data | status. The ROM's status has four bytes, the stub's two. How often
a ROM repeats its refusal of an unknown command is not documented; here it comes once.
"""

import functools
import operator
import struct
import zlib
from collections.abc import Callable, Sequence

from gatetools.sim.loader import slip
from gatetools.sim.loader.flash import SECTOR_BYTES, Flash
from gatetools.sim.loader.silicon import Registers, Silicon

FLASH_BEGIN, FLASH_DATA, FLASH_END = 0x02, 0x03, 0x04
MEM_BEGIN, MEM_END, MEM_DATA, SYNC, WRITE_REG, READ_REG = 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A
SPI_SET_PARAMS, SPI_ATTACH, CHANGE_BAUDRATE = 0x0B, 0x0D, 0x0F
DEFL_BEGIN, DEFL_DATA, DEFL_END, FLASH_MD5, SECURITY_INFO = 0x10, 0x11, 0x12, 0x13, 0x14
ERASE_FLASH, ERASE_REGION, READ_FLASH = 0xD0, 0xD1, 0xD2

INVALID, FAILED, BAD_CHECKSUM = 0x05, 0x06, 0x07
SYNC_ANSWERS = 8
SECURE_DOWNLOAD = 1 << 2  # flag of SECURITY_INFO: only a few commands are left
STUB_ONLY = (ERASE_FLASH, ERASE_REGION, READ_FLASH)
CHECKED = (FLASH_DATA, DEFL_DATA, MEM_DATA)


class Refused(Exception):
    """The loader's answer is this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Loader:
    """A loader from its reset on. `send` carries its bytes; `secure_download`: its fuse is blown; `burnt`: others."""

    def __init__(
        self,
        silicon: Silicon,
        flash: Flash,
        send: Callable[[bytes], None],
        *,
        secure_download: bool = False,
        burnt: Sequence[tuple[int, int]] = (),
    ) -> None:
        self._silicon = silicon
        self._flash = flash
        self._send = send
        self._secure = secure_download
        self._registers = Registers(silicon, len(flash), burnt)
        self._unpacker = slip.Unpacker()
        self._stub = False
        self._at = 0
        self._inflate = zlib.decompressobj()
        self._reading = b""  # what of a READ_FLASH has still to go out
        self.asked: list[int] = []  # every command, in order
        self._does: dict[int, Callable[[bytes], tuple[int, bytes]]] = {
            FLASH_BEGIN: self._begin,
            FLASH_DATA: self._data,
            DEFL_BEGIN: self._deflated_begin,
            DEFL_DATA: self._deflated,
            FLASH_MD5: self._md5,
            WRITE_REG: self._write_register,
            READ_REG: lambda data: (self._registers.read(_words(data)[0]), b""),
            SECURITY_INFO: self._security,
            ERASE_FLASH: lambda _data: self._erase(0, len(self._flash)),
            ERASE_REGION: lambda data: self._erase(*_words(data)[:2]),
        }
        for plain in (MEM_BEGIN, MEM_DATA, MEM_END, SPI_SET_PARAMS, SPI_ATTACH, CHANGE_BAUDRATE, FLASH_END, DEFL_END):
            self._does[plain] = lambda _data: (0, b"")

    def receive(self, data: bytes) -> None:
        """Bytes from the cable."""
        for body in self._unpacker.feed(data):
            if self._reading:
                self._go_on_reading(body)
            elif len(body) >= 8 and body[0] == 0:
                self._command(body)

    def _command(self, body: bytes) -> None:
        _, command, size, checksum = struct.unpack_from("<BBHI", body)
        data = body[8:]
        self.asked.append(command)
        try:
            self._obey(command, data, whole=len(data) == size, checksum=checksum)
        except Refused as refusal:
            self._answer(command, 0, b"", refusal.status)
        if command == MEM_END and not self._secure and _words(data)[0] == 0:
            # A flag of 0 means: jump to what was loaded, which is always the stub here.
            self._stub = True
            self._send(slip.packet(b"OHAI"))

    def _obey(self, command: int, data: bytes, *, whole: bool, checksum: int) -> None:
        if not whole:
            raise Refused(INVALID)
        if command in CHECKED and functools.reduce(operator.xor, data[16:], 0xEF) != checksum:
            raise Refused(BAD_CHECKSUM)
        if command == SYNC:
            self._answer_sync()
        elif command == READ_FLASH and self._stub:
            self._begin_reading(data)
        elif command not in self._does or (command in STUB_ONLY and not self._stub) or self._locked(command):
            raise Refused(INVALID)
        else:
            value, answer = self._does[command](data)
            self._answer(command, value, answer, 0)

    def _locked(self, command: int) -> bool:
        return self._secure and command in (READ_REG, WRITE_REG, MEM_BEGIN, MEM_DATA, MEM_END)

    def _answer(self, command: int, value: int, data: bytes, status: int) -> None:
        state = bytes((status != 0, status)) + (b"" if self._stub else b"\0\0")
        answer = data + state
        self._send(slip.packet(struct.pack("<BBHI", 1, command, len(answer), value) + answer))

    def _answer_sync(self) -> None:
        for _ in range(SYNC_ANSWERS):
            self._answer(SYNC, 0 if self._stub else 0x20120707, b"", 0)

    def _begin(self, data: bytes) -> tuple[int, bytes]:
        size, _, _, self._at = _words(data)[:4]
        return self._erase(self._at, size)

    def _deflated_begin(self, data: bytes) -> tuple[int, bytes]:
        self._inflate = zlib.decompressobj()
        return self._begin(data)

    def _data(self, data: bytes) -> tuple[int, bytes]:
        self._write(data[16:])
        return 0, b""

    def _deflated(self, data: bytes) -> tuple[int, bytes]:
        try:
            self._write(self._inflate.decompress(data[16:]))
        except zlib.error:
            raise Refused(FAILED) from None
        return 0, b""

    def _write(self, data: bytes) -> None:
        self._flash.write(self._at, data)
        self._at += len(data)

    def _erase(self, at: int, size: int) -> tuple[int, bytes]:
        if at + size > len(self._flash):
            raise Refused(FAILED)
        if size:
            self._flash.erase(at, size)
        return 0, b""

    def _md5(self, data: bytes) -> tuple[int, bytes]:
        at, size = _words(data)[:2]
        digest = self._flash.md5(at, size)
        return 0, digest if self._stub else digest.hex().encode()

    def _write_register(self, data: bytes) -> tuple[int, bytes]:
        words = _words(data)
        for place in range(0, len(words) - 3, 4):
            self._registers.write(*words[place : place + 3])
        return 0, b""

    def _security(self, _data: bytes) -> tuple[int, bytes]:
        if self._silicon.magic is not None:
            raise Refused(INVALID)
        flags = SECURE_DOWNLOAD if self._secure else 0
        return 0, struct.pack("<IB7xII", flags, 0, self._silicon.number, 0)

    def _begin_reading(self, data: bytes) -> None:
        at, size = _words(data)[:2]
        self._answer(READ_FLASH, 0, b"", 0)
        self._reading = self._flash.read(at, size)
        self._digest = self._flash.md5(at, size)
        self._size = size
        self._send(slip.packet(self._reading[:SECTOR_BYTES]))

    def _go_on_reading(self, body: bytes) -> None:
        """The program has so many bytes by now."""
        arrived = _words(body)[0]
        if arrived < self._size:
            self._send(slip.packet(self._reading[arrived : arrived + SECTOR_BYTES]))
            return
        self._reading = b""
        self._send(slip.packet(self._digest))


def _words(data: bytes) -> tuple[int, ...]:
    if len(data) < 4:
        raise Refused(INVALID)
    return struct.unpack_from(f"<{len(data) // 4}I", data)
