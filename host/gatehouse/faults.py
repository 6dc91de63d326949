"""What a gate's faults are about, so that a part that works again ends the alarms about it.

To acknowledge an alarm mends nothing: which faults of a lane stand is kept beside its alarms, by part.
"""

from gatelink import codes

from gatehouse import words
from gatehouse.words import Words

# Nobody has to act on these: each ends what was told before of the same part.
ENDS = frozenset((codes.FAULT_READER_BACK, codes.FAULT_BEAM_FREE))
BEAMS = frozenset((codes.FAULT_BEAM_BLOCKED, codes.FAULT_BEAM_FREE))
PARTS_MAX = 16  # more than a lane has: a gate may say anything

Faults = dict[str, tuple[int, int]]  # those that stand: the part -> FAULT_ code and detail, as last told


def part(what: int, number: int) -> str:
    """The part of a lane that a fault is about; "" if no later word of the gate's says that it works again."""
    if what in words.READER_FAULTS:
        return f"reader {number // 256}"
    return "beams" if what in BEAMS else ""


def cause(lane: str, what: int, number: int) -> str:
    """As `part`, of one lane among all; "" too."""
    of = part(what, number)
    return f"{lane} {of}" if of else ""


def note(faults: Faults, what: int, number: int) -> None:
    """Take what a gate has told: a fault stands from now on, or what stood of its part is over."""
    of = part(what, number)
    if what in ENDS:
        faults.pop(of, None)
    elif of:
        if of not in faults and len(faults) >= PARTS_MAX:
            del faults[next(iter(faults))]
        faults[of] = what, number


def said(faults: Faults) -> Words:
    """Each standing fault by name, a line for each."""
    named = [words.fault(what, number) for _, (what, number) in sorted(faults.items())]
    return "\n".join(chinese for chinese, _ in named), "\n".join(english for _, english in named)


def reader(of: str) -> str:
    """A part's name for people and statistics: its reader's, or the part itself."""
    word, _, number = of.partition(" ")
    return words.READERS[int(number)][1] if word == "reader" and int(number) in words.READERS else of
