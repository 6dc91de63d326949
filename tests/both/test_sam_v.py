"""A card module and its driver: every reply, every failure, every silence."""

from gatelink import codes
from gatelink.ticks import PERIOD
from sam_v_bench import (
    AGAIN,
    BACK,
    FIND,
    FOUND,
    KINDS,
    NO_CARD,
    NUMBER,
    OK,
    PROBE,
    READ,
    REJECTED,
    RESET,
    SELECT,
    SELECTED,
    UNSUPPORTED,
    VECTORS,
    SamVBench,
    frame,
    kind_reply,
    read_reply,
    ready,
    selected,
    status,
    text_block,
)


def test_a_card_is_found_selected_read_and_told():
    """The requests are the published ones, byte by byte."""
    bench = SamVBench()
    requests = []
    for reply in (OK, FOUND, SELECTED, read_reply()):
        requests.append(bench.request())
        bench.feed(reply)

    assert requests == [PROBE, FIND, SELECT, READ]
    assert sorted(requests + [RESET]) == sorted(bytes.fromhex(text) for text, _ in VECTORS["requests"])
    assert bench.cards == [(NUMBER, 20300101)]


def test_the_driver_looks_for_cards_every_300_ms_and_not_more_often():
    """Vendors ask for at least that."""
    bench = ready()
    for _ in range(5):
        bench.feed(NO_CARD)
        since = bench.now
        assert bench.request() == FIND
        assert bench.now - since == 300


def test_a_request_goes_out_once():
    """Until its reply or its time limit."""
    bench = SamVBench()
    assert bench.driver.bytes_to_send(bench.now) == PROBE
    assert bench.driver.bytes_to_send(bench.now) == b""


def test_find_and_select_are_judged_by_sw3_alone():
    """A module that gives the card's real IIN and serial number, and any card status, is as good."""
    bench = ready().feed(frame(b"\x12\x34\x9f\x01\x02\x03\x04"))
    assert bench.request() == SELECT
    bench.feed(frame(b"\x12\x34\x90\x01\x02\x03\x04\x05\x06\x07\x08"))
    assert bench.request() == READ
    assert bench.feed(read_reply()).facts == ["card"]


def test_a_read_arrives_in_any_pieces():
    """Byte by byte, as a UART's buffer gives it, at once."""
    for chunk in (1, 2, 7, 64, 115, 256, 1294, None):
        assert selected().feed(read_reply(), chunk).facts == ["card"], chunk


def test_every_status_in_reply_to_a_read():
    """What the traveller is told, and what the driver does next."""
    for code, facts, request in (
        (0x80, [AGAIN], FIND),
        (0x81, [AGAIN], FIND),
        (0x47, [AGAIN], FIND),
        (0x31, [AGAIN], FIND),
        (0x37, [AGAIN], FIND),
        (0x3F, [AGAIN], FIND),
        (0x41, [AGAIN], FIND),
        (0x91, [AGAIN], FIND),
        (0x32, [REJECTED], FIND),
        (0x33, [REJECTED], FIND),
        (0x40, [UNSUPPORTED], FIND),
        (0x10, [], READ),
        (0x11, [], READ),
        (0x21, [AGAIN], PROBE),
        (0x24, [AGAIN], RESET),
        (0x05, [AGAIN], RESET),
        (0x23, [("fault", codes.FAULT_READER_UNLICENSED, 0x23)], PROBE),
        (0x60, [("fault", codes.FAULT_READER_SELF_TEST, 0x60)], PROBE),
        (0x66, [("fault", codes.FAULT_READER_UNLICENSED, 0x66)], PROBE),
    ):
        bench = selected().feed(status(code))
        assert bench.facts == facts, hex(code)
        assert bench.request() == request, hex(code)
        assert bench.cards == []


def test_every_status_in_reply_to_find():
    """None of them invents a card."""
    for code, facts, request in (
        (0x80, [], FIND),
        (0x81, [], FIND),
        (0x47, [], FIND),
        (0x31, [AGAIN], FIND),
        (0x41, [AGAIN], FIND),
        (0x32, [REJECTED], FIND),
        (0x40, [UNSUPPORTED], FIND),
        (0x10, [], FIND),
        (0x21, [], PROBE),
        (0x24, [], RESET),
        (0x77, [], RESET),
        (0x60, [("fault", codes.FAULT_READER_SELF_TEST, 0x60)], PROBE),
        (0x66, [("fault", codes.FAULT_READER_UNLICENSED, 0x66)], PROBE),
    ):
        bench = ready().feed(status(code))
        assert (bench.facts, bench.request()) == (facts, request), hex(code)


def test_every_status_in_reply_to_select():
    """A bare 90 is the late answer to something else: the driver goes on waiting."""
    for code, facts, request in (
        (0x80, [], FIND),
        (0x81, [], FIND),
        (0x31, [AGAIN], FIND),
        (0x32, [REJECTED], FIND),
        (0x40, [UNSUPPORTED], FIND),
        (0x11, [], SELECT),
        (0x21, [], PROBE),
        (0x24, [], RESET),
        (0x66, [("fault", codes.FAULT_READER_UNLICENSED, 0x66)], PROBE),
    ):
        bench = ready().feed(FOUND)
        bench.request()
        bench.feed(status(code))
        assert (bench.facts, bench.request()) == (facts, request), hex(code)
    bench = ready().feed(FOUND)
    bench.request()
    bench.feed(OK)
    assert bench.driver.bytes_to_send(bench.now) == b""
    bench.feed(SELECTED)
    assert bench.request() == READ


def test_a_module_that_did_not_understand_is_asked_again_once():
    """The second time the driver gives up on the card."""
    bench = selected().feed(status(0x10))
    assert bench.request() == READ
    bench.feed(status(0x10))
    assert bench.facts == [AGAIN]
    assert bench.request() == FIND


def test_a_card_that_cannot_be_selected_is_told_after_three_tries():
    """Two cards at once look like this; once, however long they lie there."""
    bench = ready()
    for tries in range(1, 8):
        bench.feed(FOUND)
        assert bench.request() == SELECT
        bench.feed(status(0x81))
        assert bench.facts == ([AGAIN] if tries >= 3 else [])
        assert bench.request() == FIND


def test_a_failed_read_is_told_once_until_the_field_was_empty():
    """The card must be taken away and laid down again."""
    bench = selected().feed(status(0x41))
    bench.answer(FOUND, SELECTED, status(0x41), FOUND, SELECTED, status(0x41))
    assert bench.facts == [AGAIN]
    bench.answer(NO_CARD, FOUND, SELECTED, status(0x41))
    assert bench.facts == [AGAIN, AGAIN]
    bench.answer(FOUND, SELECTED, read_reply())
    assert bench.facts == [AGAIN, AGAIN, "card"]


def test_a_card_left_on_the_reader_is_one_tap():
    """Even with a module that finds it again and again; after an empty field it is a new one."""
    bench = selected().feed(read_reply())
    bench.answer(FOUND, SELECTED, read_reply(), FOUND, SELECTED, read_reply())
    assert bench.facts == ["card"]
    bench.answer(NO_CARD, FOUND, SELECTED, read_reply())
    assert bench.facts == ["card", "card"]


def test_the_next_card_is_told_without_an_empty_field_in_between():
    """Two travellers may be quicker than the driver looks."""
    bench = selected().feed(read_reply())
    bench.answer(FOUND, SELECTED, read_reply(text_block(number="440524188001010014")))
    assert [number for number, _ in bench.cards] == [NUMBER, b"440524188001010014"]


def test_every_kind_of_card_is_read():
    """The same way for all of them; each keeps its kind."""
    for flag, _, number in KINDS:
        bench = selected().feed(kind_reply(flag, valid_to="20280901"))
        assert (bench.facts, bench.cards) == (["card"], [(number.encode(), 20280901)]), flag


def test_cards_of_unknown_kinds_go_to_staff():
    """Never read as a resident card."""
    for flag in ("Z", "j", "\0", "\u4a20"):
        bench = selected().feed(read_reply(text_block(flag=flag)))
        assert (bench.facts, bench.cards) == ([UNSUPPORTED], []), flag


def test_a_card_whose_text_makes_no_sense_is_unreadable():
    """Number, date, and block sizes that are not those of a card."""
    for reply in (
        read_reply(text_block(number="NOT-A-NUMBER-AT-AL")),
        read_reply(text_block(valid_to="soon")),
        read_reply(bytes(248) + b"\x20\x00" + bytes(6)),
        read_reply(sizes=b"\x00\xff\x04\x01"),
        read_reply(sizes=b"\x04\x00\x01\x00"),
        read_reply(sizes=b"\x00\xfe\x04\x00"),
        read_reply(sizes=b"\x01\x00\x04\x02"),
    ):
        bench = selected().feed(reply)
        assert (bench.facts, bench.cards) == ([AGAIN], [])


def test_a_module_without_licence_is_reported_once():
    """Also when its status is good and only looking for a card fails."""
    fault = ("fault", codes.FAULT_READER_UNLICENSED, 0x66)
    bench = ready()
    for _ in range(4):
        bench.feed(status(0x66))
        assert bench.request() == PROBE
        bench.feed(OK)
        assert bench.request() == FIND
    assert bench.facts == [fault]
    assert bench.feed(NO_CARD).facts == [fault, BACK]


def test_a_reset_that_succeeds_is_followed_by_a_probe():
    """After an unknown error."""
    bench = ready().feed(status(0x24))
    assert bench.request() == RESET
    bench.feed(OK)
    assert bench.request() == PROBE


def test_the_driver_is_busy_while_a_card_is_read():
    """From the moment it was found to the end of the read; looking for one is no work."""
    bench = ready()
    assert not bench.driver.busy()
    bench.feed(FOUND[:3])
    assert bench.driver.busy()
    bench.feed(FOUND[3:]).request()
    assert bench.driver.busy()
    bench.feed(SELECTED).request()
    assert bench.driver.busy()
    assert not bench.feed(read_reply()).driver.busy()


def test_the_ticks_may_wrap_at_any_moment():
    """The whole way from power-up to a card."""
    for start in range(PERIOD - 900, PERIOD, 100):
        bench = SamVBench(now=start).answer(OK, NO_CARD, NO_CARD, FOUND, SELECTED, read_reply())
        assert bench.facts == ["card"]
