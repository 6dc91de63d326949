"""The numbers of gatelink 1, each with its unit and its reason."""

VERSION_MIN = 1
VERSION_MAX = 1

# --- frames -----------------------------------------------------------------------------------------------
# The gate's UART0 holds 256 bytes and cannot be given more: two frames towards a gate must fit into it.
HOUSE_BODY_MAX_BYTES = 192
GATE_BODY_MAX_BYTES = 512
IDENTITY_BYTES = 8
KEY_BYTES = 32
NONCE_BYTES = 16
PROOF_BYTES = 16  # HMAC-SHA256 truncated to 128 bits
TEXT_MAX_BYTES = 32  # board, firmware, interpreter: what a gate says of itself, in ASCII
TRACE_MAX_BYTES = 96  # "file:line" of the last calls before a failure
PRESENTED_MAX_BYTES = 384  # a card's number, or what a code says
TAG_BYTES = 8  # AES-CCM-16-64-128
WINDOW_FRAMES = 64  # how far a frame may lag behind the newest and still be taken once
COUNTER_LIMIT = 1 << 24  # the partial IV has at most three bytes
REKEY_FRAMES = 1 << 23  # ask for new keys long before that

# --- handshake --------------------------------------------------------------------------------------------
# HELLO and PROOF repeat after so many times the first pause, then a fresh hello follows; it never gets slower, so
# that a gate is back a moment after its cable is. At 115200 Bd a silent line carries 2 % hellos.
HELLO_REPEATS = (1, 2, 4, 8)
HELLO_FIRST_MS = 60
ANSWERS_PER_SECOND = 5  # an unauthenticated hello costs the house one HMAC: bound it
UNPROVEN_HELLOS = 8  # so many fresh hellos may be answered and never proven before somebody is told
WHO_GAP_MS = 2000  # an unauthenticated WHO may cost the gate one handshake: bound them
WHO_BURST = 3  # so many at once, when none came for a while: a house may be restarted twice in a row
# A WHO is believed when a NAK, which a live house answers at once, stays unanswered for so long: otherwise whoever
# holds the cable could wear the key partition out, one handshake each two seconds.
WHO_BELIEVED_MS = 250
WHO_AGAIN_MS = 250  # a house that knows no session answers a gate's sealed frames by WHO no more often
# The farthest a house steps its key copy forward, after the gate proved itself: a backup of the key file may lag by
# so many sessions. It takes 0.2 s, which a stolen gate could take from all lanes at each of its handshakes.
CATCH_UP_STEPS = 1 << 16
REKEY_MS = 24 * 3600 * 1000

# --- delivery ---------------------------------------------------------------------------------------------
BEAT_MS = 1000
HERE_MS = 1000  # a gate without keys says so as often
UNCONFIRMED_BEAT_MS = 200  # until the house has answered in a new session
SILENCE_MS = 3500  # three heartbeats lost and half a second of grace: the session is gone
ORDER_FRESH_MS = 2000  # an order counts while the heartbeat it echoes left at most this long ago
REPEAT_MAX_FLOORS = 8  # repeats double up to so many floor times: a mended cable is noticed that soon
HASTY_REPEATS = 4  # so many repeats follow a NAK, or an answer that misses the message, at once
EXCHANGE_BYTES = 180  # a question, its answer and a report between them: what one repeat must outwait
PROCESSING_MS = 12  # both ends' own time, added to the wire's


def repeat_floor_ms(baud: int) -> int:
    """The shortest time after which a frame is repeated. baud 0 = a line without speed limit."""
    wire_ms = (EXCHANGE_BYTES * 10 * 1000 + baud - 1) // baud if baud else 0
    return wire_ms + PROCESSING_MS


def hello_pauses_ms(floor_ms: int) -> "tuple[int, ...]":
    """How long a gate waits after each HELLO or PROOF, for a line with this repeat floor."""
    return tuple([times * max(HELLO_FIRST_MS, 2 * floor_ms) for times in HELLO_REPEATS])
