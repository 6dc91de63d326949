"""The state machine of the house's handshake, one table: (state, event) -> (state, actions).

Rule: whatever changes this handshake's state stands here. An event that the table does not name in a state is
dropped: nothing that arrives unasked moves anything. PROTOCOL.md draws the table.
"""

RESTING = 0  # no handshake under way; there may be a session
ANSWERED = 1  # one HELLO answered, its PROOF is awaited; nothing durable, the session untouched
PROVEN = 2  # PROOF was good, a provisional session waits for its first frame

GOOD_HELLO = 0
SAME_HELLO = 1
GOOD_PROOF = 2
SAME_PROOF = 3
FIRST_FRAME = 4  # opened under the provisional session

NEW_ANSWER = 0  # draw a nonce, send ANSWER
SEND_ANSWER = 1
DERIVE_KEYS = 2  # step a copy of the chain key, make the provisional session
SEND_READY = 3  # under a new counter each time
TRUST_SESSION = 4  # keep count + 1, drop the old session

TABLE = {
    (RESTING, GOOD_HELLO): (ANSWERED, (NEW_ANSWER,)),
    (ANSWERED, GOOD_HELLO): (ANSWERED, (NEW_ANSWER,)),
    (ANSWERED, SAME_HELLO): (ANSWERED, (SEND_ANSWER,)),
    (ANSWERED, GOOD_PROOF): (PROVEN, (DERIVE_KEYS, SEND_READY)),
    (ANSWERED, SAME_PROOF): (ANSWERED, (SEND_READY,)),
    (ANSWERED, FIRST_FRAME): (ANSWERED, (TRUST_SESSION,)),
    (PROVEN, GOOD_HELLO): (ANSWERED, (NEW_ANSWER,)),
    (PROVEN, SAME_PROOF): (PROVEN, (SEND_READY,)),
    (PROVEN, FIRST_FRAME): (RESTING, (TRUST_SESSION,)),
}
