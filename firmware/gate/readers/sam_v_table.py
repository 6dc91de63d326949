"""The SAM_V driver's machine: (state, event) -> (next state, action), packed as `state | event: state | action`.

TABLE holds it in 256 bytes. A pair that is not named changes nothing: a reply that nobody waits for is nobody's
answer, and the deadline of the request goes on. SW3 alone decides; what each of its values means is in STATUS.
"""

# --- states: RESTING and DOWN wait for their time, the others for the reply to a request -------------------
S_RESTING = 0
S_FINDING = 1  # 20 01
S_SELECTING = 2  # 20 02
S_READING = 3  # 30 01
S_PROBING = 4  # 11 FF
S_RESETTING = 5  # 10 FF
S_DOWN = 6
S_SEEKING = 7  # 11 FF at one rate after the other
S_SETTING = 8  # 60 0x: back to the configured rate

# --- events -----------------------------------------------------------------------------------------------
E_TIME_UP = 0x10
E_OK = 0x20
E_FOUND = 0x30
E_NO_CARD = 0x40
E_AGAIN = 0x50
E_RESEND = 0x60  # the module did not understand the frame
E_BAD_ORDER = 0x70
E_CONFUSED = 0x80
E_UNREADABLE = 0x90
E_REJECTED = 0xA0
E_UNKNOWN_KIND = 0xB0
E_BROKEN = 0xC0
E_DAMAGED = 0xD0
E_SILENT = 0xE0  # once too often no reply to a probe, or none at any rate
E_KEEPS_RATE = 0xF0  # found at the configured rate, or at one that it does not give up

# A module that tells one of these about the field or about itself is well, or says what it lacks.
WELL = (E_FOUND, E_NO_CARD, E_AGAIN, E_UNREADABLE, E_REJECTED, E_UNKNOWN_KIND, E_BROKEN)

# --- actions ----------------------------------------------------------------------------------------------
A_NOTHING = 0x00
A_WORKS = 0x10
A_FIELD_EMPTY = 0x20
A_SELECT_FAILED = 0x30
A_CARD = 0x40
A_UNREADABLE = 0x50
A_REJECTED = 0x60
A_UNKNOWN_KIND = 0x70
A_SAY_SILENT = 0x80
A_SAY_BROKEN = 0x90
A_NEXT_RATE = 0xA0
A_OWN_RATE = 0xB0

# SW3 -> event.
STATUS = {
    0x90: E_OK,
    0x9F: E_FOUND,
    0x80: E_NO_CARD,
    0x81: E_AGAIN,  # select failed
    0x47: E_AGAIN,  # no random number
    0x10: E_RESEND,  # bad checksum
    0x11: E_RESEND,  # bad length
    0x21: E_BAD_ORDER,
    0x24: E_CONFUSED,  # unknown error
    0x31: E_UNREADABLE,  # the card did not authenticate the module: lay it down again
    0x37: E_UNREADABLE,  # fingerprint
    0x3F: E_UNREADABLE,  # information length
    0x41: E_UNREADABLE,  # the card moved
    0x91: E_UNREADABLE,  # nothing there
    0x32: E_REJECTED,  # the module did not authenticate the card: possibly a fake
    0x33: E_REJECTED,  # MAC of the information
    0x40: E_UNKNOWN_KIND,
    0x23: E_BROKEN,  # not permitted
    0x60: E_BROKEN,  # self-test failed
    0x66: E_BROKEN,  # not licensed
}

MISSING = 0xFF
TABLE = bytearray(b"\xff" * 256)
_ROWS = {
    S_RESTING | E_TIME_UP: S_FINDING | A_NOTHING,
    S_FINDING | E_FOUND: S_SELECTING | A_WORKS,
    S_FINDING | E_NO_CARD: S_RESTING | A_FIELD_EMPTY,
    S_FINDING | E_AGAIN: S_RESTING | A_WORKS,
    S_FINDING | E_UNREADABLE: S_RESTING | A_UNREADABLE,
    S_FINDING | E_REJECTED: S_RESTING | A_REJECTED,
    S_FINDING | E_UNKNOWN_KIND: S_RESTING | A_UNKNOWN_KIND,
    S_FINDING | E_DAMAGED: S_RESTING | A_NOTHING,
    S_FINDING | E_TIME_UP: S_PROBING | A_NOTHING,
    S_FINDING | E_RESEND: S_FINDING | A_NOTHING,
    S_FINDING | E_BAD_ORDER: S_PROBING | A_NOTHING,
    S_FINDING | E_CONFUSED: S_RESETTING | A_NOTHING,
    S_FINDING | E_BROKEN: S_DOWN | A_SAY_BROKEN,
    S_SELECTING | E_OK: S_READING | A_NOTHING,
    S_SELECTING | E_NO_CARD: S_RESTING | A_FIELD_EMPTY,
    S_SELECTING | E_AGAIN: S_RESTING | A_SELECT_FAILED,
    S_SELECTING | E_UNREADABLE: S_RESTING | A_UNREADABLE,
    S_SELECTING | E_REJECTED: S_RESTING | A_REJECTED,
    S_SELECTING | E_UNKNOWN_KIND: S_RESTING | A_UNKNOWN_KIND,
    S_SELECTING | E_DAMAGED: S_RESTING | A_SELECT_FAILED,
    S_SELECTING | E_TIME_UP: S_PROBING | A_NOTHING,
    S_SELECTING | E_RESEND: S_SELECTING | A_NOTHING,
    S_SELECTING | E_BAD_ORDER: S_PROBING | A_NOTHING,
    S_SELECTING | E_CONFUSED: S_RESETTING | A_NOTHING,
    S_SELECTING | E_BROKEN: S_DOWN | A_SAY_BROKEN,
    S_READING | E_OK: S_RESTING | A_CARD,
    S_READING | E_NO_CARD: S_RESTING | A_UNREADABLE,
    S_READING | E_AGAIN: S_RESTING | A_UNREADABLE,
    S_READING | E_UNREADABLE: S_RESTING | A_UNREADABLE,
    S_READING | E_REJECTED: S_RESTING | A_REJECTED,
    S_READING | E_UNKNOWN_KIND: S_RESTING | A_UNKNOWN_KIND,
    S_READING | E_DAMAGED: S_RESTING | A_UNREADABLE,
    S_READING | E_TIME_UP: S_PROBING | A_UNREADABLE,
    S_READING | E_RESEND: S_READING | A_NOTHING,
    S_READING | E_BAD_ORDER: S_PROBING | A_UNREADABLE,
    S_READING | E_CONFUSED: S_RESETTING | A_UNREADABLE,
    S_READING | E_BROKEN: S_DOWN | A_SAY_BROKEN,
    S_PROBING | E_OK: S_RESTING | A_NOTHING,  # a module that is well only here is not asked without pause
    S_PROBING | E_TIME_UP: S_PROBING | A_NOTHING,
    S_PROBING | E_SILENT: S_RESETTING | A_SAY_SILENT,
    S_PROBING | E_BAD_ORDER: S_RESETTING | A_NOTHING,
    S_PROBING | E_CONFUSED: S_RESETTING | A_NOTHING,
    S_PROBING | E_BROKEN: S_DOWN | A_SAY_BROKEN,
    S_RESETTING | E_OK: S_DOWN | A_NOTHING,
    S_RESETTING | E_TIME_UP: S_SEEKING | A_NEXT_RATE,
    S_RESETTING | E_BAD_ORDER: S_DOWN | A_NOTHING,
    S_RESETTING | E_CONFUSED: S_DOWN | A_NOTHING,
    S_RESETTING | E_BROKEN: S_DOWN | A_SAY_BROKEN,
    S_DOWN | E_TIME_UP: S_PROBING | A_NOTHING,
    S_SEEKING | E_OK: S_SETTING | A_NOTHING,
    S_SEEKING | E_KEEPS_RATE: S_FINDING | A_NOTHING,
    S_SEEKING | E_TIME_UP: S_SEEKING | A_NEXT_RATE,
    S_SEEKING | E_SILENT: S_DOWN | A_OWN_RATE,
    S_SEEKING | E_BAD_ORDER: S_RESETTING | A_NOTHING,
    S_SEEKING | E_CONFUSED: S_RESETTING | A_NOTHING,
    S_SEEKING | E_BROKEN: S_DOWN | A_SAY_BROKEN,
    # Whether the reply to 60 0x comes at the old rate or at the new one is not known: either way the next probe tells.
    S_SETTING | E_OK: S_PROBING | A_OWN_RATE,
    S_SETTING | E_TIME_UP: S_PROBING | A_OWN_RATE,
    S_SETTING | E_BAD_ORDER: S_FINDING | A_NOTHING,
    S_SETTING | E_CONFUSED: S_FINDING | A_NOTHING,
    S_SETTING | E_BROKEN: S_DOWN | A_SAY_BROKEN,
}
for _pair, _cell in _ROWS.items():
    TABLE[_pair] = _cell
del _ROWS
