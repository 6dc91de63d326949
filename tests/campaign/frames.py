"""What each frame on the wire is: its kind by name, although it is sealed.

Nothing is asked of the ends: while `watching`, every body is remembered with what it was sealed from.
"""

import contextlib
from collections.abc import Iterator

import cbor2
from cobs import cobs
from gatelink import gate_to_house, house_to_gate
from gatelink.session import Session

CLEAR = {1: "hello", 2: "answer", 3: "proof", 4: "who"}
MESSAGES = {
    kind: cls.__name__.lower() for kinds in (gate_to_house.KINDS, house_to_gate.KINDS) for kind, cls in kinds.items()
}
READY = [0, 0, 0]
NAK = [0, 0]
REMEMBERED = 64

_sealed: dict[bytes, str] = {}


@contextlib.contextmanager
def watching() -> Iterator[None]:
    """Name the frames that are sealed meanwhile."""
    seal = Session.seal

    def noted(session: Session, array: "list[int | bytes]") -> bytes:
        body = seal(session, array)
        while len(_sealed) >= REMEMBERED:
            del _sealed[next(iter(_sealed))]
        _sealed[body] = name_of(array)
        return body

    Session.seal = noted  # type: ignore[method-assign]
    try:
        yield
    finally:
        Session.seal = seal  # type: ignore[method-assign]
        _sealed.clear()


def name_of(array: "list[int | bytes]") -> str:
    """The kind of frame that an array from the delivery makes. Only READY can have seen nothing at all."""
    if len(array) == len(READY):
        return "ready" if array == READY else "ack"
    return "nak" if array[3:] == NAK else MESSAGES[array[4]]  # type: ignore[index]


def kind_of(frame: bytes) -> str:
    """The kind of a frame that an end has just sent."""
    body = cobs.decode(frame.strip(b"\0"))
    sealed = _sealed.get(body)
    return sealed or CLEAR[cbor2.loads(body)[0]]


def cut(data: bytes) -> list[bytes]:
    """The frames in what an end has sent, delimiters kept."""
    return [b"\0" + piece + b"\0" for piece in data.split(b"\0") if piece]
