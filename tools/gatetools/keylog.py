"""The simulator's key log: with it, and with the handshakes in a recording, its frames can be opened.

One JSON object for each simulated gate: identity, count and chain key as they were at its enrolment. From there the
ratchet leads to every session. Only the simulator writes one, and only when asked: a station's gatehouse and a real
gate have nothing that gives a key away.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from gatehouse.keyfile import GateRecord
from gatehouse.suite import HouseSuite
from gatelink.keys import HouseKeys, SessionKeys
from gatelink.sealing import Opener

from gatetools.recording import TO_GATE, TO_HOUSE

STEPS_MAX = 100_000  # simulated gates live for some sessions; more is no key log of ours
SESSIONS_KEPT = 64


class KeyLogUnusable(Exception):
    """The file is no key log; the text says what to do."""


def write(path: Path, gates: Iterable[GateRecord]) -> None:
    """Write the keys of simulated gates, readable by their owner. KeyLogUnusable if the file exists."""
    try:
        path.touch(mode=0o600, exist_ok=False)
        lines = [
            {"identity": gate.identity.hex(), "count": gate.keys.count, "chain_key": gate.keys.chain_key.hex()}
            for gate in gates
        ]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="ascii")
    except FileExistsError:
        raise KeyLogUnusable(f"{path}: exists already. Choose another name.") from None
    except OSError as failure:
        raise KeyLogUnusable(f"{path}: {failure.strerror}.") from None


def read(path: Path) -> dict[bytes, HouseKeys]:
    """Keys by identity."""
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
        return {
            bytes.fromhex(line["identity"]): HouseKeys(b"", int(line["count"]), bytes.fromhex(line["chain_key"]))
            for line in lines
        }
    except OSError as failure:
        raise KeyLogUnusable(f"{path}: {failure.strerror}.") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise KeyLogUnusable(f"{path}: is no key log. `gate demo --key-log FILE` writes one.") from None


class KeyRing:
    """Follows the handshakes on one line and opens what was sealed after them."""

    def __init__(self, keys: dict[bytes, HouseKeys]) -> None:
        self._keys = keys
        self._suite = HouseSuite()
        self._hello = b""
        self._asking: tuple[bytes, int] | None = None
        self._sessions: dict[tuple[str, bytes], Opener] = {}

    def hello(self, body: bytes, identity: bytes, count: int) -> None:
        """A gate has asked for a session."""
        self._hello, self._asking = body, (identity, count)

    def answer(self, body: bytes) -> None:
        """A house has answered."""
        keys = self._keys.get(self._asking[0]) if self._asking else None
        if keys is None or self._asking is None or not 0 <= self._asking[1] - keys.count <= STEPS_MAX:
            return
        session = SessionKeys(keys.chain_key_at(self._asking[1]), self._hello, body)
        if len(self._sessions) >= SESSIONS_KEPT:
            self._sessions.clear()
        self._sessions[TO_HOUSE, session.kid] = Opener(self._suite, session.gate_key, session.gate_iv)
        self._sessions[TO_GATE, session.kid] = Opener(self._suite, session.house_key, session.house_iv)

    def open(self, way: str, kid: bytes, counter: int, sealed: bytes) -> object:
        """What was sealed; None where its keys are not known or it was seen before; DamagedFrame if it fails."""
        opener = self._sessions.get((way, kid))
        return None if opener is None else opener.open(counter, sealed)
