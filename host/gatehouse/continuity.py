"""Whether the databases go on from where the gates left them: what was lost is not begun anew on the quiet."""

from collections.abc import Iterable
from pathlib import Path

# What the names of the day keys begin with; one is made when a day's first traveller is answered.
LEDGER_DAY = "ledger "


class DataLost(Exception):
    """A database of a station that has served gates is missing or empty; the text says what to do."""


def check(register: Path, ledger: Path, purposes: Iterable[str], *, new_ledger: bool) -> None:
    """DataLost if travellers were answered whom no ledger remembers. `new_ledger`: begin one all the same.

    `purposes`: of the keys in the key file. Sessions of gates would prove nothing: enrolment has one of its own.

    A missing register makes every traveller unknown, which staff see at once; an empty file is what a disk that lost
    its content leaves.
    """
    if not any(purpose.startswith(LEDGER_DAY) for purpose in purposes):
        return
    if _is_empty(register):
        raise DataLost(
            f"{register}: is empty: its content was lost. Restore it (gatehouse restore data FILE --replace), or "
            "delete it and import the people anew (gatehouse register import)."
        )
    if not new_ledger and (not ledger.exists() or _is_empty(ledger)):
        raise DataLost(
            f"{ledger}: is missing or empty, but travellers have been answered here before. Look at [store] data "
            "in the settings, or restore it: gatehouse restore data FILE --replace. If it is lost for good, begin "
            "a new one: gatehouse run --new-ledger"
        )


def _is_empty(path: Path) -> bool:
    return path.exists() and path.stat().st_size == 0
