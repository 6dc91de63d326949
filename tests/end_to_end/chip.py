"""The interpreter with the chip model, as a process: code goes in, what it printed and how it ended come out."""

import contextlib
import json
import os
import pty
import select
import socket
import subprocess
import time
import tty
from pathlib import Path

from gatetools.build import ROOT, interpreter

MODEL = ROOT / "tools" / "gatetools" / "sim" / "machine"
LIMIT_S = 20.0
# For code on the chip: 1 if a call raises ValueError.
REFUSED = """
def refused(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except ValueError:
        return 1
    return 0
"""


def environment(flash, board="lane_a", path=(), **more):
    """What a chip needs to start; `path` comes behind the model."""
    flash.mkdir(exist_ok=True)
    places = [str(MODEL), *(str(place) for place in path), *([] if path else [str(ROOT / "firmware")]), ".frozen"]
    names = {"MICROPYPATH": ":".join(places), "GATE_BOARD": board, "GATE_FLASH": str(flash)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATE_")}
    return {**kept, **names, **{name: str(value) for name, value in more.items()}}


def run(code, flash, **more):
    """Run code to its end: (exit status, lines it printed)."""
    done = subprocess.run(
        [interpreter(), "-c", code],
        env=environment(flash, **more),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


class Chip:
    """A running chip; it is killed at the end of the `with`. `say` and `hear` talk to its code by lines."""

    def __init__(self, *arguments, flash, cwd=None, **more):
        self._process = subprocess.Popen(
            [interpreter(), *arguments],
            env=environment(flash, **more),
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        self._heard = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

    def say(self, line):
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def hear(self):
        """The next line that it prints."""
        while b"\n" not in self._heard:
            ready, _, _ = select.select([self._process.stdout], [], [], LIMIT_S)
            data = os.read(self._process.stdout.fileno(), 4096) if ready else b""
            assert data, "the chip says nothing"
            self._heard += data
        line, self._heard = self._heard.split(b"\n", 1)
        return line.decode().strip()

    def rest(self):
        """All that it printed until it ended."""
        return (self._heard + self._process.stdout.read()).decode()

    def kill(self):
        self._process.kill()
        self._process.wait()

    def ended(self):
        """Exit status, once it has ended by itself."""
        return self._process.wait(LIMIT_S)

    def runs(self):
        return self._process.poll() is None


class Cable:
    """A serial cable whose far end is here. `path` stays the same when it is pulled and plugged again."""

    def __init__(self, path: Path):
        self.path = path
        self.plug()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.pull()

    def plug(self):
        self._far, near = pty.openpty()
        tty.setraw(near)
        self.path.symlink_to(os.ttyname(near))
        # Kept open here too, the pty would never hang up; the path is enough.
        os.close(near)

    def pull(self):
        if self._far is not None:
            os.close(self._far)
            self._far = None
        self.path.unlink(missing_ok=True)

    def send(self, data):
        os.write(self._far, data)

    def receive(self, size, limit_s=LIMIT_S):
        """`size` bytes, or what came before the limit."""
        got = b""
        end = time.monotonic() + limit_s
        while len(got) < size and time.monotonic() < end:
            ready, _, _ = select.select([self._far], [], [], 0.05)
            if ready:
                with contextlib.suppress(OSError):  # nobody has opened the near end yet
                    got += os.read(self._far, size - len(got))
        return got


def told(pin, value):
    """A pin's level, as the world tells it."""
    return json.dumps({"pin": pin, "value": value}).encode() + b"\n"


class World:
    """The other end of GATE_PINS: tells `levels` to every chip that connects, and notes what comes."""

    def __init__(self, path: Path, levels=()):
        self.path = path
        self._levels = dict(levels)
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        self._listening.settimeout(LIMIT_S)
        self._chip = None
        self._held = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """Go away."""
        self._listening.close()
        if self._chip is not None:
            self._chip.close()

    def welcome(self):
        """Take the next chip that connects; it waits for the first levels only, so they come all at once."""
        self._chip, _ = self._listening.accept()
        self._chip.settimeout(LIMIT_S)
        self.send(b"".join(told(pin, value) for pin, value in self._levels.items()))

    def drive(self, pin, value):
        self.send(told(pin, value))

    def send(self, data):
        self._chip.sendall(data)

    def next_change(self):
        """The chip's next line; None when it has gone."""
        while b"\n" not in self._held:
            data = self._chip.recv(4096)
            if not data:
                return None
            self._held += data
        line, self._held = self._held.split(b"\n", 1)
        return json.loads(line)
