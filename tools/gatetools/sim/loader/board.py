"""A board on its cable: the adapter's lines DTR and RTS pull EN and IO0, and a reset starts the loader or the firmware.

The usual circuit of two transistors (ESP32-DevKitC schematic): RTS alone pulls EN low, DTR alone pulls IO0 low, both
together pull neither. EN rises late, over a capacitor: while a program changes the lines one after the other, the
moment in which both are on does not yet end a reset.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from gatetools.sim.loader.flash import Flash, PowerCut
from gatetools.sim.loader.rom import Loader
from gatetools.sim.loader.silicon import CHIPS

# What the ROM prints at 115200 Bd after a reset: ESP-IDF, "Fatal Errors" and esptool's "Boot Mode Selection".
ROM_GREETING = {
    "esp32": "ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x{mode:x} ({name})\r\n",
    "esp32s3": "ESP-ROM:esp32s3-20210327\r\nBuild:Mar 27 2021\r\nrst:0x1 (POWERON),boot:0x{mode:x} ({name})\r\n",
}
NORMAL = {"esp32": (0x13, "SPI_FAST_FLASH_BOOT"), "esp32s3": (0x8, "SPI_FAST_FLASH_BOOT")}
DOWNLOAD = {"esp32": (0x3, "DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2)"), "esp32s3": (0x0, "DOWNLOAD(USB/UART0)")}
BOOT_LOADER_AT = {"esp32": 0x1000, "esp32s3": 0x0}
IMAGE_MAGIC = 0xE9


class Firmware(Protocol):
    """What runs when the chip starts from its flash."""

    def put_into(self, flash: Flash) -> None:
        """The flash that it starts from."""

    def start(self, send: Callable[[bytes], None]) -> None:
        """It may send from now on."""

    def receive(self, data: bytes) -> None:
        """Bytes for the console's UART."""

    def stop(self) -> None:
        """EN went low, or the power."""


class Board:
    """One board with its power on. `firmware`: None if nothing of it is to run."""

    def __init__(
        self,
        chip: str,
        flash_bytes: int,
        firmware: Firmware | None = None,
        *,
        auto_reset: bool = True,
        secure_download: bool = False,
        burnt: Sequence[tuple[int, int]] = (),
    ) -> None:
        """`auto_reset`: its adapter's lines are wired to EN and IO0. `burnt`: fuses, by register and bits."""
        self.chip = chip
        self.flash = Flash(flash_bytes)
        self.loader: Loader | None = None
        self.starts: list[str] = []  # "loader", "firmware" or "nothing", one for each reset
        self.asked: list[int] = []  # commands of the loader over all resets
        self._firmware = firmware
        if firmware is not None:
            firmware.put_into(self.flash)
        self._auto_reset = auto_reset
        self._secure = secure_download
        self._burnt = burnt
        self._dtr = self._rts = False
        self._in_reset = False
        self._powered = True
        self._send: Callable[[bytes], None] = lambda _data: None
        self._runs = False

    def attach(self, send: Callable[[bytes], None]) -> None:
        """Where its bytes go from now on."""
        self._send = send

    def lines(self, *, dtr: bool | None = None, rts: bool | None = None) -> None:
        """The adapter's lines change."""
        self._dtr = self._dtr if dtr is None else dtr
        self._rts = self._rts if rts is None else rts
        if not self._auto_reset or (self._dtr and self._rts):
            return
        if self._rts:
            self._hold()
        elif self._in_reset:
            self._in_reset = False
            self._boot(download=self._dtr)

    def receive(self, data: bytes) -> None:
        """Bytes from the cable. A power cut in the middle of a write silences the board until `power_on`."""
        if not self._powered:
            return
        if self.loader is not None:
            try:
                self.loader.receive(data)
            except PowerCut:
                self.power_off()
        elif self._runs and self._firmware is not None:
            self._firmware.receive(data)

    def power_off(self) -> None:
        self._hold()
        self._powered = False

    def power_on(self) -> None:
        """With nothing pulled, so it starts from its flash."""
        self._powered, self.flash.cut_after = True, None
        self._boot(download=False)

    def _hold(self) -> None:
        self._in_reset = True
        if self.loader is not None:
            self.asked += self.loader.asked
        self.loader = None
        if self._runs and self._firmware is not None:
            self._firmware.stop()
        self._runs = False

    def _boot(self, *, download: bool) -> None:
        if not self._powered:
            return
        mode, name = (DOWNLOAD if download else NORMAL)[self.chip]
        self._say(ROM_GREETING[self.chip].format(mode=mode, name=name))
        if download:
            self.starts.append("loader")
            self._say("waiting for download\r\n")
            self.loader = Loader(
                CHIPS[self.chip], self.flash, self._tell, secure_download=self._secure, burnt=self._burnt
            )
        elif self.flash.read(BOOT_LOADER_AT[self.chip], 1)[0] == IMAGE_MAGIC:
            self.starts.append("firmware")
            if self._firmware is not None:
                self._runs = True
                self._firmware.start(self._tell)
        else:
            self.starts.append("nothing")
            self._say("invalid header: 0xffffffff\r\n" * 3)

    def _say(self, text: str) -> None:
        self._tell(text.encode())

    def _tell(self, data: bytes) -> None:
        self._send(data)
