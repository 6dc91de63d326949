"""A QR module and its driver: every ending, every pause, repeats, the heartbeat, and a module that dies."""

from gate.readers import qr
from gatelink.limits import PRESENTED_MAX_BYTES
from gatelink.ticks import PERIOD, diff
from qr_bench import AGAIN, BABBLES, BACK, HEARTBEAT, REPLY, SILENT, TOO_LONG, QrBench

CODE = b"GH1:7Q2M-K4"
ENDINGS = (b"\r", b"\n", b"\r\n", b"\t", b"")


def test_a_code_is_told_with_every_ending():
    """In any pieces; the ending is no part of it."""
    for ending in ENDINGS:
        for chunk in (None, 1, 3):
            bench = QrBench().feed(CODE + ending, chunk).wait(100)
            assert bench.told == [CODE], (ending, chunk)


def test_an_ending_tells_at_once_and_silence_after_50_ms():
    """The age counts from the last byte."""
    assert QrBench().feed(CODE + b"\r").told == [CODE]
    bench = QrBench().feed(CODE).wait(49)
    assert bench.told == []
    assert bench.wait(1).told == [CODE]
    assert bench.ages_ms == [50]


def test_whatever_is_content_arrives_as_it_is():
    """Binary, NULs, UTF-8, control characters, format strings; nothing is read as anything."""
    for code in (
        bytes([byte for byte in range(256) if byte not in b"\r\n\t"]),
        "\u5065\u5eb7\u7801".encode(),
        b"\x00\x00\x00",
        b"%s%n{0.__class__}",
        b"\x1b[2J\x07",
        b"\x7e\x00\x08\x01\x00\xd9\x50\xab\xcd",  # a module's own command: factory reset
        b"\x02\x00\x00\x01\x00\x33\x31",  # a reply to a command that is never given
        b" ",
    ):
        # Without a reply outstanding, so that zeros are nothing special.
        assert QrBench().wait(600).show(code).told == [code], code


def test_what_comes_between_two_pauses_is_one_code():
    """A text of several lines is known by its first one; the others are no codes of their own."""
    assert QrBench().show(b"first\nsecond\nthird", b"\r\n").told == [b"first"]
    assert QrBench().feed(b"\r\n\n").feed(CODE + b"\r").wait(100).told == [CODE]


def test_a_code_that_pauses_is_not_put_together_with_the_next_one():
    """Seen or not, the two halves never make one code, and what an ending shows to be the second one is none."""
    assert QrBench().feed(b"HALF-").wait(60).feed(b"OTHER").wait(100).told == [b"HALF-", b"OTHER"]
    assert QrBench().feed(b"HALF-").wait(60).feed(b"OTHER\r").wait(100).told == [b"HALF-"]
    for tail in (b"OTHER\r", b"OTHER"):
        bench = QrBench().feed(b"HALF-").away(60).feed(tail).wait(100)
        assert bench.told == [AGAIN], tail
        assert bench.wait(2000).show(CODE).told == [AGAIN, CODE], tail


def test_a_piece_is_no_code_once_an_ending_is_known():
    """Whatever pauses, in whatever number of pieces; the next code, and any after two seconds, is one again."""
    for ending in ENDINGS[:-1]:
        for pieces in ((b"HALF-", b"OTHER"), (b"A-", b"PART", b"-END"), (b"x" * 500, b"OTHER")):
            bench = QrBench().show(CODE, ending).wait(3000)
            for piece in pieces[:-1]:
                bench.feed(piece).wait(120)
            bench.feed(pieces[-1] + ending).wait(100)
            assert bench.codes() == [CODE], (ending, pieces)
            assert len(bench.told) == len(pieces), "to be shown again, for each but the last"
            assert bench.show(b"NEXT", ending).codes() == [CODE, b"NEXT"]
        bench = QrBench().show(CODE, ending).feed(b"HALF-").wait(2100)
        assert bench.show(b"NEXT", ending).told == [CODE, AGAIN, b"NEXT"]


def test_a_reply_beside_a_code_changes_nothing_of_its_ending():
    """Behind the ending, or alone: no code, no piece of one."""
    bench = QrBench().feed(REPLY).wait(100).show(CODE, b"")
    assert bench.told == [CODE]
    bench = QrBench().feed(CODE + b"\r" + REPLY).wait(100).show(b"NEXT")
    assert bench.told == [CODE, b"NEXT"]
    assert bench.feed(b"HALF").wait(100).told == [CODE, b"NEXT", AGAIN]


def test_a_shown_line_end_makes_no_module_without_an_ending_mute():
    """Three that are held before it have to be shown again, the next one is a code."""
    bench = QrBench().show(CODE, b"").wait(3000).show(b"hostile\n", b"").wait(3000)
    assert bench.told == [CODE, b"hostile"]
    for number in range(5):
        bench.show(b"CODE-%d" % number, b"")
    assert bench.told[2:] == [AGAIN, AGAIN, AGAIN, b"CODE-3", b"CODE-4"]


def test_the_rest_of_a_code_is_skipped_while_nobody_looks():
    """A flash erase in the midst of a long code makes no short one of its end."""
    bench = QrBench().feed(b"x" * 500).away(80).feed(b"end\r").wait(100)
    assert bench.told == [TOO_LONG]


def test_the_longest_code_and_one_byte_more():
    """With an ending and without."""
    longest = b"L" * PRESENTED_MAX_BYTES
    for ending in ENDINGS:
        assert QrBench().show(longest, ending).told == [longest], ending
        assert QrBench().show(longest + b"L", ending).told == [TOO_LONG], ending


def held_anywhere(driver, piece):
    """Whether any bytes of the driver, or of what finds its codes, hold this."""
    for holder in (driver, driver._codes):
        for name in dir(holder):
            value = getattr(holder, name)
            if isinstance(value, (bytes, bytearray, memoryview)) and piece in bytes(value):
                return True
    return False


def test_four_kilobytes_are_swallowed_and_kept_nowhere():
    """At the module's speed and all at once; no bytes of it stay, the next code is one again."""
    large = bytes([at % 251 for at in range(4096)])
    for end in ENDINGS[0] + ENDINGS[1] + ENDINGS[3]:
        large = large.replace(bytes([end]), b"-")
    pieces = [large[at : at + 8] for at in range(0, len(large), 8)]
    assert held_anywhere(QrBench().feed(large[:300]).driver, large[292:300]), "the search finds what is held"
    for chunk in (10, 256, 4096):
        for ending in ENDINGS:
            bench = QrBench()
            for at in range(0, len(large), chunk):
                bench.feed(large[at : at + chunk])
                kept = bytes(bench.driver._codes._kept)
                assert len(kept) < 400 and len(kept.rstrip(b"\0")) <= at + chunk, chunk
                assert at + chunk <= len(kept) or not any(kept), "nothing of it once it is too long"
            bench.feed(ending).wait(100)
            assert bench.told == [TOO_LONG], (chunk, ending)
            assert not [piece for piece in pieces if held_anywhere(bench.driver, piece)]
            assert bench.wait(2000).show(CODE, ending).told == [TOO_LONG, CODE]


def test_a_code_that_is_held_there_is_one_tap():
    """Also for long; after two seconds without it, it is a new one, and another code is one at once."""
    bench = QrBench()
    for _ in range(10):
        bench.show(CODE).wait(900)
    assert bench.codes() == [CODE]
    bench.show(b"OTHER").show(CODE)
    assert bench.codes() == [CODE, b"OTHER", CODE]
    bench.wait(1800).show(CODE).wait(2000).show(CODE)
    assert bench.codes() == [CODE, b"OTHER", CODE, CODE]


def test_a_code_that_is_too_long_is_told_once_while_it_is_held_there():
    """Whoever shows it hears it once."""
    bench = QrBench()
    for _ in range(4):
        bench.show(b"y" * 600).wait(500)
    assert bench.told == [TOO_LONG]


def test_nothing_of_a_code_stays_in_the_driver():
    """After it was told, refused, dropped."""
    for bench in (
        QrBench().show(CODE),
        QrBench().show(CODE).show(CODE),
        QrBench().show(CODE * 60),
        QrBench().feed(CODE).away(60).feed(CODE).wait(100),
        QrBench().show(CODE + REPLY, b""),
    ):
        assert not any(bytes(bench.driver._codes._kept))


def test_the_heartbeat_is_the_published_one_and_the_only_command():
    """Nothing configures a module at run time, whatever it says."""
    bench = QrBench().alive(60000)
    for code in (b"\x02\x00\x00\x01\x00\x33\x31", CODE, b"z" * 900):
        bench.show(code).alive(5000)
    assert {what for _, what in bench.sent} == {HEARTBEAT}
    assert qr.HEARTBEAT == HEARTBEAT


def test_a_module_that_answers_is_asked_every_three_seconds_and_one_that_does_not_every_ten():
    """And never into a code."""
    bench = QrBench().alive(30000)
    gaps = [diff(later[0], one[0]) for one, later in zip(bench.sent[1:], bench.sent[2:])]
    assert len(gaps) > 5 and all(3000 <= gap <= 3400 for gap in gaps), gaps
    mute = QrBench().wait(60000)
    assert [diff(later[0], one[0]) for one, later in zip(mute.sent, mute.sent[1:])] == [10500] * 5
    for _ in range(500):
        mute.feed(b"k").wait(40)
    assert len(mute.sent) == 6


def test_a_module_that_stops_answering_is_reported_within_five_seconds_and_reset():
    """Counted from its last word; its return is reported too."""
    bench = QrBench().alive(10000)
    assert bench.told == []
    bench.wait(5000)
    assert bench.told == [SILENT]
    bench.wait(1000)
    assert bench.resets == [True, False]
    bench.wait(60000)
    assert bench.told == [SILENT], "once"
    assert len(bench.resets) > 10, "again and again"
    bench.alive(6000)
    assert bench.told == [SILENT, BACK]


def test_one_lost_reply_is_no_fault():
    """Nor are two."""
    bench = QrBench().alive(10000)
    asked = len(bench.sent)
    bench.wait(4100)
    assert len(bench.sent) == asked + 3
    assert bench.feed(REPLY).alive(20000).told == []


def test_a_module_that_never_answered_is_quiet_and_not_dead():
    """It cannot be told from an unplugged one, and nothing is said of it."""
    assert QrBench().wait(600000).show(CODE).told == [CODE]


def test_a_module_that_cannot_hear_is_asked_nothing_and_read_all_the_same():
    """A sign listens at the gate's end of the line."""
    bench = QrBench()
    bench.driver.heard = False
    bench.wait(600)
    bench.sent.clear()
    assert bench.driver.deadline() is None
    assert bench.feed(CODE).driver.deadline() is not None
    bench.wait(100000)
    assert (bench.told, bench.sent) == ([CODE], [])


def test_a_module_that_reads_and_does_not_answer_any_more_works():
    """It was exchanged for one without a heartbeat, and reads after one that it missed: back, and not dead again."""
    bench = QrBench().alive(10000).wait(8500)
    assert bench.told == [SILENT]
    assert bench.show(CODE).wait(120000).told == [SILENT, CODE, BACK]


def test_a_module_that_comes_back_by_a_code_and_dies_is_told_of_again():
    """Its reset brought it back, it read one code and froze before the next heartbeat: each time."""
    bench = QrBench().alive(10000).wait(5000)
    for number in range(4):
        code = b"CODE-%d" % number
        assert bench.told == [SILENT]
        assert bench.wait(1000).show(code).told == [SILENT, code, BACK]
        bench.told.clear()
        bench.resets.clear()
        bench.wait(5000)
        assert bench.told == [SILENT]
    bench.resets.clear()
    bench.wait(600000)
    assert len(bench.resets) > 200, "again and again"
    assert bench.alive(6000).told == [SILENT, BACK]


def test_a_shown_reply_makes_no_module_answer():
    """No heartbeat is outstanding, so the bytes of its reply are somebody's code; nothing is told, nothing reset."""
    bench = QrBench().wait(600)
    for code in (REPLY, b"AB" + REPLY + b"CD"):
        bench.show(code).wait(3000)
    assert not bench.driver._answers
    bench.wait(600000)
    assert (bench.codes(), bench.resets) == ([b"ABCD"], [])
    assert bench.told == [b"ABCD"]


def test_a_shown_reply_brings_no_dead_module_back():
    """Between its reset and the next heartbeat nothing that comes is a reply."""
    bench = QrBench().alive(10000).wait(5000)
    assert bench.feed(REPLY).wait(100).told == [SILENT]


def test_a_module_that_answers_by_mistake_is_mute_again():
    """A reply was shown while one was awaited; later codes and no replies show what it is."""
    bench = QrBench().feed(REPLY).wait(100)
    assert bench.driver._answers
    for number in range(50):
        bench.show(b"CODE-%d" % number).wait(3000 + number * 1370 % 9000)
    assert not bench.driver._answers
    bench.resets.clear()
    bench.told.clear()
    assert bench.wait(600000).resets == bench.told == []


def test_a_reply_is_taken_out_of_wherever_it_comes():
    """Before, behind and within a code, in any pieces."""
    for chunk in (None, 1, 2):
        for stream in (REPLY + CODE, CODE + REPLY, CODE[:4] + REPLY + CODE[4:], b"\x03" + REPLY + CODE):
            for ending in (b"\r", b""):
                bench = QrBench().feed(stream + ending, chunk).wait(100)
                assert bench.told == [stream.replace(REPLY, b"")], (stream, chunk)
                assert bench.driver._answers


def test_a_reply_behind_the_ending_counts_too():
    """In one burst with the code, or with one that is too long."""
    for stream in (CODE + b"\r\n" + REPLY, b"z" * 700 + REPLY):
        bench = QrBench().feed(stream).wait(100)
        assert bench.driver._answers


def test_a_reply_that_is_damaged_or_of_another_kind_is_no_code():
    """While one is awaited: what is short, holds a zero and has no ending. A text is a code at any time."""
    for said in (REPLY[:-1], REPLY[1:], b"\x03\x00\x40\x01\x00\x33\x31", b"\x02\x00\x00\x01\x00\x33\x31"):
        bench = QrBench().feed(said).wait(100)
        assert bench.told == [], said
        assert bench.show(CODE).told == [CODE]
    assert QrBench().show(b"12345", b"").told == [b"12345"]


def test_a_plugs_byte_is_no_code():
    """One byte without an ending, at any time."""
    for byte in (b"\x00", b"\xff", b"A"):
        assert QrBench().wait(600).feed(byte).wait(100).told == [], byte


def test_a_line_that_never_pauses_is_reported():
    """And so is its return; a module that answers has to answer first."""
    bench = QrBench().feed(b"U" * 9000, 64)
    assert bench.told == [TOO_LONG, BABBLES]
    assert bench.wait(100).told == [TOO_LONG, BABBLES, BACK]
    assert not bench.driver.busy()
    bench = QrBench().alive(5000).feed(b"U" * 9000, 64).wait(100)
    assert bench.told == [TOO_LONG, BABBLES]
    assert bench.alive(4000).told == [TOO_LONG, BABBLES, BACK]


def test_a_line_that_never_pauses_is_reset_again_and_again():
    """Told once, also of a module that answered before; quiet at last, it is back."""
    for bench in (QrBench(), QrBench().alive(5000)):
        for _ in range(300000 // 64):
            bench.feed(b"U" * 64).wait(40).feed(b"U" * 64).wait(24)
        assert bench.told == [TOO_LONG, BABBLES]
        assert 90 < len([level for level in bench.resets if level]) < 110
        assert bench.wait(200).alive(15000).told == [TOO_LONG, BABBLES, BACK]


def test_the_driver_is_busy_while_a_code_comes():
    """And not while it skips: a line that never pauses keeps no flash from being tidied."""
    bench = QrBench()
    assert not bench.driver.busy()
    assert bench.feed(CODE).driver.busy()
    assert not bench.feed(b"\r").driver.busy()
    assert not bench.wait(100).feed(b"z" * 1000).driver.busy()


def test_the_ticks_may_wrap_at_any_moment():
    """Codes, repeats and the heartbeat go on."""
    for start in range(PERIOD - 6000, PERIOD, 700):
        bench = QrBench(now=start).alive(4000).show(CODE).show(CODE).alive(4000)
        assert bench.told == [CODE]
