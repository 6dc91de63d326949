"""Runs a target on files and prints what comes of each, on either interpreter.

MICROPYPATH=CHIP:tests:tests/both:firmware:firmware/lib:.frozen micropython tests/fuzz/targets/tell.py TARGET FILE ...
"""

import gc
import sys

from fuzz.targets import target


def tell(name, paths):
    """One line for each file, in their order: its result, or the class of what it raised."""
    run = target(name)
    for path in paths:
        gc.collect()
        with open(path, "rb") as file:
            data = file.read()
        try:
            print(run(data))
        except Exception as failure:  # noqa: BLE001 - whatever a target raises is told
            print("RAISED", type(failure).__name__, failure)
            sys.print_exception(failure)


tell(sys.argv[1], sys.argv[2:])
