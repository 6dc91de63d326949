"""Which pins a chip has, and what each may do.

Sources: ESP32 data sheet, "Pin Definitions" and "Strapping Pins" (GPIO34 to 39 have neither output drivers nor
pulls; 6 to 11 carry the flash); ESP32-S3 data sheet (strapping 0, 3, 45, 46; 26 to 37 flash and octal PSRAM; 19 and
20 native USB).
"""

import board

_S3 = board.CHIP == "esp32s3"
EXISTING = (
    set(range(22)) | set(range(26, 49)) if _S3 else set(range(20)) | {21, 22, 23, 25, 26, 27} | set(range(32, 40))
)
STRAPPING = {0, 3, 45, 46} if _S3 else {0, 2, 5, 12, 15}
TAKEN = set(range(26, 38)) | {19, 20} if _S3 else set(range(6, 12))  # flash, PSRAM, USB
INPUT_ONLY = set() if _S3 else set(range(34, 40))


def check_input(number, pulled):
    """ValueError if the chip has no such input, or no pull on it."""
    if number not in EXISTING:
        raise ValueError("no such pin")
    if number in TAKEN:
        raise ValueError("pin carries flash, PSRAM or USB")
    if pulled and number in INPUT_ONLY:
        raise ValueError("pin has no pulls")


def check_output(number):
    """ValueError if the chip cannot or must not drive that pin."""
    check_input(number, False)
    if number in INPUT_ONLY:
        raise ValueError("pin is input only")
    if number in STRAPPING:
        raise ValueError("strapping pin as output")
