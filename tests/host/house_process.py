"""A gatehouse command as a process of its own, with what it says so far."""

import signal
import subprocess
import threading

WAIT_S = 30


class Process:
    """A running gatehouse with what it says so far."""

    def __init__(self, command, *arguments, **options):
        self.process = subprocess.Popen(
            [*command, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
        )
        self.said = ""
        self._told = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._told:
                self.said += line
                self._told.notify_all()

    def until_said(self, text):
        with self._told:
            assert self._told.wait_for(lambda: text in self.said, WAIT_S), self.said

    def end(self, number=signal.SIGTERM):
        """Ask it to end; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait()

    def wait(self):
        status = self.process.wait(WAIT_S)
        self._reader.join()
        self.process.stdout.close()
        return status
