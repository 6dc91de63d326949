"""Power cuts by the thousand: longer lives of ledger and register, many outcomes of each cut, ever other seeds."""

import argparse
import contextlib
import random
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "both"), str(ROOT / "firmware")]

from gatehouse import sorted_rows, staging  # noqa: E402
from gatehouse.ledger import Ledger  # noqa: E402
from host.saved_station import entry  # noqa: E402

from faults import ledger_soundness, register_soundness  # noqa: E402 - the paths come first
from faults.cuts import judge  # noqa: E402
from faults.disk import Told  # noqa: E402
from faults.recorder import Recorder  # noqa: E402

COMMITS_MAX, TOGETHER_MAX, PEOPLE_MAX = 60, 40, 400


def ledger_life(folder: Path, draw: random.Random) -> Recorder:
    """A ledger that is filled, alone and together, closed and opened again, with its log begun anew now and then."""
    recorded, index = Recorder(folder), 0
    with recorded.listening():
        for _ in range(draw.randint(1, 3)):
            with contextlib.closing(Ledger(folder / "ledger.db")) as ledger:
                ledger_soundness.short_log(ledger)
                recorded.promise(index)
                for _ in range(draw.randint(1, COMMITS_MAX)):
                    many = draw.choice((1, 1, 1, draw.randint(2, TOGETHER_MAX)))
                    ledger.commit(*(entry(index + 1 + nth) for nth in range(many)))
                    index += many
                    recorded.promise(index)
    return recorded


def register_life(folder: Path, file: Path, draw: random.Random) -> tuple[Recorder, range]:
    """A register that is imported twice, and who is in it."""
    people = range(draw.randint(10, PEOPLE_MAX))
    staging.STEP_ROWS = sorted_rows.STEP_ROWS = draw.randint(5, 100)
    recorded = Recorder(folder)
    with recorded.listening():
        for number, (colour, hours) in enumerate((("green", 3), ("red", 2)), start=1):
            register_soundness.load(folder / "register.db", file, colour, hours, people)
            recorded.promise(number)
    return recorded, people


def one_round(work: Path, seed: int, draws: int) -> int:
    """A life of each, cut everywhere; how many cuts there were. AssertionError where a promise was broken."""
    draw = random.Random(seed)
    ledger, register, found = work / "ledger", work / "register", work / "found"
    ledger.mkdir()
    register.mkdir()
    recorded = ledger_life(ledger, draw)
    committed = {one.what for one in recorded.operations if isinstance(one, Told)}

    def is_whole(found, cut):
        assert ledger_soundness.whole(found / "ledger.db", cut.promised) in committed

    count = judge(recorded, found, is_whole, seed, draws)
    recorded, people = register_life(register, work / "people.csv", draw)

    def is_one(found, cut):
        (outcome,) = register_soundness.answers(found / "register.db", people)
        assert register_soundness.ORDER.index(outcome) in {len(cut.promised), len(cut.promised) + 1}

    return count + judge(recorded, found, is_one, seed, draws)


def main() -> int:
    """Exit status 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, help="of the first round; every cut of a round follows from it (the time)")
    parser.add_argument("--minutes", type=float, default=5.0, help="for how long (5)")
    parser.add_argument("--draws", type=int, default=5, help="random outcomes of each cut, beside nothing and all (5)")
    asked = parser.parse_args()
    seed = int(time.time()) if asked.seed is None else asked.seed
    end_s, cuts = time.monotonic() + asked.minutes * 60, 0
    while True:
        with tempfile.TemporaryDirectory() as work:
            try:
                cuts += one_round(Path(work), seed, asked.draws)
            except AssertionError as broken:
                print(
                    *broken.__notes__, f"again: python -m tests.faults --seed {seed} --minutes 0 --draws {asked.draws}"
                )
                raise
        seed += 1
        if time.monotonic() >= end_s:
            break
    print(f"{cuts} power cuts, no promise broken")
    return 0


if __name__ == "__main__":
    sys.exit(main())
