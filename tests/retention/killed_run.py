"""A run of retention as a process of its own that says when it has made a step, so that it can be killed there."""

import sys
from datetime import date
from pathlib import Path

from gatehouse.retention.run import Retention
from gatehouse.settings import load


def told():
    print("step", flush=True)
    return False


if __name__ == "__main__":
    Retention(load(Path(sys.argv[1])), told).run(date.fromisoformat(sys.argv[2]), "gatehouse")
    print("done", flush=True)
