"""Runs a target on each line of its corpus and prints what comes of it, on either interpreter.

MICROPYPATH=CHIP:tests:tests/both:firmware:firmware/lib:.frozen micropython tests/fuzz/targets/tell.py TARGET CORPUS
"""

import binascii
import gc
import sys

from fuzz.targets import target


def tell(name, path):
    """One line for each input, in their order: its result, or the class of what it raised."""
    run = target(name)
    with open(path) as file:
        for line in file:
            gc.collect()
            try:
                print(run(binascii.unhexlify(line.strip())))
            except Exception as failure:  # noqa: BLE001 - whatever a target raises is told
                print("RAISED", type(failure).__name__, failure)
                sys.print_exception(failure)


tell(sys.argv[1], sys.argv[2])
