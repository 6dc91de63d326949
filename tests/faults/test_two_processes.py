"""Two processes on one station's data: one waits, is refused in words, or goes on alone when the other was killed."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gatehouse.ledger import Ledger
from gatehouse.register import Register
from gatehouse.status import Colour, Outcome
from gatelink import codes
from host.saved_station import entry, indexes

from faults.ledger_soundness import root_of, tree_of
from faults.other_process import GATE

TESTS = Path(__file__).resolve().parents[1]


@pytest.fixture
def other():
    """Starts `other_process`; what still runs after the test is killed."""
    started = []

    def run(*arguments):
        command = [sys.executable, str(TESTS / "faults" / "other_process.py"), *map(str, arguments)]
        paths = os.pathsep.join([str(TESTS), *sys.path])
        started.append(
            subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": paths},
            )
        )
        return started[-1]

    yield run
    for one in started:
        one.kill()
        one.wait()
        one.stdin.close()
        one.stdout.close()


def test_two_that_append_to_one_ledger_lose_nothing_and_a_killed_one_holds_nobody_up(tmp_path, other):
    """Every entry that either has been told to be committed is there, once; the tree over both is whole."""
    path = tmp_path / "ledger.db"
    with contextlib.closing(Ledger(path)) as ledger:
        writing, told = other("append", path), []

        def asked(count):
            writing.stdin.write("\n" * count)
            writing.stdin.flush()

        for own in range(1, 11):
            asked(3)
            ledger.commit(entry(own))
            told.append(int(writing.stdout.readline()))
        asked(100)
        while told[-1] < 40:
            told.append(int(writing.stdout.readline()))
        writing.kill()
        told += [int(line) for line in writing.stdout if line.endswith("\n")]
        ledger.commit(entry(own + 1))

        theirs = [one.index for one in ledger.entries() if one.identity == GATE]
        assert [one.index for one in ledger.entries() if one.identity != GATE] == list(range(1, own + 2))
        assert theirs == list(range(1, len(theirs) + 1))
        assert len(theirs) in {told[-1], told[-1] + 1}
        assert ledger.cursors() == {entry(1).identity: own + 1, GATE: len(theirs)}
        assert tree_of(ledger) == root_of(ledger)


def test_a_second_import_is_refused_and_a_killed_one_is_as_if_it_had_never_been(
    station, other, gatehouse_command, number_of
):
    """The one that is at work is named; once it is killed the next one needs nobody's help."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys = station.keys()
    with contextlib.closing(keys):
        key = keys.secret("register")
    file = station.folder / "people.csv"
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    file.write_text(f"number,colour,updated\n{number_of(1)},red,{now}\n", encoding="utf-8")
    command = [*gatehouse_command, "register", "import", str(file), "--config", str(station.write_config("loop://"))]
    path = station.data / "register.db"
    working = other("import", path, key.hex())
    assert working.stdout.readline() == "half\n"

    refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    with contextlib.closing(Register(path, key)) as register:
        meanwhile = register.look_up(number_of(1).encode()).outcome
    working.kill()
    working.wait()
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert refused.returncode == 1
    assert "another import, update or deletion is at work. Try again when it has ended." in refused.stderr
    assert "the register is as it was" in refused.stderr
    assert meanwhile is Outcome.GREEN
    assert (done.returncode, done.stderr) == (0, "")
    with contextlib.closing(Register(path, key)) as register:
        assert (register.look_up(number_of(1).encode()).outcome, register.count()) == (Outcome.RED, 1)
        assert not register.stats(time.time()).leftovers


def test_beside_a_serving_gatehouse_no_second_one_and_no_restore_begins_until_it_is_killed(
    saved, start, new_pty, bench_gate, number_of, restore_data
):
    """Each is told which one is there and what to do; the lanes notice nothing. SIGKILL leaves nothing to clear up."""
    keys, tty = saved.enrol("lane 2"), new_pty()
    config = saved.write_config(tty.name)
    house = start("run", "--config", config)
    gate = bench_gate(keys, tty.fd).bring_up()

    second = start("run", "--config", config)
    gate.until(lambda: second.process.poll() is not None, "the end of the second")
    assert second.wait() == 1
    refused = restore_data(saved.archive, "--replace")
    assert gate.tap(number_of(1)).verdict == codes.ALLOW
    house.process.kill()
    house.wait()
    restored = restore_data(saved.archive, "--replace")
    again = start("run", "--config", config)
    answered = bench_gate(keys, tty.fd, boot=2).bring_up().tap(number_of(1))

    assert "another gatehouse serves this data folder. Stop that one" in second.said
    assert refused.exit_code == 1
    assert "a gatehouse serves this folder. Stop it first" in refused.stderr
    assert restored.exit_code == 0, restored.stderr
    assert answered.verdict == codes.ALLOW
    assert again.end() == 0
    assert [index for index, _, _ in indexes(saved.data)] == [1, 2]
