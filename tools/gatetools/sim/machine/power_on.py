"""Power-up of a chip whose file system holds the firmware at the path given as argument: boot.py, main.py, the REPL.

    micropython -X heapsize=192k <this folder>/power_on.py <firmware>

The order is that of ports/esp32/main.c of MicroPython: an error in boot.py keeps main.py from running, and whatever
ends main.py leads to the REPL.
"""

import sys

# As it was given: the interpreter puts the whole real path there, and keeps it beside each file that it loads.
sys.path[0] = sys.argv[0].rsplit("/", 1)[0]

import os

FIRMWARE = ("gate", "gatelink", "boards", "board")


def run(name, names):
    """Whether a file ran through, or is not there. SystemExit is a soft reset, or with a status of its own a hard one."""
    path = sys.argv[1] + "/" + name
    try:
        os.stat(path)
    except OSError:
        return True
    try:
        execfile(path, names)
    except SystemExit:
        raise
    except BaseException as failure:
        sys.print_exception(failure)
        return False
    return True


def life(repl):
    """From the start of the interpreter to a soft reset."""
    names = {"__name__": "__main__"}
    whole = run("boot.py", names)
    if whole and not (repl and repl.raw):
        run("main.py", names)
    if repl is None:
        # Only now: a lane that runs has its heap for itself.
        import console
        from repl import Repl

        standard = console.Console()
        console.attach(standard)
        repl = Repl(standard)
    repl.run(names)
    return repl


repl = None
while True:
    try:
        repl = life(repl)
    except SystemExit as left:
        if left.args:
            raise
    for module in list(sys.modules):
        if module.split(".")[0] in FIRMWARE:
            del sys.modules[module]
    for name in ("timer", "edges"):
        if name in sys.modules:
            sys.modules[name].stop_all()
    if repl is not None:
        repl.soft_rebooted()
