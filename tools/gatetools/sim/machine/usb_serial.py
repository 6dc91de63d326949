"""The ESP32-S3's own USB as a serial port, the tty at GATE_USB; loaded by whatever runs on it."""

from uart import UART, WRITE_BYTES


class UsbSerial(UART):
    """Has no speed. The host takes what is written when it is ready; what it leaves for too long is lost."""

    _TTY = "GATE_USB"
    _PATIENCE_MS = 500  # shared/tinyusb/mp_usbd_cdc.c, MICROPY_HW_USB_CDC_TX_TIMEOUT

    def __init__(self):
        super().__init__(0)

    def write(self, data):
        view = memoryview(data)
        try:
            for at in range(0, len(data), WRITE_BYTES):
                if self.file is None or not self._out.poll(self._PATIENCE_MS):
                    break
                self.file.write(view[at : at + WRITE_BYTES])
        except OSError:
            self._hang_up()
        return len(data)
