"""What a frozen chip, a bad line or a hostile one can do to the driver: cost time, and never a wrong card."""

from pn532_bench import (
    ACK,
    ASK,
    BACK,
    COMMANDS,
    DONE,
    EMPTY,
    HIGH,
    LIST,
    LISTED,
    LOW,
    NOT_UNDERSTOOD,
    REPLIES,
    SILENT,
    UID,
    WAKE,
    Pn532Bench,
    frame,
    listed,
    ready,
)

SEED = 20261125


def noise(state):
    """Seeded numbers, the same on both interpreters."""
    while True:
        state = state * 48271 % 0x7FFFFFFF
        yield state >> 8 & 0xFFFF


def test_no_acknowledgement_is_answered_by_an_abort_and_waking():
    """In every state; one lost command is no fault."""
    for command in COMMANDS:
        bench = Pn532Bench().until(command)
        bench.wait(100)
        assert bench.sent[-1] == ACK, command
        bench.wait(30)
        assert bench.sent[-1] == WAKE, command
        bench.feed(ACK + REPLIES[WAKE])
        assert bench.until(LIST).feed(ACK + LISTED).facts == [UID], command


def test_an_acknowledgement_without_a_reply_is_answered_the_same():
    """The chip's best known way to freeze."""
    for command in COMMANDS:
        bench = Pn532Bench().until(command).feed(ACK)
        bench.wait(399)
        assert bench.sent[-1] == command
        bench.wait(1)
        assert bench.sent[-1] == ACK
        bench.until(WAKE)
        bench.feed(ACK + REPLIES[WAKE])
        assert bench.until(LIST).feed(ACK + LISTED).facts == [UID]


def test_a_chip_that_stays_silent_is_reported_and_reset_within_two_seconds():
    """The line is active for a tenth of a second, then it is woken again; told once, and tried for ever."""
    bench = ready()
    start = bench.now
    while SILENT not in bench.facts:
        bench.wait(10)
        assert bench.now - start < 2000
    assert bench.facts == [SILENT, LOW]
    bench.wait(99)
    assert bench.facts == [SILENT, LOW]
    bench.wait(1)
    assert bench.facts == [SILENT, LOW, HIGH]
    del bench.sent[:]
    bench.wait(200)
    assert bench.sent == [WAKE]
    bench.wait(20000)
    assert bench.facts.count(SILENT) == 1
    assert bench.facts.count(LOW) >= 10
    assert len(bench.sent) < 400


def test_a_chip_that_comes_back_is_reported_when_it_looks_for_cards():
    """Not before: being woken is not working."""
    bench = ready()
    bench.wait(2000)
    bench.until(WAKE)
    bench.feed(ACK + REPLIES[WAKE])
    assert BACK not in bench.facts
    assert bench.request() == ASK
    bench.feed(ACK + REPLIES[ASK])
    bench.look(LISTED)
    assert bench.facts[-2:] == [BACK, UID]


def test_a_card_from_before_a_reset_is_not_told_twice():
    """It still lies there."""
    bench = ready().feed(ACK + LISTED)
    bench.wait(2000)
    bench.look(LISTED)
    assert bench.facts.count(UID) == 1


def test_a_chip_of_another_kind_does_not_serve():
    """It answers, and is no PN532."""
    bench = Pn532Bench()
    for _ in range(3):
        bench.until(ASK)
        bench.feed(ACK + frame(bytes.fromhex("d5030d010607")))
    assert SILENT in bench.facts


def test_a_chip_that_did_not_understand_is_set_up_anew():
    """Its error frame is an answer, and no card."""
    bench = ready().feed(ACK + NOT_UNDERSTOOD)
    assert bench.request() == ACK
    assert bench.look(LISTED).facts == [UID]


def test_what_is_stale_is_nobodys_answer():
    """The reply to an earlier look, before or after any acknowledgement but its own."""
    bench = ready()
    bench.wait(100)
    assert bench.sent[-1] == ACK
    bench.feed(LISTED)
    assert bench.request() == WAKE
    bench.feed(LISTED + ACK + LISTED)
    assert bench.facts == []
    bench.feed(REPLIES[WAKE])
    bench.look()
    assert bench.facts == []
    bench.feed(LISTED)  # while it rests
    assert bench.facts == []


def test_a_reply_without_its_acknowledgement_is_no_reply():
    """Whatever it says."""
    assert ready().feed(LISTED).facts == []


def test_half_a_frame_from_before_is_no_part_of_a_reply():
    """At each place where it may have stopped."""
    for cut in range(1, len(LISTED) - 1):  # its last byte says nothing
        bench = ready().feed(ACK + LISTED[:cut])
        bench.wait(400)
        assert bench.until(LIST).feed(ACK + listed(b"\x01\x02\x03\x04")).facts == [b"01020304"], cut


def test_no_flipped_bit_yields_another_card():
    """At each bit of acknowledgement and reply."""
    reply = ACK + LISTED
    for bit in range(8 * len(reply)):
        bad = bytearray(reply)
        bad[bit >> 3] ^= 1 << (bit & 7)
        bench = ready().feed(bytes(bad))
        bench.wait(450)
        assert bench.cards() in ([], [UID]), bit
        bench.look(listed(b"\x01\x02\x03\x04"))
        assert bench.cards()[-1] == b"01020304", bit


def test_a_lost_or_doubled_byte_yields_no_other_card():
    """At each place."""
    reply = ACK + LISTED
    for at in range(len(reply)):
        for bad in (reply[:at] + reply[at + 1 :], reply[:at] + reply[at : at + 1] + reply[at:]):
            bench = ready().feed(bad)
            bench.wait(450)
            assert bench.cards() in ([], [UID]), at


def test_a_hostile_length_holds_nothing_up():
    """Larger than any reply, none at all, and a frame that never ends."""
    for head in ("0000fffffff7ff0a", "0000ffffffffff02", "0000ffffff000000", "0000ff0000", "0000ffffff01000aff"):
        bench = ready().feed(ACK + bytes.fromhex(head) + bytes(300))
        bench.wait(450)
        assert bench.cards() == [], head
        assert bench.look(LISTED).cards() == [UID], head


def test_every_damaged_reply_in_a_row_leads_to_a_reset():
    """A line that spoils each frame is as good as none."""
    bench = Pn532Bench()
    start = bench.now
    while SILENT not in bench.facts:
        request = bench.request()
        if request != ACK:
            bench.feed(ACK + REPLIES[request][:-2] + b"\x55\x00")
        assert bench.now - start < 5000
    assert LOW in bench.facts


def test_a_line_that_spoils_some_frames_is_no_fault():
    """Each second look is damaged; the others are served."""
    bench = ready()
    for n in range(20):
        bench.look(EMPTY[:-2] + b"\x00\x00" if n & 1 else EMPTY)
    assert bench.facts == []
    assert bench.look(LISTED).facts == [UID]


def test_noise_raises_nothing_and_ends():
    """Seeded bytes, rich in start codes, in pieces; a card is read right after."""
    print("seed", SEED)
    drawn = noise(SEED)
    for _ in range(60):
        bench = ready().feed(ACK)
        rough = bytearray()
        for _ in range(300):
            choice = next(drawn)
            rough.extend((b"\x00\x00\xff", ACK, b"\x0c\xf4\xd5\x4b\x01", bytes((choice >> 4 & 0xFF,)))[choice & 3])
        bench.feed(bytes(rough), 1 + next(drawn) % 50)
        bench.wait(1000)
        assert bench.cards() == [], rough
        bench.until(LIST).feed(ACK + LISTED)
        assert bench.facts[-1] == UID
        bench.feed(DONE)
