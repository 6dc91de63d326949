"""Random walks of the lane until so many facts are told: `python -m tests.lane --events 5000000 --seed 1`.

Each walk has a seed of its own, which also draws the lane's settings, and is judged order by order (see
tests/both/lane_walk.py). With --journal it is a whole gate's, on a flash that fails and loses its power, and judged by
what the house commits in the end (see tests/both/posted_walk.py). A promise that is broken ends it with the seed to
begin again with, exit status 1.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EVENTS_OF_A_WALK = 25_000


def main() -> int:
    """The exit status."""
    wanted = argparse.ArgumentParser(prog="python -m tests.lane", description=__doc__.split("\n")[0])
    wanted.add_argument("--events", type=int, default=1_000_000, help="how many facts in all")
    wanted.add_argument("--seed", type=int, default=1, help="of the first walk; each one has the next")
    wanted.add_argument("--journal", action="store_true", help="with conductor, relays and journal, under power cuts")
    chosen = wanted.parse_args()
    sys.path[:0] = [str(ROOT / part) for part in ("tests/both", "firmware", "firmware/lib")]
    import lane_walk
    import posted_walk

    told = opened = 0
    seed = chosen.seed
    while told < chosen.events:
        try:
            if chosen.journal:
                opens = posted_walk.walk(seed, EVENTS_OF_A_WALK).opens
            else:
                opens, _ = lane_walk.walk(seed, EVENTS_OF_A_WALK)
        except AssertionError:
            print(f"seed {seed}: a promise is broken")
            raise
        told += EVENTS_OF_A_WALK
        opened += opens
        seed += 1
    print(f"{told} facts in {seed - chosen.seed} walks from seed {chosen.seed}, {opened} openings: no promise broken")
    return 0


sys.exit(main())
