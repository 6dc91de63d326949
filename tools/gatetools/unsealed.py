"""What anybody on the cable can read of a frame: the handshake, and of a sealed frame its session and counter.

PROTOCOL.md, sections Handshake and Envelope. Nothing of this is proven.
"""

from dataclasses import dataclass
from typing import cast

from gatehouse import words
from gatehouse.suite import HouseSuite
from gatelink import handshake
from gatelink.errors import DamagedFrame, Refused
from gatelink.framing import Deframer
from gatelink.limits import GATE_BODY_MAX_BYTES
from gatelink.sealing import envelope

HELLO, ANSWER, HERE, SEALED = "hello", "answer", "here", "sealed"
OTHER_VERSION = "hello of another version"
UNKNOWN = "unknown handshake"
CLEAR = {
    handshake.HELLO: HELLO,
    handshake.ANSWER: ANSWER,
    handshake.PROOF: "proof",
    handshake.WHO: "who",
    handshake.HERE: HERE,
}


@dataclass(frozen=True, slots=True)
class Unsealed:
    """`kind`: one of CLEAR's names, OTHER_VERSION, UNKNOWN or SEALED.

    Of a hello: identity, count. Of a here: board, firmware, fit for a terminal. Of what is sealed: session, counter,
    and the sealed bytes.
    """

    kind: str
    identity: bytes = b""
    count: int = 0
    board: str = ""
    firmware: str = ""
    session: bytes = b""
    counter: int = 0
    sealed: bytes = b""

    @property
    def from_gate(self) -> bool:
        """Whether it is what a gate says unasked; a sealed frame on a gate's own end of the line is one, too."""
        return self.kind in {HELLO, OTHER_VERSION, HERE, SEALED}

    @property
    def enrolled(self) -> bool:
        """Whether a gate that says this has keys."""
        return self.from_gate and self.kind != HERE


class Ear:
    """Hears a gate's end of a line, byte for byte."""

    def __init__(self) -> None:
        self._suite = HouseSuite()
        self._frames = Deframer(self._suite, GATE_BODY_MAX_BYTES)

    def feed(self, data: bytes) -> list[Unsealed]:
        """What a gate says in the frames that `data` completes; what is damaged or of another is left out."""
        found = []
        for body in self._frames.feed(data):
            try:
                said = read(self._suite, body or b"")
            except DamagedFrame:
                continue
            if said.from_gate:
                found.append(said)
        return found


def read(suite: HouseSuite, body: bytes) -> Unsealed:
    """What stands in a frame's body. DamagedFrame if it is none."""
    try:
        decoded = suite.decode(body)
    except ValueError:
        raise DamagedFrame("no CBOR") from None
    if not handshake.is_clear(decoded):
        session, counter, sealed = envelope(decoded)
        return Unsealed(SEALED, session=session, counter=counter, sealed=sealed)
    clear = cast("list[object]", decoded)
    kind = CLEAR.get(cast("int", clear[0]), UNKNOWN)
    if kind == HELLO:
        try:
            identity, count = handshake.read_hello(clear)
        except Refused:
            return Unsealed(OTHER_VERSION)
        return Unsealed(kind, identity=identity, count=count)
    if kind == HERE:
        board, firmware = map(words.plain, handshake.read_here(clear))
        return Unsealed(kind, board=board, firmware=firmware)
    return Unsealed(kind)
