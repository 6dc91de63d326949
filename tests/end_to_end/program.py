"""A command of this project as somebody runs it: a process, its output line by line, its standard input."""

import os
import re
import subprocess
import sys
import threading

LIMIT_S = 30


class Program:
    """A child whose output is collected line by line."""

    def __init__(self, *command, cwd, stdin=subprocess.PIPE):
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=cwd,
            env={**os.environ, "TMPDIR": str(cwd)},
        )
        self.lines = []
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._collect)
        self._reader.start()

    def _collect(self):
        for line in self.process.stdout:
            with self._more:
                self.lines.append(line)
                self._more.notify_all()
        with self._more:
            self._more.notify_all()

    def expect(self, pattern, after=0):
        """The first match in the lines from number `after` on; fails with all that was said if it does not come."""
        with self._more:
            self._more.wait_for(
                lambda: re.search(pattern, "".join(self.lines[after:])) or self.process.poll() is not None, LIMIT_S
            )
            found = re.search(pattern, "".join(self.lines[after:]))
        assert found, f"{pattern!r} was not said:\n{''.join(self.lines)}"
        return found

    def type(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(LIMIT_S)
        finally:
            if self.process.poll() is None:
                self.process.kill()
            self._reader.join()
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe is not None:
                    pipe.close()
        return self.process.returncode
