"""`select.poll` that follows a serial port through unplugging: its file changes when the cable is back."""

import uselect as _host  # the interpreter's own, past this file

POLLIN, POLLOUT, POLLERR, POLLHUP = _host.POLLIN, _host.POLLOUT, _host.POLLERR, _host.POLLHUP
_host_poll = _host.poll


class poll:
    def __init__(self):
        self._ports = []
        self._poll = _host_poll()
        self._polled = []

    def register(self, port, mask=POLLIN):
        self._ports.append(port)

    def ipoll(self, timeout=-1):
        ready = self._ready()
        if ready:
            return ready
        files = [port.file for port in self._ports]
        if files != self._polled:
            self._poll = _host_poll()
            for file in files:
                if file is not None:
                    self._poll.register(file, POLLIN)
            self._polled = files
        self._poll.poll(timeout)
        return self._ready()

    poll = ipoll

    def _ready(self):
        return [(port, POLLIN) for port in self._ports if port.any()]
