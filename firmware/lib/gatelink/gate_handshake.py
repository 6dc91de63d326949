"""The state machine of the gate's handshake, one table: (state, event) -> (state, actions).

Rule: whatever changes this handshake's state stands here. An event that the table does not name in a state is
dropped: nothing that arrives unasked moves anything. PROTOCOL.md draws the table.
"""

RESTING = 0  # no handshake under way; there may be a session
ASKING = 1  # HELLO is out
PROVING = 2  # ANSWER was good, PROOF is out
STORING = 3  # READY was good, the next chain key is being made durable

START = 0  # no session, a WHO, or new keys are due
REPEAT_DUE = 1
REPEATS_OVER = 2
GOOD_ANSWER = 3
GOOD_READY = 4
STORED = 5

NEW_HELLO = 0  # draw a nonce, send HELLO
SEND_HELLO = 1
DERIVE_KEYS = 2
SEND_PROOF = 3
STORE_KEYS = 4
SWITCH_SESSION = 5  # drop the old session, seal the first frame of the new one

TABLE = {
    (RESTING, START): (ASKING, (NEW_HELLO,)),
    (ASKING, START): (ASKING, (SEND_HELLO,)),
    (ASKING, REPEAT_DUE): (ASKING, (SEND_HELLO,)),
    (ASKING, REPEATS_OVER): (ASKING, (NEW_HELLO,)),
    (ASKING, GOOD_ANSWER): (PROVING, (DERIVE_KEYS, SEND_PROOF)),
    (PROVING, REPEAT_DUE): (PROVING, (SEND_PROOF,)),
    (PROVING, REPEATS_OVER): (ASKING, (NEW_HELLO,)),
    (PROVING, GOOD_READY): (STORING, (STORE_KEYS,)),
    (STORING, STORED): (RESTING, (SWITCH_SESSION,)),
}
