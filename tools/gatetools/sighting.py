"""What somebody sees who listens on the cable: kind, size, time, and with a key log the message, masked."""

from dataclasses import dataclass, field

from gatehouse import words
from gatehouse.person import masked_as
from gatehouse.standing import name_of
from gatehouse.suite import HouseSuite
from gatelink import gate_to_house, house_to_gate
from gatelink.errors import DamagedFrame, RemoteError
from gatelink.message import Message, from_array

from gatetools import unsealed
from gatetools.keylog import KeyRing
from gatetools.recording import TO_GATE, TO_HOUSE, Captured
from gatetools.unsealed import Unsealed

KINDS: dict[str, dict[int, type[Message]]] = {TO_HOUSE: gate_to_house.KINDS, TO_GATE: house_to_gate.KINDS}
CODES = {
    ("report", "what"): "REPORT_",
    ("fault", "what"): "FAULT_",
    ("order", "what"): "ORDER_",
    ("completion", "outcome"): "COMPLETION_",
    ("verdict", "reason"): "REASON_",
    ("tap", "card"): "CARD_",
}
WORDS = {("verdict", "verdict"): words.VERDICTS, ("heartbeat", "state"): words.LANE_STATES}
HEAD = 3  # urgent seen, bulk seen, echo
DELIMITERS = 2


@dataclass(frozen=True, slots=True)
class Sighting:
    """One frame as a listener sees it. `size`: bytes on the wire. session, counter: of a sealed frame, else None.

    kind: a handshake's name, "sealed", "damaged", or with keys the message's name. says: its fields.
    """

    us: int
    way: str
    kind: str
    size: int
    session: str | None = None
    counter: int | None = None
    says: dict[str, object] = field(default_factory=dict)


class Lookout:
    """Names the frames of one line. `ring` None: nothing sealed can be opened."""

    def __init__(self, ring: KeyRing | None = None) -> None:
        self._ring = ring
        self._suite = HouseSuite()

    def see(self, captured: Captured) -> Sighting:
        """What this frame is. Never raises for anything a line can carry."""
        us, way, size = captured.us, captured.way, len(captured.stuffed) + DELIMITERS
        try:
            body = self._suite.unstuff(captured.stuffed)
            found = unsealed.read(self._suite, body)
        except (ValueError, DamagedFrame):
            return Sighting(us, way, "damaged", size)
        if found.kind != unsealed.SEALED:
            return Sighting(us, way, found.kind, size, says=self._clear(found, body))
        kind, says = self._sealed(way, found.session, found.counter, found.sealed)
        return Sighting(us, way, kind, size, found.session.hex(), found.counter, says)

    def _clear(self, found: Unsealed, body: bytes) -> "dict[str, object]":
        if self._ring is not None and found.kind == unsealed.HELLO:
            self._ring.hello(body, found.identity, found.count)
        elif self._ring is not None and found.kind == unsealed.ANSWER:
            self._ring.answer(body)
        if found.kind == unsealed.HELLO:
            return {"gate": found.identity.hex(), "count": found.count}
        if found.kind == unsealed.HERE:
            return {"board": found.board, "firmware": found.firmware}
        return {}

    def _sealed(self, way: str, kid: bytes, counter: int, sealed: bytes) -> "tuple[str, dict[str, object]]":
        if self._ring is None:
            return "sealed", {}
        try:
            array = self._ring.open(way, kid, counter, sealed)
        except DamagedFrame:
            return "does not open", {}
        if array is None:
            return "sealed", {}
        return message(way, array)


def message(way: str, array: object) -> "tuple[str, dict[str, object]]":
    """Name and fields of what was sealed; a card's number only masked, of a code nothing."""
    if not isinstance(array, list) or len(array) < HEAD:
        return "not understood", {}
    if len(array) == HEAD:
        return ("ready" if array == [0] * HEAD and way == TO_GATE else "acknowledgement"), {}
    if array[HEAD:] == [0, 0]:
        return "nak", {}
    try:
        found = from_array(KINDS[way], array[HEAD + 1 :])
    except RemoteError:
        return "not understood", {}
    kind = type(found).__name__.lower()
    says = {name: shown(kind, name, getattr(found, name)) for name in found.FIELDS}
    if isinstance(found, gate_to_house.Tap):
        says["number"] = masked_as(found.card, found.number)
    return kind, {"message": array[HEAD], **says} if array[HEAD] else says


def shown(kind: str, name: str, value: object) -> object:
    """A field as it may be shown to anybody, codes by their names."""
    if (kind, name) in CODES:
        return name_of(CODES[kind, name], value)
    if (kind, name) in WORDS and isinstance(value, int):
        return WORDS[kind, name].get(value, ("", f"code {value}"))[1]
    if kind in {"about", "trace"} and isinstance(value, bytes):
        return words.plain(value)
    return value if isinstance(value, int) else "(bytes)"
