"""A port on Linux beyond the descriptors that select knows."""

import os
import resource
import threading

import pytest
import serial
from gatehouse.ports import open_port


def test_a_station_has_more_descriptors_than_select_knows(new_pty):
    """256 ports take five each; one beyond the thousandth carries bytes both ways, times out, and can be ended."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4096), hard))
    taken = [os.dup(0) for _ in range(1100)]
    try:
        tty = new_pty()
        port = open_port(tty.name, 115200)
        assert port.fd > 1024
        assert port.read(1) == b""
        os.write(tty.fd, b"in")
        assert port.read(2) == b"in"
        assert port.write(b"out") == 3
        assert os.read(tty.fd, 3) == b"out"
        port.timeout = None
        ending = threading.Timer(0.05, port.cancel_read)
        ending.start()
        assert port.read(1) == b""
        ending.join()
        port.write_timeout = 0.05
        with pytest.raises(serial.SerialTimeoutException):
            port.write(bytes(1 << 20))
        port.close()
    finally:
        for fd in taken:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
