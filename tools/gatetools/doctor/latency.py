"""The latency timer of FTDI adapters: how long they keep what came before they hand it on.

16 ms at delivery (FTDI application note AN232B-04); Linux's ftdi_sio shows it in sysfs, 1 to 255 ms.
"""

from collections.abc import Iterator

from gatetools.doctor.finding import Finding
from gatetools.doctor.patient import Patient

FOLDER = "/sys/bus/usb-serial/devices"
GOOD_MS = 2  # a swipe has two messages on the line; at 16 ms each it takes longer than the rest together
DIGITS_MAX = 3


def findings(patient: Patient) -> Iterator[Finding]:
    """Each adapter that has a latency timer."""
    for tty in patient.system.names(FOLDER):
        said = patient.system.text(f"{FOLDER}/{tty}/latency_timer")
        if said is not None:
            yield judge(tty, said)


def judge(tty: str, said: str) -> Finding:
    """Of the text in `latency_timer`."""
    if not (said.isascii() and said.isdecimal() and len(said) <= DIGITS_MAX):
        return Finding("adapter-latency-unknown", tty)
    return Finding("adapter-slow" if int(said) > GOOD_MS else "adapter-fast", tty, {"ms": int(said)})
