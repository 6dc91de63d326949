"""The card module model speaks the true wire format and keeps the true rules."""

import json
from pathlib import Path

import pytest
from gatetools.sim import sam_v
from gatetools.sim.cards import resident
from hypothesis import given, settings
from hypothesis import strategies as st

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "samv.json").read_text(encoding="utf-8"))
MEANING = {what: bytes.fromhex(frame) for frame, what in VECTORS["requests"] + VECTORS["replies"]}
FIND, SELECT = MEANING["find card"], MEANING["select card"]
READ = MEANING["read base (text 256 + photo 1024)"]
READ_US = 100_000
CARD = resident("11010519491231002X")


def ask(module, request, now_us=0):
    return b"".join(reply.data for reply in module.feed(request, now_us))


def status(reply):
    return reply[9] if reply else None


def read_card(module, at_us=0):
    """A whole read: find, select, read, wait."""
    ask(module, FIND, at_us)
    ask(module, SELECT, at_us)
    ask(module, READ, at_us)
    return module.feed(b"", at_us + READ_US)


@pytest.fixture
def module():
    return sam_v.SamV(READ_US)


def test_replies_are_the_published_bytes(module):
    """Frame by frame as drivers of real modules print them."""
    assert ask(module, FIND) == MEANING["no card (find failed)"]
    module.place(CARD)
    assert ask(module, FIND) == MEANING["card found, 4-byte IIN (all zero in every published reply)"]
    assert ask(module, SELECT) == MEANING["card selected, 8-byte SN (all zero in every published reply)"]
    assert ask(module, MEANING["SAM status"]) == MEANING["OK without data (status, reset, baud rate)"]


def test_a_read_carries_text_and_photo(module):
    """1295 bytes: head, 256 bytes of text, 1024 of photo, a checksum over all."""
    module.place(CARD)

    (reply,) = read_card(module)

    assert 1295 == len(reply.data)
    assert bytes.fromhex("AAAAAA96690508000090 01000400") == reply.data[:14]
    assert CARD.text == reply.data[14:270]
    assert CARD.photo == reply.data[270:1294]
    assert 0 == sam_v.reduce(sam_v.xor, reply.data[5:])
    assert reply.card is CARD


def test_reading_takes_its_time_over_the_air(module):
    """Nothing is answered before the card was read."""
    module.place(CARD)
    ask(module, FIND)
    ask(module, SELECT)

    assert b"" == ask(module, READ, 1000)
    assert module.reading is CARD
    assert 1000 + READ_US == module.deadline_us()
    assert [] == module.feed(b"", READ_US)
    assert 1 == len(module.feed(b"", 1000 + READ_US))


def test_a_card_that_was_read_is_not_found_again_until_it_leaves(module):
    """Reads are edge-triggered."""
    module.place(CARD)
    read_card(module)
    assert 0x80 == status(ask(module, FIND, 10**6))
    module.remove()
    assert 0x80 == status(ask(module, FIND, 10**6))
    module.place(CARD)
    assert 0x9F == status(ask(module, FIND, 10**6))


def test_a_card_taken_away_while_it_is_read_fails(module):
    """41, and no card data at all."""
    module.place(CARD)
    for request in (FIND, SELECT, READ):
        ask(module, request)
    module.remove()

    (reply,) = module.feed(b"", READ_US)

    assert (0x41, None) == (status(reply.data), reply.card)


def test_another_card_laid_down_while_one_is_read_does_not_take_its_place(module):
    """A read that lost its card fails, whoever lies there then."""
    module.place(CARD)
    for request in (FIND, SELECT, READ):
        ask(module, request)
    module.place(resident("440524188001010014"))

    (reply,) = module.feed(b"", READ_US)

    assert (0x41, None) == (status(reply.data), reply.card)


def test_a_failed_read_needs_the_card_to_be_laid_down_again(module):
    """After a read without select the card is not found any more."""
    module.place(CARD)
    assert 0x41 == status(ask(module, READ))
    assert 0x80 == status(ask(module, FIND))


def test_select_needs_a_card_that_was_found(module):
    """81 otherwise."""
    module.place(CARD)
    assert 0x81 == status(ask(module, SELECT))
    ask(module, FIND)
    module.remove()
    assert 0x81 == status(ask(module, SELECT))


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (FIND[:-1] + b"\x21", 0x10),
        (bytes.fromhex("AAAAAA9669FFFF"), 0x11),
        (bytes.fromhex("AAAAAA96690000"), 0x11),
        (bytes.fromhex("AAAAAA966900 03 77 77 03"), 0x21),
        (bytes.fromhex("AAAAAA9669000420010025"), 0x21),
    ],
)
def test_bad_requests_are_named(module, request_, expected):
    """Checksum, length and command errors have their own status."""
    assert expected == status(ask(module, request_))
    assert 0x80 == status(ask(module, FIND)), "the module listens again"


def test_a_request_is_found_in_whatever_lies_before_it(module):
    """Noise and cut preambles are skipped."""
    assert 0x80 == status(ask(module, b"\x00\xaa\xaa\xaa\xaa\x96" + FIND))


def test_a_request_may_come_byte_by_byte_but_not_with_a_long_pause(module):
    """Half a request is forgotten after 100 ms."""
    replies = [ask(module, bytes((byte,)), at) for at, byte in enumerate(FIND)]
    assert 0x80 == status(b"".join(replies))
    ask(module, FIND[:6], 1_000_000)
    assert b"" == ask(module, FIND[6:], 1_200_000)


@pytest.mark.parametrize("code", sorted(sam_v.BAUDS))
def test_the_speed_changes_when_asked(module, code):
    """Each of the five documented rates."""
    body = b"\x00\x03" + code.to_bytes(2, "big")
    reply = ask(module, sam_v.PREAMBLE + body + bytes((sam_v.reduce(sam_v.xor, body),)))
    assert (0x90, sam_v.BAUDS[code]) == (status(reply), module.baud)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (sam_v.SILENT, None),
        (sam_v.FROZEN, None),
        (sam_v.STUCK, None),
        (sam_v.NOT_LICENSED, 0x66),
        (sam_v.FAILED_SELF_TEST, 0x60),
    ],
)
def test_broken_modules_answer_as_broken_modules_do(module, fault, expected):
    """Silence, or one status to everything."""
    module.fault = fault
    module.place(CARD)
    assert expected == status(ask(module, FIND))


@pytest.mark.parametrize("fault", [sam_v.GARBAGE, sam_v.DAMAGED, sam_v.WRONG_CHECKSUM, sam_v.TRUNCATED])
def test_a_spoilt_read_counts_as_no_read(module, fault):
    """What arrives is not the card, and is not said to be."""
    module.place(CARD)
    for request in (FIND, SELECT, READ):
        ask(module, request)
    module.fault = fault

    (reply,) = module.feed(b"", READ_US)

    assert reply.card is None
    assert sam_v.frame(0x90, reply.data[10:-1]) != reply.data


def test_a_frozen_module_wakes_by_a_reset_or_a_loss_of_power(module):
    """And by nothing else."""
    for wake in (lambda: ask(module, MEANING["reset SAM_V"]), lambda: module.power_cycle(0)):
        module.fault = sam_v.FROZEN
        assert b"" == ask(module, MEANING["SAM status"])
        wake()
        assert 0x80 == status(ask(module, FIND, 2_000_000))


def test_a_module_hears_nothing_while_it_powers_up(module):
    """And finds the card again that lies there; its rate may be the factory's again."""
    module.baud, module.keeps_baud = 9600, False
    module.place(CARD)
    module.power_cycle(1000)
    assert (b"", 115200) == (ask(module, FIND, 1_400_000), module.baud)
    assert 0x9F == status(ask(module, FIND, 1_600_000))


def test_a_module_may_tell_identity_and_serial_number_of_a_card():
    """With the same lengths and status as zeros have."""
    module = sam_v.SamV(READ_US, tells_identity=True)
    module.place(CARD)
    found, selected = ask(module, FIND), ask(module, SELECT)
    assert (18 - 3, 0x9F, sam_v.IIN) == (len(found), found[9], found[10:14])
    assert (0x90, sam_v.SERIAL) == (selected[9], selected[10:18])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([FIND, SELECT, READ])), max_size=20))
def test_no_bytes_confuse_it(pieces):
    """Whatever is sent, it answers whole frames only, keeps little, and answers a request afterwards."""
    module = sam_v.SamV(0)
    module.place(CARD)
    for at, piece in enumerate(pieces):
        for reply in module.feed(piece, at):
            assert reply.data.startswith(sam_v.PREAMBLE)
    module.remove()
    module.feed(b"", 10**7)

    assert 0x80 == status(ask(module, FIND, 2 * 10**7))
