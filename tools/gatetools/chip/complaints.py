"""What is wrong with a chip, in words that say what to do. The table's left side is what esptool prints."""

import re
from typing import NamedTuple

from gatehouse import words

from gatetools import disk, serial_port
from gatetools.disk import AGAIN
from gatetools.serial_port import CHARGES_ONLY

PORT_SHUT = re.compile(r"Could not open .*, the port is busy or doesn't exist\.\s*\((.*)\)")


class Complaint(NamedTuple):
    """`pattern`: what a program prints, any case. `said`: what it means, and what to do."""

    pattern: str
    said: str


# In this order: the first that fits is told. Texts of esptool 5.6.0 and of pyserial 3.5.
KNOWN = (
    Complaint(
        r"No module named esptool",
        "esptool is missing, the program that speaks to the chip. Install it: pip install 'gatehouse[bench-tools]'",
    ),
    Complaint(
        r"Wrong boot mode",
        "the chip started its program instead of its loader: the board's adapter does not pull IO0. Hold the button "
        f"BOOT (IO0) while the command connects. {AGAIN}",
    ),
    Complaint(
        r"TX path seems to be down",
        "the chip is heard, but does not hear: the wire from the adapter's TXD to the chip is open, or another part "
        f"drives the chip's RXD. {AGAIN}",
    ),
    Complaint(
        r"Secure Download Mode",
        "this chip was locked for good by its fuses (secure download mode): only its maker's images go onto it. Take "
        "another board.",
    ),
    Complaint(
        r"Active security features detected|Secure Boot V1 detected|Detected flash encryption"
        r"|Flash encryption with Key Manager detected",
        "this chip's fuses bind it to its maker's firmware for good (secure boot or flash encryption is on): it would "
        "start no other. Nothing was written. Take another board.",
    ),
    Complaint(
        r"MD5 of file does not match|the written flash region is empty|Verification failed",
        "what was written does not read back the same. Run the same command again. If it comes again: a weak power "
        "supply, or the board's flash is worn out; take another board.",
    ),
    Complaint(
        r"Failed to connect",
        f"the port opens, but no chip answers there. Most often it is the cable ({CHARGES_ONLY}) or another port. If "
        "both are right: hold the button BOOT (IO0) while the command connects, and on an ESP32-S3 whose own USB is "
        f"used, hold BOOT, press RESET, let go of BOOT. {AGAIN}",
    ),
    Complaint(
        r"Input/output error|device disconnected|ClearCommError|Errno 5\b|Errno 19\b|Device not configured"
        r"|socket disconnected|connection closed|Write timeout|No more data to read",
        f"the port went away in between: the cable came out, or the board lost its power. {AGAIN}",
    ),
    Complaint(
        r"No serial data received|Timed out|Failed to start stub|no response|not respond|timeout",
        "the chip fell silent in between: it lost its power, or the port cannot feed it (no hub, another cable), or "
        f"this rate is too fast for it (--baud 115200). {AGAIN}",
    ),
    Complaint(
        r"Invalid head of packet|serial noise|Packet content transfer stopped|Digest mismatch|Corrupt data"
        r"|Expected digest|Checksum error|doesn't match request|bad data checksum",
        f"bytes were lost or changed on the way. Take a shorter cable, no hub, a lower rate (--baud 115200). {AGAIN}",
    ),
    Complaint(r"No space left|Errno 28", disk.FULL),
)
LINES_SHOWN = 3
TRACE = "Traceback (most recent call last)"


def told(text: str, port: str) -> str:
    """What esptool's text about the chip at this port means, or its own last lines where that is not known here."""
    if shut := PORT_SHUT.search(text):
        return serial_port.why(port, OSError(shut[1]))
    for known in KNOWN:
        if re.search(known.pattern, text, re.IGNORECASE):
            return known.said
    lines = [words.plain(line.strip().encode()) for line in text.splitlines() if line.strip()]
    if not lines:
        return f"esptool ended without a word. {AGAIN}"
    if TRACE in text:
        return f"esptool itself failed ({lines[-1]}). Unplug the board, plug it in. {AGAIN}"
    return "esptool says: " + " / ".join(lines[-LINES_SHOWN:])
