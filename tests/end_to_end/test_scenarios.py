"""Every scenario that comes with `gate sim`, played against the real firmware and a real gatehouse, and judged."""

import asyncio
import subprocess
import sys

import pytest
from click.testing import CliRunner
from gatetools.sim import script
from gatetools.sim.commands import sim
from gatetools.sim.play import play_all
from gatetools.sim.station import new_loop

BOARDS = ("lane_a", "devkit")
LIMIT_S = 120


OWN = """\
# one of mine
settings direction=exit open_limit_ms=60000
tap red
expect report not_opened red
expect openings 1
walk
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """The command over a scenario of one's own, at the other board; it goes on beside the others."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "mine.txt").write_text(OWN, encoding="utf-8")
    command = [sys.executable, "-m", "gatetools.cli", "sim", "--scenario", "mine.txt", "--board", BOARDS[1]]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process
        if process.poll() is None:
            process.terminate()


@pytest.fixture(scope="module")
def outcomes(own):
    """All of them, played side by side."""
    scripts = [script.read(path) for path in script.shipped()]
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return {outcome.script.name: outcome for outcome in runner.run(play_all(scripts, BOARDS[0], lambda _: None))}


@pytest.mark.parametrize("name", [path.stem for path in script.shipped()])
def test_the_lane_does_what_the_scenario_says(outcomes, name):
    """Each expectation held, nothing opened for the wrong reason, no record was lost."""
    outcome = outcomes[name]

    assert outcome.wrong == "", "\n".join(outcome.lines)


def test_a_scenario_of_ones_own_is_told_step_by_step(own):
    """With time, line and what the lane did; what did not hold is named with its line and what was seen instead."""
    output, errors = own.communicate(timeout=LIMIT_S)

    assert own.returncode == 1, errors
    assert errors.startswith("mine: line 5: not within 10 s: openings 1. Seen: relay shut; light amber; state ")
    said = [line.split(maxsplit=1) for line in output.splitlines()]
    assert all(float(time) >= 0 for time, _ in said)
    told = [text for _, text in said]
    assert told.index("3 tap red") < told.index("light red") < told.index("report not_opened red")
    assert "6 walk" not in told


def test_the_list_names_each_with_what_it_shows():
    """Every name can be played."""
    output = CliRunner().invoke(sim, ["--list"]).stdout

    listed = [line.split(maxsplit=1) for line in output.splitlines()]
    assert [name for name, _ in listed] == [path.stem for path in script.shipped()]
    assert all(len(title) > 20 for _, title in listed)


@pytest.mark.parametrize(
    ("arguments", "content", "status", "why"),
    [
        (["--scenario", "none.txt"], None, 2, "none.txt: there is no such file"),
        (["--scenario", "one.txt"], b"\xff\xfe\x00tap", 2, "one.txt, line 1: is not UTF-8 text"),
        (["--scenario", "one.txt"], b"tap\ndance\n", 2, "one.txt, line 2: dance is no command; there are: tap"),
        (["--scenario", "one.txt", "--scenario", "one.txt"], b"tap\n", 2, "have one name"),
        (["--scenario", "one.txt", "--lane", "A"], b"tap\n", 2, "leave --lane out"),
        (["--scenario", "."], None, 2, "cannot be read"),
    ],
)
def test_what_is_no_scenario_is_said_before_anything_moves(tmp_path, monkeypatch, arguments, content, status, why):
    """One sentence."""
    if content is not None:
        (tmp_path / "one.txt").write_bytes(content)

    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(sim, arguments)

    assert (done.exit_code, done.stdout) == (status, "")
    assert why in done.stderr
    assert isinstance(done.exception, SystemExit)
