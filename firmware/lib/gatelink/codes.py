"""Every number that both sides name. Append only: a number once given keeps its meaning for ever.

The words for people, in Chinese and English, live on the host beside what shows them.
"""

# --- what was presented (Tap.card): which layout the card module delivered, or what else was read ----------
CARD_RESIDENT = 1
CARD_HMT_PERMIT = 2  # residence permit for Hong Kong, Macau and Taiwan residents, flag 'J'
CARD_FOREIGN_2017 = 3  # foreign permanent resident card, flag 'I'
CARD_FOREIGN_2023 = 4  # the same from 2023-12-01, flag 'Y'

CARD_CODE = 5  # what a QR or bar code says
CARD_UID = 6  # the UID of an ISO 14443 type A card; whoever has seen it can copy it
CARD_WIEGAND = 7  # a Wiegand reader's: facility:number of 26 bits, 34:facility:number of 34

# --- verdicts (Verdict.verdict) ---------------------------------------------------------------------------
ALLOW = 1
DENY = 2
REFER = 3  # to a member of staff

# --- reasons (Verdict.reason and the lane's own) ----------------------------------------------------------
REASON_GREEN = 1
REASON_YELLOW = 2
REASON_RED = 3
REASON_STATUS_EXPIRED = 4  # the status is older than the rules accept
REASON_NOT_FOUND = 5  # nobody knows a status: not red, not an error
REASON_LOOKUP_FAILED = 6
REASON_LOOKUP_TIMED_OUT = 7
REASON_NUMBER_INVALID = 8  # check digit or structure
REASON_CARD_EXPIRED = 9
REASON_CARD_KIND_UNSUPPORTED = 10
REASON_STATUS_FROM_FUTURE = 11  # a clock is wrong somewhere
REASON_STATUS_UNMAPPED = 12  # a value that no rule maps
REASON_LEDGER_UNAVAILABLE = 13  # what cannot be recorded is not allowed
REASON_HOST_AWAY = 14  # the lane's own: no session with the gatehouse
REASON_NO_ANSWER = 15  # the lane's own: no verdict within the limit
REASON_CARD_UNREADABLE = 16  # the lane's own: lay the card down again
REASON_JOURNAL_UNAVAILABLE = 17  # the lane's own: what cannot be recorded is not opened
REASON_STAFF = 18  # a staff order, not a verdict
REASON_CARD_REJECTED = 19  # the card module could not prove the card genuine
REASON_FIRE = 20  # the lane's own: released for everybody, nobody is asked
REASON_LANE_FAULT = 21  # the lane's own: it met what must not happen and stays shut
REASON_LANE_BUSY = 22  # the lane's own: a second card during a passage; it is to be laid down again
REASON_CARD_NOT_YET_VALID = 23
REASON_CODE_TOO_LONG = 24  # the lane's own: more than a code may hold
REASON_STAFF_CARD = 27  # a card of staff or a visitor, by a rule that lets such cards open
REASON_CARD_UNPROVEN = 28  # a kind of card that anybody can copy, and no rule that takes it
REASON_TEST_POSITIVE = 32
REASON_TEST_NOT_IN_ORDER = 33  # the rules ask for a test: none, too old, or its result is not known yet
REASON_LISTED = 34  # a list of the station names the card's holder
REASON_BY_RULE = 35  # a rule of the station, for a reason of its own
REASON_CLOCK_WRONG = 36  # the station's clock was set back, or has lost the time
REASON_NOT_ASKED = 37  # nobody who could know may be asked now
REASON_FLAGGED = 38  # green with something added to it that no rule calls harmless
REASON_BY_CARD = 39  # allowed by a rule that lets a valid card in without a green
REASON_ANSWER_TOO_OLD = 40  # the status may be fresh; the answer that told it is not

# --- what a report says (Report.what) ---------------------------------------------------------------------
REPORT_BOOTED = 1  # detail: reset cause
REPORT_OPENING = 2  # written before the pulse; detail: reason
REPORT_PASSED = 3
REPORT_TURNED_BACK = 4  # entered the passage and left it again on the same side
REPORT_NOBODY_CAME = 5  # the opening ran out
REPORT_FOLLOWED = 6  # a second person went through on the same opening
REPORT_WRONG_WAY = 7
REPORT_UNKNOWN = 8  # nobody can tell the outcome; detail: an UNKNOWN_ code
REPORT_NOT_OPENED = 9  # a tap ended without an opening; detail: reason
REPORT_FIRE = 10  # detail: 1 on, 0 off
REPORT_FAULT = 11  # detail: fault code
REPORT_HELD = 12  # held open by staff; detail: 1 written before the release, 0 over
REPORT_LOCKED = 13  # locked by staff; detail: 1 on, 0 off
REPORT_GAP = 14  # the house's own: that many reports before the next one are missing; detail: how many
REPORT_RETIRED = 15  # the house's own: this gate will not be heard any more; detail: a RETIRED_ code
REPORT_BEGINS = 16  # the house's own: what this gate records after this index belongs to this enrolment
REPORT_ORDERED = 17  # the house's own: staff order something, entered before it leaves; detail: an ORDER_ code
REPORT_COMPLETED = 18  # the house's own: what became of it; detail: a COMPLETION_ code
# What had no record of its own, because the journal was filling up; detail: how many; counter: a REPORT_ code and,
# times 256, its detail: what there were so many of.
REPORT_COUNTED = 19
# No gate may say these.
HOUSES_OWN = (REPORT_GAP, REPORT_RETIRED, REPORT_BEGINS, REPORT_ORDERED, REPORT_COMPLETED)
# Reports with which a tap ends.
OUTCOMES = (
    REPORT_PASSED,
    REPORT_TURNED_BACK,
    REPORT_NOBODY_CAME,
    REPORT_FOLLOWED,
    REPORT_UNKNOWN,
    REPORT_NOT_OPENED,
)

# --- why a gate's enrolment ended (detail of REPORT_RETIRED) ----------------------------------------------
RETIRED_REPLACED = 1  # another gate has taken its lane
RETIRED_REKEYED = 2  # the same gate goes on under a new identity
RETIRED_REVOKED = 3  # an operator has withdrawn it
RETIRED_MOVED = 4  # the same gate serves another lane now
RETIRED_FORGOTTEN = 5  # its keys are lost here; a gate that says it was this one has begun anew

# --- who says that an outcome is unknown (detail of REPORT_UNKNOWN) ----------------------------------------
UNKNOWN_AT_GATE = 0  # the gate: its power went, there was fire, the beams were blind, or the passage took too long
UNKNOWN_RETIRED = 1  # the house: the gate was retired before it told; its own word, should it come, counts instead

# --- why a gate started (detail of REPORT_BOOTED): MicroPython's machine.reset_cause() on the esp32 ---------
RESET_UNKNOWN = 0
RESET_POWER = 1  # power on, or a brown-out: the chip's port tells no difference
RESET_HARD = 2  # machine.reset(), or the interpreter itself crashed
RESET_WATCHDOG = 3
RESET_DEEP_SLEEP = 4
RESET_SOFT = 5  # an update was put in place, or a tool did it

# --- orders of staff (Order.what) and how they ended (Completion.outcome) ---------------------------------
ORDER_OPEN_ONCE = 1
ORDER_HOLD_OPEN = 2
ORDER_LOCK = 3
ORDER_RESUME = 4
ORDER_ACKNOWLEDGE = 128  # the house's own, sent to no gate: somebody of staff has taken note of an alarm

COMPLETION_DONE = 1
COMPLETION_STALE = 2  # older than ORDER_FRESH_MS when it came
COMPLETION_REFUSED = 3  # the lane's state does not allow it
COMPLETION_NO_WORD = 128  # the house's own: it was sent and the gate has not told how it ended
COMPLETION_NOT_GIVEN = 129  # the house's own: it was recorded and never sent

# --- faults (Fault.what) ----------------------------------------------------------------------------------
FAULT_READER_SILENT = 1
FAULT_READER_BACK = 2
FAULT_READER_SELF_TEST = 3
FAULT_READER_UNLICENSED = 4
FAULT_JOURNAL_FULL = 5
FAULT_JOURNAL_WRITE = 6
FAULT_TASK_CRASHED = 7
FAULT_SETTINGS_REFUSED = 8
FAULT_BEAM_BLOCKED = (
    9  # detail: which beams, as a DIRECTION_ code, and 4 for the passage contact; nobody sees who passes
)
FAULT_BEAM_FREE = 10

# --- readers (Fault.detail of a reader's fault: 256 times this, and the status behind it) -------------------
READER_SAM_V = 1
READER_QR = 2
READER_PN532 = 3
READER_WIEGAND = 4
PART_READER = 32  # Trace.part and detail of FAULT_TASK_CRASHED: this and a reader's code, its driver; below it, a part

# --- which side travellers come from (LaneRules.direction); as bits also: which beam, which relay ----------
DIRECTION_ENTRY = 1
DIRECTION_EXIT = 2
DIRECTION_BOTH = 3

# --- a second card during a passage (LaneRules.second_card) -----------------------------------------------
SECOND_CARD_REFUSED = 0  # and its owner asked to lay it down again when the passage is over
SECOND_CARD_WAITS = 1  # asked about when the passage is over

# --- what signs speak and show (Signs.language); as bits: which languages ----------------------------------
LANGUAGE_CHINESE = 1
LANGUAGE_ENGLISH = 2
LANGUAGE_BOTH = 3

# --- why an end refuses the other or raises an alarm ------------------------------------------------------
REFUSED_UNKNOWN_GATE = 1  # not enrolled here
REFUSED_WRONG_KEY = 2  # the proof does not fit
REFUSED_ROLLED_BACK = 3  # the gate's key count is behind ours: an old copy of its flash, or a clone
REFUSED_VERSION = 4  # no protocol version in common
REFUSED_LIVE_ELSEWHERE = 5  # this identity is in a live session on another port
REFUSED_TOO_FAR_AHEAD = 6  # more key steps than the house will catch up
REFUSED_KEYS_UNREADABLE = 7  # the house cannot read its own keys of this gate
REFUSED_REVOKED = 8  # it was enrolled here, and that was ended

# --- why a session ended (Down.reason) --------------------------------------------------------------------
DOWN_SILENCE = 1
DOWN_REPLACED = 2  # a new handshake took over
DOWN_PORT = 3  # the port vanished
DOWN_REFUSED = 4  # the gate is not to be served any more


def names(prefix: str) -> "dict[int, str]":
    """Code -> name for every constant that starts with `prefix`, for documents, logs and tests."""
    found = {}
    for name, value in globals().items():
        if name.startswith(prefix) and isinstance(value, int):
            found[value] = name[len(prefix) :].lower()
    return found
