"""Whether the databases go on from where the gates left them: what was lost is not begun anew on the quiet."""

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path

from gatehouse.ledger import Entry

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


def day_without_key(entries: Sequence[Entry], purposes: Iterable[str]) -> str | None:
    """The day (YYYYMMDD) on which the last of these entries that tells a traveller was heard, if its key is lost.

    A key that retention has destroyed is not missed: its entries went before it. Near midnight a tap and its report are
    of two days, and so they are after a clock was set: of three days one must have a key.
    """
    heard_s = next((one.heard_s for one in reversed(entries) if one.person is not None), None)
    if heard_s is None:
        return None
    heard = datetime.datetime.fromtimestamp(heard_s).astimezone()
    near = {f"{LEDGER_DAY}{heard + datetime.timedelta(days=away):%Y%m%d}" for away in (-1, 0, 1)}
    return None if near & set(purposes) else f"{heard:%Y%m%d}"


def _is_empty(path: Path) -> bool:
    return path.exists() and path.stat().st_size == 0
