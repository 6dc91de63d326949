"""Commands that hold keys: no core dump, and no memory that another process of the same user may read."""

import os
import subprocess
import sys

from gatehouse.status import Colour

PASSPHRASE = b"seven geese cross the road slowly\n"
# What the kernel says of the process in the moment in which it gets to the keys: PR_GET_DUMPABLE is 3, prctl(2).
TELLS = """
import ctypes, resource, sys
sys.argv = sys.argv[1:]
def telling(call):
    def told(*arguments, **named):
        print("core", resource.getrlimit(resource.RLIMIT_CORE)[0], "dumpable", ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
        return call(*arguments, **named)
    return told
import gatehouse.terminal
from gatehouse.backups import key_archive
gatehouse.terminal.KeyFile = telling(gatehouse.terminal.KeyFile)
key_archive.load = telling(key_archive.load)
from gatehouse.cli import main as gatehouse
from gatetools.cli import main as gate
(gate if sys.argv[0] == "gate" else gatehouse)()
"""


def typed(station, *words):
    source, sink = os.pipe()
    os.write(sink, PASSPHRASE)
    os.close(sink)
    more = ["--passphrase-fd", str(source)] if words[1] in ("backup", "restore") else []
    try:
        return subprocess.run(
            [sys.executable, "-c", TELLS, *map(str, words), "--config", str(station.config), *more],
            capture_output=True,
            text=True,
            check=False,
            pass_fds=[source],
        ).stdout
    finally:
        os.close(source)


def test_no_command_that_holds_keys_leaves_a_dump(station, number_of):
    """Whether it opens the key file or a backup of it."""
    station.write_config("loop://")
    station.know((number_of(1), Colour.GREEN, 60))
    saved, people = station.folder / "keys.backup", station.folder / "people.csv"
    people.write_text("number,colour,updated\n", encoding="utf-8")
    said = {
        words: typed(station, *words)
        for words in (
            ("gate", "enroll", "/dev/none", "--lane", "A1"),
            ("gatehouse", "keys", "show"),
            ("gatehouse", "backup", "keys", saved),
            ("gatehouse", "restore", "keys", saved, "--replace"),
            ("gatehouse", "register", "import", people),
        )
    }
    assert [words for words, line in said.items() if "core 0 dumpable 0" not in line] == [], said
