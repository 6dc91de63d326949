"""The USB serial adapters and chips that a gate or its cable may bring, by vendor and product id.

Names of drivers: the device tables of Linux's drivers/usb/serial and drivers/usb/class/cdc-acm.c.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Adapter:
    """What a USB id stands for. `driver`: Linux's module."""

    name: str
    driver: str


ADAPTERS: dict[tuple[str, str], Adapter] = {
    ("1a86", "7523"): Adapter("CH340", "ch341"),
    ("1a86", "7522"): Adapter("CH340", "ch341"),
    ("1a86", "5523"): Adapter("CH341", "ch341"),
    ("1a86", "55d3"): Adapter("CH343", "cdc_acm"),
    ("1a86", "55d4"): Adapter("CH9102", "cdc_acm"),
    ("10c4", "ea60"): Adapter("CP210x", "cp210x"),
    ("10c4", "ea70"): Adapter("CP2105", "cp210x"),
    ("0403", "6001"): Adapter("FT232R", "ftdi_sio"),
    ("0403", "6010"): Adapter("FT2232", "ftdi_sio"),
    ("0403", "6011"): Adapter("FT4232", "ftdi_sio"),
    ("0403", "6014"): Adapter("FT232H", "ftdi_sio"),
    ("0403", "6015"): Adapter("FT-X", "ftdi_sio"),
    ("067b", "2303"): Adapter("PL2303", "pl2303"),
    ("303a", "1001"): Adapter("ESP32-S3, USB Serial/JTAG", "cdc_acm"),
    ("303a", "4001"): Adapter("ESP32-S3, MicroPython", "cdc_acm"),
}
