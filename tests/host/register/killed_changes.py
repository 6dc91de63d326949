"""One `gatehouse register` command that kills itself by SIGKILL before the nth commit from its deed on.

    python killed_changes.py NTH COMMAND...

Exit status: that of the command if it made fewer commits. Those of every database count, the deed's own first.
"""

import os
import signal
import sqlite3
import sys

left = [int(sys.argv[1])]
begun = []
real = sqlite3.connect


def counted(statement):
    """Told of each statement, before it is carried out."""
    said = statement.strip().lower()
    if said.startswith("insert into ledger"):
        begun.append(statement)
    elif begun and said.startswith("commit"):
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)


def connect(*arguments, **named):
    """A connection whose statements are counted."""
    connection = real(*arguments, **named)
    connection.set_trace_callback(counted)
    return connection


sqlite3.connect = sqlite3.dbapi2.connect = connect

from gatehouse.cli import main  # noqa: E402 - after the connections are counted

main(sys.argv[2:])
