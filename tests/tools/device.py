"""What is at the other end of a serial port, as a function."""

import os
import pty
import select
import threading
import tty


class Device:
    """A pty whose far end is `answer(all that came so far, what came now)`; b"" without anything new each 10 ms."""

    def __init__(self, answer):
        self._fd, self._held = pty.openpty()
        tty.setraw(self._held)
        self.path = os.ttyname(self._held)
        self._answer = answer
        self._pulling = None
        self._stop, self._stopped = os.pipe()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._end()
        for end in (self._stop, self._stopped):
            os.close(end)

    def pull_after(self, wait_s):
        """Both ends hang up some time from now."""
        self._pulling = threading.Timer(wait_s, self._end)
        self._pulling.start()

    def _end(self):
        if threading.current_thread() is not self._pulling and self._pulling is not None:
            self._pulling.join()
            return
        os.write(self._stopped, b".")
        self._thread.join()
        for end in (self._fd, self._held):
            os.close(end)

    def _serve(self):
        came = b""
        os.set_blocking(self._fd, False)
        while True:
            ready = select.select([self._fd, self._stop], [], [], 0.01)[0]
            if self._stop in ready:
                return
            data = os.read(self._fd, 4096) if ready else b""
            came += data
            try:
                os.write(self._fd, self._answer(came, data))
            except BlockingIOError:
                continue  # nobody reads so much
