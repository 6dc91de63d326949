"""What a gate's end of a line says of itself, as a finding: the link's frames, or the text of chip and interpreter."""

from gatetools import boot_text, unsealed
from gatetools.boot_text import State
from gatetools.doctor.finding import Fact, Finding
from gatetools.unsealed import Ear

# The first that was heard counts.
FRAMES = {
    unsealed.HELLO: "voice-enrolled",
    unsealed.HERE: "voice-not-enrolled",
    unsealed.OTHER_VERSION: "voice-other-version",
    unsealed.SEALED: "voice-session",
}

TEXTS = {
    State.HALF_WRITTEN: "voice-half-written",
    State.CRASHED: "voice-crash",
    State.LOADER: "voice-loader",
    State.RESTARTS: "voice-restarts",
    State.CONSOLE: "voice-console",
    State.STARTED: "voice-started",
}


def hear(port: str, data: bytes, *, baud: int, seconds: int) -> Finding:
    """What the bytes that came within so many seconds mean. The link's own language counts before any text."""
    return _frames(port, data) or _text(port, data, seconds) or _rest(port, data, baud, seconds)


def board(data: bytes) -> str:
    """The board that a gate without keys names; "" if none did."""
    return next((said.board for said in Ear().feed(data) if said.kind == unsealed.HERE), "")


def decided(data: bytes) -> bool:
    """Whether more bytes could not change what is heard."""
    return _frames("", data) is not None


def _frames(port: str, data: bytes) -> Finding | None:
    heard = {said.kind: said for said in Ear().feed(data)}
    said = next((heard[kind] for kind in FRAMES if kind in heard), None)
    if said is None:
        return None
    facts: dict[str, Fact] = {"board": said.board, "firmware": said.firmware} if said.kind == unsealed.HERE else {}
    return Finding(FRAMES[said.kind], port, facts)


def _text(port: str, data: bytes, seconds: int) -> Finding | None:
    sign = boot_text.read(data)
    if sign is None:
        return None
    facts: dict[str, Fact] = {}
    if sign.state in {State.HALF_WRITTEN, State.CRASHED, State.RESTARTS}:
        facts["said"] = sign.said
    if sign.state is State.RESTARTS:
        facts |= {"times": sign.times, "seconds": seconds}
    return Finding(TEXTS[sign.state], port, facts)


def _rest(port: str, data: bytes, baud: int, seconds: int) -> Finding:
    if data:
        return Finding("voice-strange", port, {"bytes": len(data), "baud": baud})
    return Finding("voice-silent", port, {"seconds": seconds})
