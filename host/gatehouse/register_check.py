"""Whether a register is whole: the file, and every row by what may stand in it."""

import time
from collections import Counter
from collections.abc import Callable

from gatehouse.importing import CLOCK_TOLERANCE_S, REASON_SHAPE
from gatehouse.person import PSEUDONYM_BYTES
from gatehouse.register import READ_ROWS, Register
from gatehouse.staging import Row
from gatehouse.status import Colour

ANY_TIME_S = 253_402_300_800  # the year 10000: no clock shows it


def faults(register: Register, progress: Callable[[int], None]) -> list[str]:
    """A sentence for each kind of fault, empty if there is none. progress(rows). DatabaseError if it ends early."""
    found: Counter[str] = Counter()
    latest_s = int(time.time()) + CLOCK_TOLERANCE_S
    for number, row in enumerate(register.rows(), start=1):
        if said := wrong(row, latest_s):
            found[said] += 1
        if number % READ_ROWS == 0:
            progress(number)
    rows = (f"{count} rows: {said}" for said, count in sorted(found.items()))
    return [*(f"the file: {said}" for said in register.damage()), *rows]


def wrong(row: Row, latest_s: int) -> str:
    """What is wrong with a row, empty if nothing is. What an import would not have written counts as damage."""
    pseudonym, colour, reason, updated_s, source, until_s = row
    if len(pseudonym) != PSEUDONYM_BYTES:
        return f"a pseudonym is not {PSEUDONYM_BYTES} bytes"
    if colour not in Colour.__members__.values():
        return "a colour is none; it leads to staff"
    if not 0 <= updated_s <= latest_s:
        return "a status was set at a time that has not come yet, or before 1970"
    if until_s is not None and not updated_s < until_s < ANY_TIME_S:
        return "an age limit ends before the status was set, or never"
    if not source.strip():
        return "a status has no source; it never lets anybody pass"
    if reason and not REASON_SHAPE.fullmatch(reason):
        return "a reason is no short word"
    return ""
