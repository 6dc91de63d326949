"""Retention killed wherever it happens to be: the next run ends it, and the ledger is whole meanwhile."""

import contextlib
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gatehouse import deeds
from gatehouse.growth import leaf_hash
from gatehouse.retention.entry_sweep import ROWS_A_STEP
from gatehouse.retention.run import Retention
from retention.aged_station import TODAY, AgedStation, noon_s, passed, person, raw, seeded

SCRIPT = Path(__file__).with_name("killed_run.py")
STEPS = 12


def killed_after(station, steps, wait_s):
    """Start a run, and kill it so long after its nth step; whether it had ended before."""
    command = [sys.executable, str(SCRIPT), str(station.config), str(TODAY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for _ in range(steps):
            if process.stdout.readline() != "step\n":
                break
        time.sleep(wait_s)  # where in its work a kill meets it is chance: that is what is tried
        process.kill()
        return "done" in process.stdout.read()


@pytest.mark.parametrize("_turn", range(2))
def test_killed_again_and_again_it_ends_with_nothing_lost_and_nothing_left(tmp_path, _turn):
    """A lane goes on committing between the kills."""
    rng = seeded()
    station = AgedStation(tmp_path)
    count = STEPS * ROWS_A_STEP
    station.commit(*(passed(index, 300) for index in range(1, count)))
    station.commit(passed(count, 1))
    station.serve_days(300, 0)
    station.know([(person(10**6 + nth), noon_s(400), None) for nth in range(100)])
    station.answer(*range(20, 60))
    leaves = [leaf for leaf, _, _ in station.leaves()]
    for later in range(1, 4):
        killed_after(station, rng.randint(0, STEPS // 2), rng.uniform(0, 0.03))
        rows = station.leaves()
        assert [leaf for leaf, _, _ in rows][:count] == leaves
        assert all((salt is None) == (body is None) for _, salt, body in rows)
        assert all(leaf == leaf_hash(salt, body) for leaf, salt, body in rows if salt is not None)
        assert station.commit(passed(count + later, 0))[0].missing == 0

    assert Retention(station.settings, lambda: False).run(TODAY, "gatehouse").settled

    rows = station.leaves()
    told = [deeds.decoded(body) for _, _, body in rows if body is not None and body[1] == deeds.FORMAT]
    assert sum(deed.detail.get("entries", 0) for deed in told) == count - 1
    assert [body is None for _, _, body in rows[:count]] == [True] * (count - 1) + [False]
    left = raw(station.data, station.keys_path.parent)
    assert not [index for index in range(1, count) if person(index) in left]
    assert not [nth for nth in range(100) if person(10**6 + nth) in left]
    with contextlib.closing(station.keys()) as keys:
        assert len([name for name in keys.purposes() if name.startswith("ledger 2")]) == 1
