"""What another process does to a station's databases, until it is killed: run as a program.

python other_process.py append LEDGER     commits an entry of its own gate for each line that it gets, prints its index
python other_process.py import REGISTER   is in the middle of an import, says so, and gets no further
"""

import sys
from dataclasses import replace
from pathlib import Path

from gatehouse.ledger import Ledger
from gatehouse.register import Register
from gatehouse.staging import Staging
from host.saved_station import entry

GATE = b"GATE-B2."


def append(path):
    ledger = Ledger(path)
    for index, _ in enumerate(sys.stdin, start=1):
        ledger.commit(replace(entry(index), identity=GATE, lane="lane 2"))
        print(index, flush=True)


def half_an_import(path, key):
    with Register(path, key)._changing() as connection:
        staging = Staging(connection)
        staging.begin()
        staging.add([(bytes([nth]) * 16, 2, "", 1_700_000_000, "city", None) for nth in range(250)])
        print("half", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    if sys.argv[1] == "append":
        append(Path(sys.argv[2]))
    else:
        half_an_import(Path(sys.argv[2]), bytes.fromhex(sys.argv[3]))
