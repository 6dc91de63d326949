"""Lookups until standard input ends: `python -m tests.bench.register.asking REGISTER COUNT`.

One every few milliseconds, as the gatehouse does it on the thread of its loop. Prints a line when
it begins, and at the end the milliseconds of each as a JSON list; a lookup that does not find its person ends it.
"""

import contextlib
import datetime
import json
import random
import sys
import threading
import time
from pathlib import Path

from gatehouse.register import Register
from gatehouse.status import COLOUR_OF_OUTCOME

from tests.bench.register import people
from tests.bench.register.trial import KEY

PAUSE_S = 0.002


def main(path: str, count: str) -> None:
    """Ask and tell."""
    births = [f"{people.FIRST_BIRTH + datetime.timedelta(days=day):%Y%m%d}" for day in range(people.BIRTHS)]
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    chance, times_ms = random.Random(7), []
    with contextlib.closing(Register(Path(path), KEY)) as register:
        print("asking", flush=True)
        while not ended.is_set():
            number = bytearray(people.number(chance.randrange(int(count)), births).encode())
            before = time.perf_counter()
            found = register.look_up(number)
            times_ms.append(1000 * (time.perf_counter() - before))
            if found.outcome not in COLOUR_OF_OUTCOME:
                sys.exit(f"a person who is in the register was answered {found.outcome.value}")
            time.sleep(PAUSE_S)
    print(json.dumps(times_ms))


if __name__ == "__main__":
    main(*sys.argv[1:])
