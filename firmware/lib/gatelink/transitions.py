"""The state machines of the handshake, one table each: (state, event) -> (state, actions).

Rule: whatever changes a handshake's state stands here. An event that the table does not name in a state is
dropped: nothing that arrives unasked moves anything. PROTOCOL.md draws these tables.
"""

# --- gate -------------------------------------------------------------------------------------------------
G_RESTING = 0  # no handshake under way; there may be a session
G_ASKING = 1  # HELLO is out
G_PROVING = 2  # ANSWER was good, PROOF is out
G_STORING = 3  # READY was good, the next chain key is being made durable

G_START = 0  # no session, a WHO, or new keys are due
G_REPEAT_DUE = 1
G_REPEATS_OVER = 2
G_GOOD_ANSWER = 3
G_GOOD_READY = 4
G_STORED = 5

G_NEW_HELLO = 0  # draw a nonce, send HELLO
G_SEND_HELLO = 1
G_DERIVE_KEYS = 2
G_SEND_PROOF = 3
G_STORE_KEYS = 4
G_SWITCH_SESSION = 5  # drop the old session, seal the first frame of the new one

GATE = {
    (G_RESTING, G_START): (G_ASKING, (G_NEW_HELLO,)),
    (G_ASKING, G_START): (G_ASKING, (G_SEND_HELLO,)),
    (G_ASKING, G_REPEAT_DUE): (G_ASKING, (G_SEND_HELLO,)),
    (G_ASKING, G_REPEATS_OVER): (G_ASKING, (G_NEW_HELLO,)),
    (G_ASKING, G_GOOD_ANSWER): (G_PROVING, (G_DERIVE_KEYS, G_SEND_PROOF)),
    (G_PROVING, G_REPEAT_DUE): (G_PROVING, (G_SEND_PROOF,)),
    (G_PROVING, G_REPEATS_OVER): (G_ASKING, (G_NEW_HELLO,)),
    (G_PROVING, G_GOOD_READY): (G_STORING, (G_STORE_KEYS,)),
    (G_STORING, G_STORED): (G_RESTING, (G_SWITCH_SESSION,)),
}

# --- house ------------------------------------------------------------------------------------------------
H_RESTING = 0  # no handshake under way; there may be a session
H_ANSWERED = 1  # one HELLO answered, its PROOF is awaited; nothing durable, the session untouched
H_PROVEN = 2  # PROOF was good, a provisional session waits for its first frame

H_GOOD_HELLO = 0
H_SAME_HELLO = 1
H_GOOD_PROOF = 2
H_SAME_PROOF = 3
H_FIRST_FRAME = 4  # opened under the provisional session

H_NEW_ANSWER = 0  # draw a nonce, send ANSWER
H_SEND_ANSWER = 1
H_DERIVE_KEYS = 2  # step a copy of the chain key, make the provisional session
H_SEND_READY = 3  # under a new counter each time
H_TRUST_SESSION = 4  # keep count + 1, drop the old session

HOUSE = {
    (H_RESTING, H_GOOD_HELLO): (H_ANSWERED, (H_NEW_ANSWER,)),
    (H_ANSWERED, H_GOOD_HELLO): (H_ANSWERED, (H_NEW_ANSWER,)),
    (H_ANSWERED, H_SAME_HELLO): (H_ANSWERED, (H_SEND_ANSWER,)),
    (H_ANSWERED, H_GOOD_PROOF): (H_PROVEN, (H_DERIVE_KEYS, H_SEND_READY)),
    (H_ANSWERED, H_SAME_PROOF): (H_ANSWERED, (H_SEND_READY,)),
    (H_ANSWERED, H_FIRST_FRAME): (H_ANSWERED, (H_TRUST_SESSION,)),
    (H_PROVEN, H_GOOD_HELLO): (H_ANSWERED, (H_NEW_ANSWER,)),
    (H_PROVEN, H_SAME_PROOF): (H_PROVEN, (H_SEND_READY,)),
    (H_PROVEN, H_FIRST_FRAME): (H_RESTING, (H_TRUST_SESSION,)),
}
