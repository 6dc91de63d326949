"""A pair of sessions and somebody who holds the cable: `python -m tests.fuzz.sessions SECONDS SEED`.

The machine is the one that `make test` runs for a moment. What it finds is printed as the steps that lead there.
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 50  # examples between two looks at the clock
STEPS = 60


def main() -> int:
    """Exit status 1, with the steps, if a promise was broken."""
    seconds, seed = float(sys.argv[1]), int(sys.argv[2])
    sys.path[:0] = [str(ROOT / part) for part in ("tests", "tests/both", "firmware")]
    import hypothesis
    from hypothesis.stateful import run_state_machine_as_test

    from fuzz.test_stateful import HeldCable

    chosen = hypothesis.settings(
        max_examples=AT_ONCE, stateful_step_count=STEPS, deadline=None, database=None, print_blob=False
    )
    ends_at = time.monotonic() + seconds
    done = 0
    while time.monotonic() < ends_at:
        run_state_machine_as_test(hypothesis.seed(seed + done)(HeldCable), settings=chosen)
        done += AT_ONCE
        print(f"#{done}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
