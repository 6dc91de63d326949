"""`make fuzz` as somebody runs it: it finds what is planted, tells how to see it again, and leaves the tree alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import arcs, corpus

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 120

pytest.importorskip("atheris", reason="has no wheel for this machine")


def fuzz(*arguments):
    command = [sys.executable, "-m", "tests.fuzz", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False)


def test_what_breaks_a_target_is_found_and_can_be_seen_again():
    """Coverage leads from one letter to the next; the command that is printed shows the error."""
    done = fuzz("--target", "planted", "--minutes", "0.5", "--no-keep", "--seed", "7")
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("FOUND")]
    again = line.split("'")[1].split()

    assert done.returncode == 1
    assert "seed 7" in done.stdout
    assert corpus.load("planted") == [b"F", b"FU"]
    seen = fuzz(*again)
    assert seen.returncode == 1
    assert "RuntimeError: planted" in seen.stderr


def test_a_parser_of_the_product_is_fuzzed_and_nothing_found():
    """A few seconds; `make fuzz` does it for longer."""
    before = corpus.load("cbor")
    done = fuzz("--target", "cbor", "--minutes", "0.05", "--no-keep", "--seed", "7")

    assert done.returncode == 0, done.stdout
    assert "cbor: nothing found" in done.stdout
    assert corpus.load("cbor") == before


def test_sessions_are_played_too():
    """Stories with somebody on the cable, for as long as is asked."""
    done = fuzz("--target", "sessions", "--minutes", "0.05", "--seed", "7")

    assert done.returncode == 0, done.stdout
    assert "sessions: nothing found" in done.stdout
    assert "stories" in done.stdout


@pytest.mark.parametrize("minutes", ["-3", "nan", "0", "inf", "soon"])
def test_a_time_that_is_none_is_refused(minutes):
    """Before anything starts."""
    done = fuzz("--minutes", minutes)

    assert done.returncode == 2
    assert "--minutes" in done.stderr


def test_a_file_that_is_not_there_is_said():
    """And nothing else."""
    done = fuzz("--replay", "cbor", "no/such/file")

    assert done.returncode == 2
    assert "no/such/file cannot be read" in done.stdout


def test_only_inputs_that_reach_something_new_are_kept():
    """The shortest of those that take the same way."""

    def run(data):
        return cbor_kind(data)

    from gate import cbor

    def cbor_kind(data):
        try:
            return str(cbor.decode(data))
        except ValueError:
            return "refused"

    assert arcs.newly(run, [b"\x00"], [b"\x01", b"\x02", b"\x41a", b"\x42ab"]) == [b"\x41a"]
