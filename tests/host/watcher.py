"""`gatehouse watch` on a real pseudo-terminal, read back."""

import codecs
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>]")
LIMIT_S = 10.0
SIZE = ("COLUMNS", "LINES")  # where these are set a program believes them, not its terminal


# A shell stays behind the watcher, as at a person's terminal: it tells how the watcher ended and left the terminal.
# Opened by the first of its session, the terminal is the one whose keys make signals.
SHELL = 'exec <"$0" >"$0" 2>&1; trap : INT TERM; "$@"; echo "left with $?"; stty -a; echo told'


class Watcher:
    """A watcher on a terminal. `seen`: everything drawn so far, without escapes."""

    def __init__(self, command, config, *arguments, columns=150, lines=40):
        self.fd, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", lines, columns, 0, 0))
        self.process = subprocess.Popen(
            ["sh", "-c", SHELL, os.ttyname(slave), *command, "watch", *arguments, "--config", str(config)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={name: word for name, word in os.environ.items() if name not in SIZE} | {"TERM": "xterm-256color"},
            start_new_session=True,
        )
        os.close(slave)
        self.drawn = ""
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while True:
            try:
                data = os.read(self.fd, 65536)
            except OSError:  # the shell has ended, and its terminal with it
                return
            with self._more:
                self.drawn += decoder.decode(data)
                self._more.notify_all()

    @property
    def seen(self):
        return ESCAPES.sub("", self.drawn)

    def mark(self):
        """A place in what was drawn, for `until`."""
        return len(self.drawn)

    def until(self, text, after=0, *, drawn=False):
        """Wait until that text is drawn (again) after a place. drawn: with the terminal's sequences in it."""
        with self._more:
            found = self._more.wait_for(
                lambda: text in (self.drawn[after:] if drawn else ESCAPES.sub("", self.drawn[after:])), LIMIT_S
            )
        assert found, f"{text!r} was not drawn:\n" + "\n".join(filter(str.strip, self.seen.splitlines()[-80:]))

    def press(self, keys):
        os.write(self.fd, keys.encode())

    def terminate(self):
        """A request to end."""
        os.killpg(self.process.pid, signal.SIGTERM)

    def left(self):
        """Its exit status, once it has ended by itself."""
        self.until("\r\ntold\r\n")
        return int(re.search(r"left with (\d+)", self.seen)[1])

    def end(self):
        """Ctrl-C, unless it has ended; its exit status."""
        try:
            if self.process.poll() is None:
                self.press("\x03")
            return self.left()
        finally:
            if self.fd >= 0:
                if self.process.poll() is None:
                    os.killpg(self.process.pid, signal.SIGKILL)
                    self.process.wait()
                self._reader.join()
                os.close(self.fd)
                self.fd = -1


def until(condition, limit_s=LIMIT_S):
    """Wait for what no event tells."""
    ends_at = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < ends_at, "it did not happen"
        time.sleep(0.01)
