"""What has happened, in the past tense: the only input of the lane. One class per fact."""

from gatelink import codes


class Fact:
    """Base of all facts; those without fields are made once and used again."""


# --- the reader -------------------------------------------------------------------------------------------


class CardSeen(Fact):
    """A card was read whole, its last byte `age_ms` ago. Whoever takes the fact wipes the card."""

    def __init__(self, card: "object", age_ms: int) -> None:
        self.card = card
        self.age_ms = age_ms


class CardUnreadable(Fact):
    """A card lies there and gave no number. reason: REASON_CARD_UNREADABLE (lay it down again),
    REASON_CARD_REJECTED, REASON_CARD_KIND_UNSUPPORTED or REASON_CODE_TOO_LONG (staff).
    """

    def __init__(self, reason: int = codes.REASON_CARD_UNREADABLE) -> None:
        self.reason = reason


class ReaderFault(Fact):
    """A reader's health changed. what: a FAULT_READER_ code, FAULT_READER_BACK when it works again.

    detail: the status byte behind it, 0 if none. reader: a READER_ code; the conductor knows it.
    """

    def __init__(self, what: int, detail: int, reader: int = codes.READER_SAM_V) -> None:
        self.what = what
        self.detail = detail
        self.reader = reader


class ResetLine(Fact):
    """A reader wants its reset line active, or no longer."""

    def __init__(self, active: bool) -> None:
        self.active = active


class SetBaud(Fact):
    """A reader wants its port at another rate from the next byte on."""

    def __init__(self, baud: int) -> None:
        self.baud = baud


# --- the gatehouse ----------------------------------------------------------------------------------------


class LinkUp(Fact):
    """A session with the gatehouse is trusted."""


class LinkDown(Fact):
    """The session is gone, and every question in it."""


class VerdictGiven(Fact):
    """A verdict arrived; the lane judges whose it is and how old."""

    def __init__(self, verdict: "object") -> None:
        self.verdict = verdict  # gatelink.house_to_gate.Verdict


class Ordered(Fact):
    """A fresh order of staff arrived."""

    def __init__(self, order: "object") -> None:
        self.order = order  # gatelink.house_to_gate.Order


# --- the journal ------------------------------------------------------------------------------------------


class Recorded(Fact):
    """`record`, the very orders.Record that the lane gave, is durable."""

    def __init__(self, record: "object") -> None:
        self.record = record


class RecordFailed(Fact):
    """`record` could not be made durable."""

    def __init__(self, record: "object") -> None:
        self.record = record


class JournalReady(Fact):
    """After a RecordFailed: the journal takes records again."""


# --- the passage ------------------------------------------------------------------------------------------


class Passage(Fact):
    """Base of what the beams tell. side: where the person came from, DIRECTION_ENTRY or DIRECTION_EXIT."""

    def __init__(self, side: int) -> None:
        self.side = side


class Entered(Passage):
    """Somebody broke the first beam."""


class Beyond(Passage):
    """The person has left the first beam and stands in the second: past the barrier."""


class Passed(Passage):
    """The passage is clear again and one person went through."""


class TurnedBack(Passage):
    """The passage is clear again and the person left where they came from."""


class Followed(Passage):
    """The passage is clear again and a second person went in behind the first."""


class ArmTurned(Fact):
    """The turnstile's own contact: its arm has turned for one person."""


class BeamBlocked(Fact):
    """Beams are broken, or the arm is turned, for so long that they tell nothing.

    sides: which beams, as DIRECTION_ bits, and 4 for the arm; 0 = they tell again.
    """

    def __init__(self, sides: int) -> None:
        self.sides = sides


class FireOn(Fact):
    """The fire input says that everybody must get out."""


class FireOff(Fact):
    """The fire input is quiet again."""


class KeyTurned(Fact):
    """A member of staff turned the key switch."""


# --- time -------------------------------------------------------------------------------------------------


class Tick(Fact):
    """Only time has passed."""
