"""The PN532 driver's machine: (state, event) -> (next state, action), packed as `state | event: state | action`.

A pair that is not named changes nothing: a reply that nobody waits for is nobody's answer, and the deadline goes on.
"""

# --- states: those up to SILENCING wait for the reply to a command, the others for their time ---------------
S_WAKING = 0  # SAMConfiguration behind the bytes that wake the chip
S_ASKING = 1  # GetFirmwareVersion
S_SETTING = 2  # RFConfiguration: how often it looks for a card until it says that there is none
S_LISTING = 3  # InListPassiveTarget
S_SILENCING = 4  # RFConfiguration: field off
S_RESTING = 5
S_ABORTING = 6
S_RESETTING = 7  # the reset line is active
S_STARTING = 8  # it no longer is

# --- events -----------------------------------------------------------------------------------------------
E_TIME_UP = 0x10
E_OK = 0x20
E_FAILED = 0x30  # no ACK, no reply, a damaged one, or the chip did not understand
E_DEAD = 0x40  # that too often in a row

# --- actions ----------------------------------------------------------------------------------------------
A_NOTHING = 0x00
A_LISTED = 0x10
A_RESET = 0x20
A_START = 0x30

TABLE = {
    S_WAKING | E_OK: S_ASKING | A_NOTHING,
    S_WAKING | E_FAILED: S_ABORTING | A_NOTHING,
    S_WAKING | E_DEAD: S_RESETTING | A_RESET,
    S_ASKING | E_OK: S_SETTING | A_NOTHING,
    S_ASKING | E_FAILED: S_ABORTING | A_NOTHING,
    S_ASKING | E_DEAD: S_RESETTING | A_RESET,
    S_SETTING | E_OK: S_LISTING | A_NOTHING,
    S_SETTING | E_FAILED: S_ABORTING | A_NOTHING,
    S_SETTING | E_DEAD: S_RESETTING | A_RESET,
    S_LISTING | E_OK: S_SILENCING | A_LISTED,
    S_LISTING | E_FAILED: S_ABORTING | A_NOTHING,
    S_LISTING | E_DEAD: S_RESETTING | A_RESET,
    S_SILENCING | E_OK: S_RESTING | A_NOTHING,
    S_SILENCING | E_FAILED: S_ABORTING | A_NOTHING,
    S_SILENCING | E_DEAD: S_RESETTING | A_RESET,
    S_RESTING | E_TIME_UP: S_LISTING | A_NOTHING,
    S_ABORTING | E_TIME_UP: S_WAKING | A_NOTHING,
    S_RESETTING | E_TIME_UP: S_STARTING | A_START,
    S_STARTING | E_TIME_UP: S_WAKING | A_NOTHING,
}
