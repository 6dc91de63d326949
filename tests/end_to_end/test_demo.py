"""`gate demo` as people start it: it shows, judges, ends, and leaves nothing behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gatetools.sim import people
from rich.cells import cell_len

LIMIT_S = 60
PROC = Path("/proc")


def children(folder):
    """(number, command line) of every process that was started below a temporary folder."""
    found = []
    for process in PROC.iterdir():
        with contextlib.suppress(OSError):
            text = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            if process.name.isdigit() and str(folder).encode() in text and int(process.name) != os.getpid():
                found.append((int(process.name), (process / "cmdline").read_bytes()))
    return found


def left_behind(folder):
    """What is still there of them, by command line."""
    if PROC.exists():
        return [command for _, command in children(folder)]
    listed = subprocess.run(["ps", "-axo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(folder) in line]


def nothing_left(folder):
    """Neither processes nor files, within some seconds."""
    ends_at = time.monotonic() + 10
    while left_behind(folder) or any(folder.iterdir()):
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.05)
    return True


class Demo:
    """A demo whose temporary files all lie below `folder`."""

    def __init__(self, folder, *arguments):
        self.folder = folder
        folder.mkdir()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gatetools.cli", "demo", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "TMPDIR": str(folder), "COLUMNS": "80"},
            start_new_session=True,
        )

    def first_swipe(self):
        """What was printed up to the first traveller's line."""
        said = ""
        for line in self.process.stdout:
            said += line
            if line[:2].isdigit():
                return said
        return said

    def end(self):
        """(exit status, the rest of its output)."""
        said = self.process.communicate(timeout=LIMIT_S)[0]
        return self.process.returncode, said


@pytest.fixture
def demo(tmp_path):
    made = []

    def start(*arguments):
        made.append(Demo(tmp_path / "tmp", *arguments))
        return made[-1]

    yield start
    for one in made:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


def test_it_shows_travellers_and_judges_itself(demo, tmp_path):
    """Lines of at most 80 columns, a JSON line for each swipe, a summary, status 0, nothing left."""
    shown = demo("--seconds", "8", "--json", str(tmp_path / "out.jsonl"))
    status, said = shown.end()
    swipes = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]

    assert 0 == status, said
    assert "wrong opens 0, lost 0, duplicates 0" in said
    assert {"A", "B"} == {swipe["lane"] for swipe in swipes}
    assert {"allow", "deny"} <= {swipe["verdict"] for swipe in swipes}
    assert len([line for line in said.splitlines() if line[:2].isdigit() and ":" in line]) == len(swipes)
    assert all(cell_len(line) <= 80 for line in said.splitlines())
    assert all(swipe["latency_ms"] > 0 for swipe in swipes if swipe["verdict"] == "allow")
    assert nothing_left(shown.folder)


def test_it_shows_every_reader(demo, tmp_path):
    """A code, a staff card, a dead reader that comes back, somebody who lays a card down again; what a lane says."""
    shown = demo("--seconds", "18", "--json", str(tmp_path / "out.jsonl"))
    status, said = shown.end()
    swipes = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]

    assert 0 == status, said
    for guest in ("二维码 绿码 green", "员工卡 员工卡 staff card"):
        assert guest in said
    assert said.index("reader does not answer, being reset") < said.index("reader works again")
    wrongly = next(one for one in swipes if (one["lane"], one["behaviour"]) == ("A", "taken_away"))
    outcomes = [one["outcome"] for one in swipes if one["traveller"] == wrongly["traveller"]]
    assert outcomes == ["not_opened", "passed"]
    assert "“请重新放置证件。Please lay your card down again.”" in said
    assert all(cell_len(line) <= 80 for line in said.splitlines())


def test_it_shows_other_travellers(demo, tmp_path):
    """From a file; nobody else."""
    numbers = ["11010519491231002X", "440524188001010014"]
    people_csv = tmp_path / "people.csv"
    people_csv.write_text(f"number,colour,updated\n{numbers[0]},green,now\n{numbers[1]},red,now\n", encoding="utf-8")
    shown = demo("--seconds", "5", "--people", str(people_csv), "--json", str(tmp_path / "out.jsonl"))
    status, said = shown.end()
    swipes = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]

    assert 0 == status, said
    assert {(people.mask(numbers[0]), "allow"), (people.mask(numbers[1]), "deny")} == {
        (swipe["traveller"], swipe["verdict"]) for swipe in swipes
    }
    assert not any(number in said for number in numbers)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_order_when_told(demo, number):
    """With the summary so far, status 0, and nothing left."""
    shown = demo()
    shown.first_swipe()
    shown.process.send_signal(number)
    status, said = shown.end()

    assert 0 == status, said
    assert "checker: wrong opens 0" in said
    assert "Traceback" not in said
    assert nothing_left(shown.folder)


def test_told_to_end_before_it_has_begun_it_ends_too(demo):
    """While compiler, enrolment and import run."""
    shown = demo()
    assert "Setting up" in shown.process.stdout.readline()
    shown.process.send_signal(signal.SIGINT)
    _, said = shown.end()

    assert "Traceback" not in said
    assert nothing_left(shown.folder)


def test_killed_it_leaves_nothing(demo):
    """SIGKILL gives no time to clear up; the keeper does it."""
    shown = demo()
    shown.first_swipe()
    shown.process.kill()
    shown.end()

    assert nothing_left(shown.folder)


@pytest.mark.skipif(not PROC.exists(), reason="finds the gatehouse by its command line in /proc")
def test_a_gatehouse_that_dies_is_said(demo):
    """With what it said last, and status 1."""
    shown = demo()
    shown.first_swipe()
    (gatehouse,) = [pid for pid, command in children(shown.folder) if b"gatehouse.cli\0run" in command]
    os.kill(gatehouse, signal.SIGKILL)
    status, said = shown.end()

    assert 1 == status
    assert "the gatehouse has ended by itself" in said
    assert "Traceback" not in said
    assert nothing_left(shown.folder)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--people", "none.csv"], "does not exist"),
        (["--seconds", "-3"], "--seconds"),
        (["--json", "/there/is/no/such/folder/out.jsonl", "--seconds", "1"], "No such file"),
    ],
)
def test_what_it_cannot_do_is_said(demo, arguments, why):
    """One sentence and a status that is not 0."""
    shown = demo(*arguments)
    status, said = shown.end()

    assert 0 != status
    assert why in said
    assert "Traceback" not in said
    assert nothing_left(shown.folder)


def test_bad_rows_are_all_named(demo, tmp_path):
    """Before anything starts."""
    path = tmp_path / "people.csv"
    path.write_text("number,colour,updated\n110101197810270021,green,now\nx,green,now\n", encoding="utf-8")
    shown = demo("--people", str(path))
    status, said = shown.end()

    assert 1 == status
    assert "line 2: number 1***************21: its check digit does not fit" in said
    assert "line 3" in said
