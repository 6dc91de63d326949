"""Types commands as a user who owns nothing: python as_nobody.py "gatehouse WORD..." "gate WORD..." ...

Prints a JSON list of [exit status, standard output, standard error], a trace included. All is imported as the user who
may read the checkout; nobody may not.
"""

import codecs
import json
import os
import sys
import traceback
from pathlib import Path

import gatehouse.cli
import gatetools.cli
from click.testing import CliRunner

NOBODY = 65534
PROGRAMS = {"gatehouse": gatehouse.cli.main, "gate": gatetools.cli.main}


def typed(line: str) -> tuple[int, str, str]:
    """What one command answers."""
    program, *words = line.split()
    done = CliRunner().invoke(PROGRAMS[program], words)
    trace = "" if isinstance(done.exception, SystemExit | None) else "".join(traceback.format_exception(done.exception))
    return done.exit_code, done.stdout, done.stderr + trace


if __name__ == "__main__":
    # What Python itself loads at the first use.
    codecs.lookup("utf-8-sig")
    Path(__file__).owner()
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    print(json.dumps([typed(line) for line in sys.argv[1:]]))
