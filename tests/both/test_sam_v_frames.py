"""Frames of the card module found in whatever a line delivers."""

from gate.readers.sam_v_frames import DAMAGED, WHOLE, Frames
from sam_v_bench import FOUND, PREAMBLE, VECTORS, frame, read_reply, status


def outcomes(data, limit_bytes=0x0508, chunk=None):
    """(outcome, SW3, Len) of every frame that ends in `data`."""
    frames = Frames()
    frames.limit_bytes = limit_bytes
    found = []
    chunk = chunk or len(data)
    for start in range(0, len(data), chunk):
        piece = data[start : start + chunk]
        at = 0
        while at < len(piece):
            at = frames.take(piece, at)
            if frames.outcome:
                found.append((frames.outcome, frames.status(), frames.length))
    return found


def whole(*frames):
    """What whole frames count as."""
    return [(WHOLE, data[9], len(data) - 7) for data in frames]


def test_every_published_reply_is_a_frame():
    """Those that are whole; the ten bytes of an unknown vendor's marker are none."""
    for text, name in VECTORS["replies"]:
        data = bytes.fromhex(text)
        expected = [] if name.startswith("vendor") else whole(data)
        assert outcomes(data) == expected, name


def test_any_chunking_gives_the_same_frames():
    """Byte by byte, at every size, frames back to back."""
    data = FOUND + status(0x80) + read_reply() + status(0x41)
    for chunk in list(range(1, 40)) + [64, 115, 255, 256, 263, 512, 1294, 1295, 2000]:
        assert outcomes(data, chunk=chunk) == whole(FOUND, status(0x80), read_reply(), status(0x41)), chunk


def test_any_kind_of_buffer_will_do():
    """bytes, bytearray, memoryview."""
    for kind in (bytes, bytearray, memoryview):
        assert outcomes(kind(FOUND)) == whole(FOUND)


def test_garbage_before_a_frame_is_skipped():
    """Parts of the preamble included."""
    for garbage in (b"\x00", b"\xaa", b"\xaa\xaa", b"\xaa\xaa\xaa\x96", b"\xaa\x96\x69", b"\xaa" * 9, b"\xff" * 300):
        assert outcomes(garbage + FOUND) == whole(FOUND), garbage


def test_a_length_that_nobody_asked_for_costs_no_frame_behind_it():
    """Too short, too long, the longest; even a preamble in its place is recognised."""
    for length in (0, 1, 3, 0x21, 0x0508, 0x7FFF, 0x8004, 0xFFFF):
        found = outcomes(PREAMBLE + length.to_bytes(2, "big") + FOUND, limit_bytes=0x20)
        assert found[0][0] == DAMAGED, length
        assert found[1:] == whole(FOUND), length
    assert outcomes(PREAMBLE + FOUND)[-1:] == whole(FOUND)


def test_a_wrong_checksum_is_damage():
    """And the next frame is taken again."""
    bad = FOUND[:-1] + bytes((FOUND[-1] ^ 1,))
    assert [outcome for outcome, _, _ in outcomes(bad + FOUND)] == [DAMAGED, WHOLE]


def test_no_flipped_bit_of_a_short_frame_goes_through():
    """At every position the frame is damaged or gone, never whole."""
    for good in (FOUND, status(0x80)):
        for bit in range(8 * len(good)):
            bad = bytearray(good)
            bad[bit >> 3] ^= 1 << (bit & 7)
            assert WHOLE not in [outcome for outcome, _, _ in outcomes(bytes(bad), limit_bytes=0x20)], bit


def test_what_a_read_held_can_be_read_and_is_wiped():
    """The text comes out as it went in; the photo is not kept; reset overwrites all of it."""
    frames = Frames()
    frames.limit_bytes = 0x0508
    data = read_reply()
    assert frames.take(data, 0) == len(data)
    assert frames.sizes() == (256, 1024)
    text = frames.text()
    assert bytes(text) == data[14:270]
    frames.reset()
    assert bytes(text) == bytes(256)
    assert len(frames._kept) == 263


def test_a_frame_is_inside_from_its_first_byte_to_its_last():
    """Whoever waits for the rest can tell."""
    frames = Frames()
    frames.limit_bytes = 0x20
    for at in range(len(FOUND)):
        assert frames.is_inside() == (at > 0)
        frames.take(FOUND[at : at + 1], 0)
    assert not frames.is_inside()
    assert frames.outcome == WHOLE


def test_the_bench_builds_frames_as_published():
    """The builder of this bench against frames that others printed."""
    for text, name in VECTORS["replies"]:
        data = bytes.fromhex(text)
        if not name.startswith("vendor"):
            assert frame(data[7:-1]) == data, name
