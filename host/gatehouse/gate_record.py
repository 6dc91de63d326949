"""One gate as the key file knows it, and the states of its enrolment."""

from dataclasses import dataclass

from gatelink.keys import HouseKeys

PROPOSED = "proposed"  # its keys were made and may be on the gate; they count as soon as it proves that it has them
ENROLLED = "enrolled"
REVOKED = "revoked"

# Why an enrolment ended; 0 while it has not.
REPLACED = 1  # another device is the gate of its lane
REKEYED = 2  # the same device has newer keys
TAKEN_BACK = 3  # by an operator
MOVED = 4  # the same device serves another lane


@dataclass(frozen=True, slots=True)
class GateRecord:
    """One gate.

    former: identity that the same device had before, None if it had none; one that this key file does not hold is the
    device's own word, and no record is ever owned by it. begins: index of the first report under
    this identity. made_s, ended_s: Unix times, 0 where an older version kept none. booked: its revocation stands in
    the ledger.
    """

    identity: bytes
    lane: str
    state: str
    former: bytes | None
    begins: int
    made_s: int
    ended_s: int | None
    reason: int
    booked: bool
    keys: HouseKeys

    @property
    def revoked(self) -> bool:
        """Whether it may not come any more."""
        return self.state == REVOKED
