"""Runs on MicroPython, against the compiled firmware: a week of taps without a house. See `lifetime`.

Arguments: how many taps, how many blocks the journal has. Prints one line, for `lifetime` to read.

    week TOLD RECORDS ROOM      taps that come out again after a restart; in how many records, of how many that fit
"""

import sys

from gate.journal import Journal
from gate.ring import SLOTS
from gatelink import codes
from ram_flash import RamFlash


def main(taps, blocks):
    flash = RamFlash(blocks)
    journal = Journal(flash, 1)
    for tap in range(1, taps + 1):
        journal.append(codes.REPORT_NOT_OPENED, tap, codes.REASON_HOST_AWAY)
    again = Journal(flash, 1)
    told = records = 0
    report = again.next_report()
    while report is not None:
        records += 1
        if report.what == codes.REPORT_COUNTED:
            told += report.detail
        elif report.what == codes.REPORT_NOT_OPENED:
            told += 1
        again.passed(report.index)
        report = again.next_report()
    print("week", told, records, blocks * (SLOTS - 1))


main(int(sys.argv[1]), int(sys.argv[2]))
