"""Which pins a chip has, and what each may do.

Sources: ESP32 data sheet, "Pin Definitions" and "Strapping Pins" (GPIO34 to 39 have neither output drivers nor
pulls; 6 to 11 carry the flash); ESP32-S3 data sheet (strapping 0, 3, 45, 46; 26 to 37 flash and octal PSRAM; 19 and
20 native USB).
"""

import board

# Bits, not sets: the gate's heap is small, and this is not on it on a chip.
_S3 = board.CHIP == "esp32s3"
_S3_EXISTING = (1 << 22) - 1 | ((1 << 23) - 1) << 26
_EXISTING = (1 << 20) - 1 | 1 << 21 | 1 << 22 | 1 << 23 | 1 << 25 | 1 << 26 | 1 << 27 | 0xFF << 32
EXISTING = _S3_EXISTING if _S3 else _EXISTING
STRAPPING = 1 << 0 | 1 << 3 | 1 << 45 | 1 << 46 if _S3 else 1 << 0 | 1 << 2 | 1 << 5 | 1 << 12 | 1 << 15
TAKEN = 0xFFF << 26 | 1 << 19 | 1 << 20 if _S3 else 0x3F << 6  # flash, PSRAM, USB
INPUT_ONLY = 0 if _S3 else 0x3F << 34


def check_input(number, pulled):
    """ValueError if the chip has no such input, or no pull on it."""
    if number < 0 or not EXISTING >> number & 1:
        raise ValueError("no such pin")
    if TAKEN >> number & 1:
        raise ValueError("pin carries flash, PSRAM or USB")
    if pulled and INPUT_ONLY >> number & 1:
        raise ValueError("pin has no pulls")


def check_output(number):
    """ValueError if the chip cannot or must not drive that pin."""
    check_input(number, False)
    if INPUT_ONLY >> number & 1:
        raise ValueError("pin is input only")
    if STRAPPING >> number & 1:
        raise ValueError("strapping pin as output")
