"""What can become of one frame on the wire, as pieces with the milliseconds that each comes late."""

from random import Random

from .cable import Pieces
from .faults import Fault


def damaged(fault: Fault, frame: bytes, random: Random) -> Pieces:
    """The pieces of `frame` after one of FRAME_EFFECTS."""
    return EFFECTS[fault.effect](fault, frame, random)


def _flip(fault: Fault, frame: bytes, random: Random) -> Pieces:
    bit = (random.randrange(8 * len(frame)) if fault.bit is None else fault.bit) % (8 * len(frame))
    changed = bytearray(frame)
    changed[bit // 8] ^= 1 << (bit % 8)
    return [(0, bytes(changed))]


def _burst(_fault: Fault, frame: bytes, random: Random) -> Pieces:
    start = random.randrange(len(frame))
    end = min(len(frame), start + random.randint(2, 24))
    return [(0, frame[:start] + random.randbytes(end - start) + frame[end:])]


def _loss(_fault: Fault, _frame: bytes, _random: Random) -> Pieces:
    return []


def _duplication(_fault: Fault, frame: bytes, random: Random) -> Pieces:
    copies = random.randint(1, 4)
    return [(0, frame)] + [(random.choice((0, random.randrange(100), random.randrange(4000))), frame)] * copies


def _delay(_fault: Fault, frame: bytes, random: Random) -> Pieces:
    """Late by little, and frames behind it overtake it; late by much, and its session may be gone."""
    return [(int(10 ** random.uniform(0.5, 3.6)), frame)]


def _truncation(_fault: Fault, frame: bytes, random: Random) -> Pieces:
    start, end = sorted((random.randrange(len(frame) + 1), random.randrange(len(frame) + 1)))
    return [(0, random.choice((frame[:end], frame[start:], frame[:start] + frame[end:])))]


def _noise(random: Random) -> bytes:
    size = random.choice((1, 2, 5, 20, 100, 250))
    return random.choice((random.randbytes(size), bytes(size), b"\xff" * size))


def _noise_before(_fault: Fault, frame: bytes, random: Random) -> Pieces:
    return [(0, _noise(random)), (0, frame)]


def _noise_after(_fault: Fault, frame: bytes, random: Random) -> Pieces:
    return [(0, frame), (0, _noise(random))]


EFFECTS = {
    "flip": _flip,
    "burst": _burst,
    "loss": _loss,
    "duplication": _duplication,
    "delay": _delay,
    "truncation": _truncation,
    "noise before": _noise_before,
    "noise after": _noise_after,
}
