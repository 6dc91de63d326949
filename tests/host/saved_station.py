"""What the tests of backups ask of a data folder."""

import contextlib

from gatehouse.ledger import Entry, Ledger
from gatelink import codes


def nothing(*_):
    """No progress is shown."""


def entry(index, lane="lane 1"):
    """One record of one lane."""
    return Entry(b"GATE-A1.", lane, index, codes.REPORT_PASSED, 1, index, 0, 0, 1_700_000_000, None)


def indexes(data):
    """(index, what, detail) of each record in a data folder's ledger."""
    with contextlib.closing(Ledger(data / "ledger.db")) as ledger:
        return [(one.index, one.what, one.detail) for one in ledger.entries()]
