"""A tty as CPython ends use it, and the command line they share."""

import argparse
import os
import select
import time
import tty

READ_BYTES = 4096


class TtyPort:
    """Raw bytes; `moved` counts those written and read."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.fd)
        self.moved = 0

    def wait(self, limit_ms):
        """What has come, after at most `limit_ms` (None: whenever it does)."""
        limit_s = None if limit_ms is None else max(0.0, limit_ms / 1000)
        return self.read() if select.select([self.fd], [], [], limit_s)[0] else b""

    def read(self, most=READ_BYTES):
        """What is there."""
        try:
            data = os.read(self.fd, most)
        except BlockingIOError:
            return b""
        self.moved += len(data)
        return data

    def write(self, data):
        self.moved += len(data)
        os.write(self.fd, data)


def now_ms():
    """CLOCK_MONOTONIC in milliseconds."""
    return time.monotonic_ns() / 1e6


def arguments():
    """`ask|decide TTY --limit-ms N --rounds N --budget-s N --seed N`, and what a contender adds for itself."""
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["ask", "decide"])
    parser.add_argument("tty")
    parser.add_argument("--limit-ms", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--budget-s", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--baud", type=int, default=0)
    parser.add_argument("--tight", action="store_true")
    return parser.parse_args()
