"""A PN532 and its driver: what it is asked, which cards it tells, and how often."""

from gatelink.ticks import PERIOD
from pn532_bench import (
    ACK,
    AGAIN,
    ASK,
    AWAKE,
    DONE,
    EMPTY,
    FIELD_OFF,
    LIST,
    LISTED,
    SET,
    UID,
    UNSUPPORTED,
    VERSION,
    WAKE,
    Pn532Bench,
    frame,
    listed,
    ready,
)


def test_a_chip_is_woken_set_up_and_asked():
    """The commands are the published ones, byte by byte."""
    bench = Pn532Bench()
    for command, reply in (
        (WAKE, AWAKE),
        (ASK, VERSION),
        (SET, DONE),
        (LIST, LISTED),
        (FIELD_OFF, DONE),
        (LIST, EMPTY),
    ):
        assert bench.request() == command
        bench.feed(ACK + reply)
    assert bench.facts == [UID]


def test_a_reply_arrives_in_any_pieces():
    """Byte by byte, as a UART's buffer gives it, at once."""
    for chunk in (1, 2, 5, 7, 64, None):
        assert ready().feed(ACK + LISTED, chunk).facts == [UID], chunk


def test_uids_of_every_length_are_told_in_upper_case_hexadecimal():
    """Single, double and triple size (ISO/IEC 14443-3); nothing else."""
    for uid in ("04a1b2c3", "04a1b2c3d4e5f6", "04a1b2c3d4e5f60718fe"):
        assert ready().feed(ACK + listed(bytes.fromhex(uid))).facts == [uid.upper().encode()]
    for size in (0, 1, 3, 5, 6, 8, 9, 11, 100):
        assert ready().feed(ACK + listed(bytes(range(1, size + 1)))).facts == [AGAIN], size


def test_an_answer_of_any_length_may_follow_the_uid():
    """Contactless smart cards say what they can do (ATS), up to 254 bytes; it is passed over."""
    for size in (1, 4, 16, 100, 230, 236, 237, 240, 253):
        bench = ready().feed(ACK + listed(b"\x04\xa1\xb2\xc3\xd4\xe5\xf6", bytes(range(size))), 7)
        assert bench.facts == [b"04A1B2C3D4E5F6"], size
        assert bench.request() == FIELD_OFF


def test_what_follows_the_uid_must_be_such_an_answer():
    """A frame that ends early or late is no card."""
    whole = bytes.fromhex("d54b0101000420 04 04a1b2c3".replace(" ", ""))
    for body in (whole[:-1], whole + b"\x00", whole + b"\x02", whole + b"\x01\x00", whole[:4], whole[:8]):
        assert ready().feed(ACK + frame(body)).facts == [AGAIN], body


def test_one_tap_for_each_card_laid_down():
    """However long it lies there, and again when it has been away."""
    bench = ready().feed(ACK + LISTED)
    for _ in range(10):
        bench.look(LISTED)
    assert bench.facts == [UID]
    bench.look().look().look(LISTED)
    assert bench.facts == [UID, UID]


def test_a_card_that_is_missed_once_has_not_gone():
    """It lies at the edge of the field."""
    bench = ready().feed(ACK + LISTED)
    for _ in range(5):
        bench.look().look(LISTED)
    assert bench.facts == [UID]


def test_another_card_is_told_at_once():
    """Nobody has to wait for the field to be seen empty."""
    bench = ready().feed(ACK + LISTED).look(listed(b"\x01\x02\x03\x04"))
    assert bench.facts == [UID, b"01020304"]


def test_a_purse_of_cards_gives_one_tap_for_each():
    """The chip may find another one of them at each look."""
    cards = [bytes((1, 2, 3, n)) for n in range(3)]
    bench = Pn532Bench()
    for n in range(20):
        bench.look(listed(cards[n % 3]))
    assert bench.facts == [b"01020300", b"01020301", b"01020302"]


def test_a_uid_that_is_drawn_anew_each_time_is_nobody():
    """As telephones do: it is another one at each look, and told once as a kind that is not served."""
    bench = Pn532Bench()
    for n in range(10):
        bench.look(listed(bytes((8, n, 2, 3))))
    assert bench.facts == [UNSUPPORTED]
    assert ready().feed(ACK + listed(bytes((8, 1, 2, 3, 4, 5, 6)))).facts == [b"08010203040506"]


def test_a_card_that_cannot_be_told_is_told_once():
    """Until it is taken away."""
    bench = Pn532Bench()
    for _ in range(4):
        bench.look(listed(b"\x01\x02\x03"))
    assert bench.facts == [AGAIN]
    bench.look().look().look(listed(b"\x01\x02\x03"))
    assert bench.facts == [AGAIN, AGAIN]


def test_looks_leave_the_chip_some_rest():
    """A tenth of a second; with the look itself a card waits for little more than that."""
    bench = ready().feed(ACK + EMPTY)
    assert bench.request() == FIELD_OFF
    since = bench.now
    bench.feed(ACK + DONE)
    assert bench.request() == LIST
    assert bench.now - since == 100


def test_flash_is_left_alone_while_a_reply_is_on_its_way():
    """From a command to the end of its reply."""
    bench = ready()
    assert bench.driver.busy()
    bench.feed(ACK)
    assert bench.driver.busy()
    bench.feed(LISTED)
    assert not bench.driver.busy()  # the field is still to be switched off; nothing has been sent
    assert bench.request() == FIELD_OFF
    assert bench.driver.busy()
    bench.feed(ACK + DONE)
    assert not bench.driver.busy()


def test_time_may_wrap():
    """Ticks begin anew after twelve days."""
    bench = Pn532Bench(PERIOD - 40)
    bench.until(LIST).feed(ACK + LISTED)
    bench.until(FIELD_OFF)
    bench.now = 30
    bench.feed(ACK + DONE)
    assert bench.facts == [UID]
    assert not bench.driver.bytes_to_send(129)
    bench.now = 130
    assert bench.feed().driver.bytes_to_send(130) == LIST


def test_nothing_of_a_card_stays_in_the_driver():
    """After a whole reply and after a damaged one, once the next command has gone out."""
    for reply in (LISTED, LISTED[:-2] + b"\x00\x00", LISTED[:16]):
        bench = ready().feed(ACK + reply)
        bench.wait(500)
        assert bytes(bench.driver._frames.kept) == bytes(19)
