"""The first handshake with a gate that was just enrolled: it proves its keys over the link, and the enrolment holds.

Where the service cable is the link too, this program is the gatehouse for a moment. Elsewhere the gatehouse that
serves the lane does it, and this one watches the key file.
"""

import time

from gatehouse.gate_record import ENROLLED, GateRecord
from gatehouse.house import now_ticks
from gatehouse.keyfile import KeyFile
from gatehouse.ports import BROKEN, open_port
from gatehouse.suite import HouseSuite
from gatelink import codes
from gatelink.errors import Refused
from gatelink.events import Alarm, KeysAdvanced, Up
from gatelink.house_end import HouseEnd
from gatelink.keys import HouseKeys
from gatelink.roster import Roster

from gatetools.serial_port import unusable

LOOK_S = 0.2
READ_MAX_BYTES = 4096
GONE = (
    "Its new keys were revoked or replaced meanwhile, by another program; the gate serves nobody with them. "
    "Run the same command again."
)


class NotConfirmed(Exception):
    """The gate has not proven its keys over the link; the text says what that means and what to do."""


class OneGate(Roster):
    """Only the gate that was just enrolled is served. `asked`, `others`: whether it, or another identity, has come."""

    def __init__(self, keys: KeyFile, identity: bytes) -> None:
        self._keys = keys
        self._identity = identity
        self.asked = self.others = False

    def keys_of(self, identity: bytes) -> HouseKeys:
        """Refused for every other gate. NotConfirmed if the key file does not let this one come any more."""
        if identity != self._identity:
            self.others = True
            raise Refused(codes.REFUSED_UNKNOWN_GATE)
        self.asked = True
        return still_there(self._keys, identity).keys


def over(url: str, baud: int, keys: KeyFile, identity: bytes, limit_s: float) -> None:
    """Shake hands over this port. NotConfirmed if it does not come to that within `limit_s`."""
    roster = OneGate(keys, identity)
    try:
        port = open_port(url, baud)
    except BROKEN as failure:
        raise broken(url, failure) from None
    try:
        end = HouseEnd(roster, HouseSuite(), baud, now_ticks())
        ends_at = time.monotonic() + limit_s
        while time.monotonic() < ends_at:
            port.write(end.bytes_to_send(now_ticks()))
            end.receive(bytes(port.read(max(1, min(port.in_waiting, READ_MAX_BYTES)))), now_ticks())
            if _take(end, keys):
                return
    except BROKEN as failure:
        raise broken(url, failure) from None
    finally:
        port.close()
    raise NotConfirmed(_silence(roster))


def still_there(keys: KeyFile, identity: bytes) -> GateRecord:
    """The gate as the key file has it. NotConfirmed if its keys count no more."""
    record = keys.gate(identity)
    if record is None or record.revoked:
        raise NotConfirmed(GONE)
    return record


def broken(url: str, failure: Exception) -> NotConfirmed:
    """What to raise when the port fails."""
    return NotConfirmed(f"{unusable(url, failure)} The gatehouse confirms the gate when it first comes.")


def _take(end: HouseEnd, keys: KeyFile) -> bool:
    """Handle what came; whether the gate is up and its next key kept."""
    up = False
    while (event := end.next_event()) is not None:
        if isinstance(event, Up):
            keys.confirm(event.identity)
        elif isinstance(event, KeysAdvanced):
            keys.advance(event.identity, event.count, event.chain_key)
            up = True
        elif isinstance(event, Alarm) and event.reason != codes.REFUSED_UNKNOWN_GATE:
            name = codes.names("REFUSED_").get(event.reason, "unknown").replace("_", " ")
            raise NotConfirmed(f"The gate speaks, and was refused: {name}. Run the same command again.")
    return up


def _silence(roster: OneGate) -> str:
    if roster.asked:
        return (
            "The gate speaks with its new identity, and no handshake came to its end: the line is disturbed, or it "
            "has other keys than it proved. Look at the cable, then run the same command again."
        )
    if roster.others:
        return (
            "Another gate than the one that was enrolled speaks on this port, or it kept its old keys. "
            "Run the same command again."
        )
    return (
        "The gate proved its keys on the console, and said nothing on the link yet. Release the service button and "
        "press reset; the gatehouse confirms it when the gate first comes. Until then its lane keeps what it had."
    )


def by_the_gatehouse(keys: KeyFile, identity: bytes, limit_s: float) -> bool:
    """Whether a running gatehouse confirms it within `limit_s`. NotConfirmed if its keys count no more."""
    ends_at = time.monotonic() + limit_s
    while True:
        if still_there(keys, identity).state == ENROLLED:
            return True
        if time.monotonic() > ends_at:
            return False
        time.sleep(LOOK_S)
