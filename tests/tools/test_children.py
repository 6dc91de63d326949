"""Children of a run never outlive it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gatetools.sim.child import Children

LIMIT_S = 10
# A child that has a child of its own, and tells both numbers.
FAMILY = "import subprocess, time; p = subprocess.Popen(['sleep', '600']); print(p.pid, flush=True); time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(") ", 1)[1][0]
    except FileNotFoundError:
        return Path("/proc").exists() is False and _signalled(pid)
    return state not in "ZX"


def _signalled(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def until(condition):
    """Wait for a condition; whether it came true in time."""
    ends_at = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.02)
    return True


async def line_of(child):
    return (await asyncio.wait_for(child.stdout.readline(), LIMIT_S)).decode().strip()


@pytest.mark.parametrize("code", [FAMILY, STUBBORN], ids=["with a child of its own", "deaf to SIGTERM"])
def test_leaving_ends_everything(tmp_path, code, monkeypatch):
    """The child, its own children, and the folder."""
    monkeypatch.setattr("gatetools.sim.child.TERM_WAIT_S", 0.3)
    folder = tmp_path / "run"
    folder.mkdir()

    async def run():
        async with Children(folder) as children:
            child = await children.start([sys.executable, "-c", code], tmp_path / "log", talk=True)
            said = await line_of(child)
            return [child.pid, *([int(said)] if said.isdigit() else [])]

    pids = asyncio.run(run())

    assert until(lambda: not any(alive(pid) for pid in pids))
    assert not folder.exists()


def test_an_error_inside_ends_everything_too(tmp_path):
    """Whatever is raised comes through."""
    pids = []

    async def run():
        async with Children(tmp_path) as children:
            child = await children.start(["sleep", "600"], tmp_path / "log")
            pids.append(child.pid)
            raise KeyError("on the way")

    with pytest.raises(KeyError):
        asyncio.run(run())
    assert until(lambda: not alive(pids[0]))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_killed_parent_leaves_nothing(tmp_path, number):
    """Not even SIGKILL does: the keeper sees the end of its pipe."""
    folder = tmp_path / "run"
    folder.mkdir()
    parent_code = f"""
import asyncio, pathlib
from gatetools.sim.child import Children
async def run():
    async with Children(pathlib.Path({str(folder)!r})) as children:
        child = await children.start(["sleep", "600"], pathlib.Path({str(tmp_path / "log")!r}))
        print(child.pid, flush=True)
        await asyncio.sleep(600)
asyncio.run(run())
"""
    with subprocess.Popen([sys.executable, "-c", parent_code], stdout=subprocess.PIPE, text=True) as parent:
        try:
            pid = int(parent.stdout.readline())
            parent.send_signal(number)
            parent.wait(LIMIT_S)
        finally:
            parent.kill()

    assert until(lambda: not alive(pid))
    assert until(lambda: not folder.exists())


def test_what_a_child_prints_is_kept(tmp_path):
    """For whoever has to find out."""

    async def run():
        async with Children(tmp_path / "run") as children:
            child = await children.start(["sh", "-c", "echo out; echo err >&2; exit 3"], tmp_path / "log")
            await child.wait()
            return await children.end(child)

    assert 3 == asyncio.run(run())
    assert "out\nerr\n" == (tmp_path / "log").read_text(encoding="utf-8")
