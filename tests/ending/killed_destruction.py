"""`gatehouse destroy` as a process that kills itself at its nth change of the disk, without any warning."""

import os
import signal
import sys
from pathlib import Path

from gatehouse.cli import main
from gatehouse.ending import destruction, erasing, journal

changes = iter(range(int(sys.argv[1])))


def is_last():
    return next(changes, None) is None


def killed_before(change):
    def changing(*given, **named):
        if is_last():
            os.kill(os.getpid(), signal.SIGKILL)
        return change(*given, **named)

    return changing


def killed_within(overwrite):
    def changing(path, size):
        if is_last():
            with Path(path).open("r+b") as file:
                file.write(bytes(size // 2))
            os.kill(os.getpid(), signal.SIGKILL)
        overwrite(path, size)

    return changing


destruction.erase = killed_before(destruction.erase)
destruction.write_receipt = killed_before(destruction.write_receipt)
journal.make_whole = killed_before(journal.make_whole)
erasing.overwrite = killed_within(erasing.overwrite)
main(sys.argv[2:])
