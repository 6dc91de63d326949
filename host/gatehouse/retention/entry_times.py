"""Which of the oldest entries are over, by times that a wrong clock may have written.

Entries stand in the order in which they were committed, so each is at least as old as any that follows.
"""

from collections.abc import Iterable

import cbor2

from gatehouse import deeds, ledger
from gatehouse.clock import LOST_S


def time_of(entry: bytes | None) -> int | None:
    """Unix time at which the house heard of it, or did it; None if it is deleted, or damaged."""
    if entry is None:
        return None
    try:
        if cbor2.loads(entry)[0] == deeds.FORMAT:
            return deeds.decoded(entry).at_s
        heard_s = ledger.decoded(entry).heard_s
    except (cbor2.CBORDecodeError, ValueError, TypeError, LookupError):  # of tampering `gatehouse ledger verify` tells
        return None
    return heard_s if type(heard_s) is int else None


def over(oldest_first: Iterable[int | None], before_s: int, tomorrow_s: int, enough: int) -> int:
    """How many of them are over, from the first on: `enough`, fewer if no more are, or what must go with those.

    A time that cannot be right (before this program was written, or yet to come) says nothing: such an entry is over
    with the next one that is. Nor does one that is earlier than that of an entry before it.
    """
    count, latest_s = 0, 0
    for place, time_s in enumerate(oldest_first, start=1):
        if place > enough and count:
            break
        if time_s is None or not LOST_S <= time_s < tomorrow_s:
            continue
        latest_s = max(latest_s, time_s)
        if latest_s >= before_s:
            break
        count = place
    return count
