"""What a bad line, a hostile one or a silent module can do to the driver: nothing."""

from sam_v_bench import (
    AGAIN,
    BACK,
    FIND,
    FOUND,
    NO_CARD,
    NUMBER,
    OK,
    PROBE,
    READ,
    RESET,
    SELECT,
    SELECTED,
    SILENT,
    SamVBench,
    frame,
    read_reply,
    ready,
    selected,
    status,
)


def test_only_the_whole_read_is_a_card():
    """90 with any other length is nobody's answer, with a fingerprint behind it damage."""
    for size in (0, 1, 16, 28):
        bench = selected().feed(frame(b"\x00\x00\x90" + bytes(size)))
        assert bench.facts == []
    for size in (1023, 1025, 1026):
        bench = selected().feed(read_reply(photo=bytes(size)))
        bench.wait(3000)
        assert (bench.facts[:1], bench.cards) == ([AGAIN], []), size


def test_a_read_cut_at_any_byte_is_unreadable_within_its_limits():
    """A quarter of a second after the last byte, or three seconds after the request; then cards are read again."""
    reply = read_reply()
    for size in list(range(24)) + list(range(24, 1295, 31)) + [269, 270, 271, 1293, 1294]:
        bench = selected().feed(reply[:size])
        bench.wait(249)
        assert bench.facts == [], size
        bench.wait(1 if size else 2751)
        assert (bench.facts, bench.cards) == ([AGAIN], []), size
        bench.answer(*([] if size else [OK]))
        bench.answer(NO_CARD, FOUND, SELECTED, reply)
        assert bench.facts == [AGAIN, "card"], size


def test_every_cut_of_a_read_yields_no_card():
    """All 1295 of them."""
    reply = read_reply()
    for size in range(len(reply)):
        bench = selected().feed(reply[:size])
        assert bench.cards == [], size
        bench.wait(250)
        assert bench.cards == [], size


def test_no_flipped_bit_yields_other_data():
    """At each bit of head, status and text, and at each byte of the photo: no card, or the true one."""
    reply = read_reply()
    bits = list(range(8 * 270)) + list(range(8 * 270, 8 * len(reply), 9))
    for bit in bits:
        bad = bytearray(reply)
        bad[bit >> 3] ^= 1 << (bit & 7)
        bench = selected().feed(bytes(bad))
        bench.wait(250)
        assert bench.cards == [], bit


def test_a_lost_or_doubled_byte_yields_no_card():
    """The checksum alone would not see two equal bytes vanish; the length does."""
    reply = read_reply()
    for at in range(0, len(reply), 7):
        for bad in (reply[:at] + reply[at + 1 :], reply[:at] + reply[at : at + 1] + reply[at:]):
            bench = selected().feed(bad)
            bench.wait(250)
            assert bench.cards in ([], [(NUMBER, 20300101)]), at


def test_a_hostile_length_holds_nothing_up():
    """The largest one, and the reply to a read while a find is awaited."""
    bench = ready().feed(bytes.fromhex("aaaaaa9669ffff"))
    assert bench.request() == FIND
    bench = ready().feed(read_reply())
    assert bench.request() == FIND
    assert bench.feed(FOUND).request() == SELECT
    assert bench.cards == []


def test_a_damaged_reply_to_find_costs_one_look():
    """The next one comes after the usual rest."""
    bench = ready().feed(FOUND[:-1] + b"\x00")
    assert bench.request() == FIND
    assert bench.feed(FOUND).request() == SELECT
    assert bench.facts == []


def test_a_reader_that_never_answers_is_reported_once_reset_and_probed():
    """Within two seconds of power-up, and then for ever at a slow pace."""
    bench = SamVBench()
    start = bench.now
    requests = []
    while bench.now - start < 20000:
        requests.append(bench.request())
        bench.wait(100)
        if bench.now - start < 1500:
            assert bench.facts == []
        if bench.now - start >= 2000:
            assert bench.facts == [SILENT]
    assert requests[:7] == [PROBE] * 5 + [RESET, PROBE]
    assert requests.count(RESET) >= 4
    assert len(requests) < 45


def test_a_reader_that_falls_silent_is_reported_within_three_seconds():
    """In the middle of its work."""
    bench = ready().feed(NO_CARD)
    start = bench.now
    while bench.now - start < 3000:
        bench.request()
        bench.wait(50)
    assert bench.facts == [SILENT]


def test_a_reader_that_comes_back_is_reported_and_used():
    """Only when it really looks for cards again."""
    bench = SamVBench()
    while bench.facts != [SILENT]:
        bench.request()
        bench.wait(100)
    while bench.request() != PROBE:
        bench.wait(100)
    bench.feed(OK)
    assert bench.facts == [SILENT]
    bench.answer(NO_CARD, FOUND, SELECTED, read_reply())
    assert bench.facts == [SILENT, BACK, "card"]


def test_one_lost_reply_is_no_fault():
    """The driver asks for the status and goes on, however often that happens between good ones."""
    bench = ready()
    for _ in range(8):
        bench.wait(1000)
        bench.until(FIND, OK).feed(NO_CARD).request()
    assert bench.facts == []


def test_a_late_reply_is_not_taken_for_the_next_one():
    """A find answered after its time limit; a read that comes while the status is asked."""
    bench = ready()
    bench.wait(1000)
    assert bench.request() == PROBE
    bench.feed(FOUND)
    assert bench.driver.bytes_to_send(bench.now) == b""
    bench = selected()
    bench.wait(3000)
    assert bench.request() == PROBE
    bench.feed(read_reply())
    assert bench.cards == []


def test_what_came_before_a_request_is_no_part_of_its_reply():
    """The beginning of a frame that never went on."""
    for cut in range(1, 8):
        bench = ready().feed(FOUND + FOUND[:cut])
        assert bench.request() == SELECT
        assert bench.feed(SELECTED).request() == READ, cut


def test_what_comes_unasked_is_nothing():
    """Whole frames while the driver rests."""
    bench = ready().feed(NO_CARD).feed(FOUND + SELECTED + status(0x66) + status(0x41))
    assert bench.facts == []
    assert bench.request() == FIND


def test_noise_raises_nothing_and_ends():
    """Seeded bytes, rich in preambles, in pieces; a card is read right after."""
    state = 12345
    for _ in range(60):
        bench = selected()
        noise = bytearray()
        for _ in range(400):
            state = state * 48271 % 0x7FFFFFFF
            noise.extend((b"\xaa\xaa\xaa\x96\x69", b"\xaa", b"\x00\x04", bytes((state >> 8 & 0xFF,)))[state & 3])
        bench.feed(bytes(noise), 1 + state % 50)
        assert bench.cards == []
        bench.wait(400)
        for _ in range(8):
            if bench.request() == FIND:
                break
            bench.feed(OK)
        bench.feed(NO_CARD).answer(FOUND, SELECTED, read_reply())
        assert bench.cards == [(NUMBER, 20300101)]


def test_nothing_of_a_card_stays_in_the_driver():
    """After a read, a cut one and a damaged one."""
    reply = read_reply()
    for data in (reply, reply[:700], reply[:-1] + b"\x00"):
        bench = selected().feed(data)
        bench.wait(250)
        assert bytes(bench.driver._frames._kept) == bytes(263)
