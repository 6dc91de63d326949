"""Runs test files under MicroPython: every function whose name begins with `test_`, plain asserts, no fixtures.

    MICROPYPATH=tests/both:firmware:firmware/lib:.frozen micropython tests/both/run_micropython.py tests/both/test_x.py

Prints one line for each test; exit status 1 if one failed or if there was none.
"""

import gc
import sys


def run(path: str) -> "tuple[int, int]":
    """(tests run, tests failed) of one file."""
    module = __import__(path.rsplit("/", 1)[-1].rsplit(".", 1)[0])
    names = sorted(name for name in dir(module) if name.startswith("test_"))
    failed = 0
    for name in names:
        gc.collect()
        try:
            getattr(module, name)()
        except Exception as failure:  # noqa: BLE001 - whatever a test raises is its failure
            failed += 1
            print("FAILED", name)
            sys.print_exception(failure)
        else:
            print("passed", name)
    return len(names), failed


if __name__ == "__main__":
    ran = failed = 0
    for argument in sys.argv[1:]:
        count, wrong = run(argument)
        ran += count
        failed += wrong
    print("%d run, %d failed" % (ran, failed))
    sys.exit(1 if failed or not ran else 0)
