"""What a gate's faults are about, so that a part that works again ends the alarms about it."""

from gatelink import codes

from gatehouse import words

# Nobody has to act on these: each ends what was told before of the same part.
ENDS = frozenset((codes.FAULT_READER_BACK, codes.FAULT_BEAM_FREE))
BEAMS = frozenset((codes.FAULT_BEAM_BLOCKED, codes.FAULT_BEAM_FREE))


def cause(lane: str, what: int, number: int) -> str:
    """The part of a lane that a fault is about; "" if no later word of the gate's says that it works again."""
    if what in words.READER_FAULTS:
        return f"{lane} reader {number // 256}"
    return f"{lane} beams" if what in BEAMS else ""
