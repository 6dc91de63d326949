"""Framing, sealing and keys, each alone."""

from gatelink import codes, house_to_gate
from gatelink.errors import DamagedFrame, LocalError, RemoteError
from gatelink.framing import Deframer, frame
from gatelink.gate_to_house import KINDS, Report, Tap
from gatelink.keys import hkdf_sha256, hmac_sha256, same, step
from gatelink.limits import COUNTER_LIMIT, WINDOW_FRAMES, repeat_floor_ms
from gatelink.message import from_array
from gatelink.sealing import Opener, Sealer, envelope, nonce
from gatelink.ticks import PERIOD, add, diff, sooner
from suites import gate_suite, house_suite

KEY = bytes(range(16))
IV = bytes(range(100, 113))


def raises(error, call, *args):
    try:
        call(*args)
    except error as raised:
        return raised
    raise AssertionError("%s was not raised" % error.__name__)


def test_bodies_survive_framing_in_any_chunking():
    bodies = [b"\0", b"abc\0\0def", bytes(range(256)), b"\xff" * 500, b"x"]
    data = b"".join(frame(gate_suite(), body) for body in bodies)
    for size in (1, 2, 7, 100, len(data)):
        deframer = Deframer(house_suite(), 512)
        found = []
        for start in range(0, len(data), size):
            found += deframer.feed(data[start : start + size])
        assert found == bodies, size


def test_a_flip_that_eats_a_delimiter_costs_one_frame():
    for eaten in (0, -1):
        frames = [frame(gate_suite(), body) for body in (b"one", b"two", b"three")]
        hurt = bytearray(frames[1])
        hurt[eaten] = 0x55
        found = Deframer(gate_suite(), 512).feed(frames[0] + bytes(hurt) + frames[2])
        assert found[0] == b"one"
        assert found[-1] == b"three"
        assert b"two" not in found or eaten == 0


def test_endless_garbage_holds_no_more_than_a_frame():
    deframer = Deframer(gate_suite(), 192)
    for _ in range(200):
        assert deframer.feed(b"\x55" * 997) == []
        assert len(deframer._held) <= 200
    assert deframer.feed(b"\0") == [None]
    assert deframer.feed(frame(gate_suite(), b"well")) == [b"well"]


def test_a_sealed_array_opens_once_and_only_unchanged():
    sealer = Sealer(gate_suite(), KEY, IV, b"id")
    opener = Opener(house_suite(), KEY, IV)
    body = sealer.seal([1, 2, 3])
    kid, counter, sealed = envelope(house_suite().decode(body))
    assert (kid, counter) == (b"id", 1)
    for bit in range(len(sealed) * 8):
        hurt = bytearray(sealed)
        hurt[bit // 8] ^= 1 << bit % 8
        raises(DamagedFrame, opener.open, counter, bytes(hurt))
    raises(DamagedFrame, opener.open, 2, sealed)
    assert opener.open(counter, sealed) == [1, 2, 3]
    assert opener.open(counter, sealed) is None


def test_frames_may_overtake_each_other_within_the_window_and_not_beyond():
    sealer = Sealer(gate_suite(), KEY, IV, b"id")
    sent = [envelope(gate_suite().decode(sealer.seal([n])))[1:] for n in range(WINDOW_FRAMES + 5)]
    opener = Opener(gate_suite(), KEY, IV)
    assert opener.open(*sent[10]) == [10]
    assert opener.open(*sent[3]) == [3]
    assert opener.open(*sent[3]) is None
    assert opener.open(*sent[-1]) == [WINDOW_FRAMES + 4]
    assert opener.open(*sent[4]) is None
    assert opener.open(*sent[5]) == [5]


def test_what_is_no_envelope_is_damage():
    for wrong in (
        [],
        [b"\xa1\x01\x0a", {4: b"id", 6: b"\x01"}],
        [b"\xa1\x01\x0b", {4: b"id", 6: b"\x01"}, bytes(20)],
        [b"\xa1\x01\x0a", {4: b"i", 6: b"\x01"}, bytes(20)],
        [b"\xa1\x01\x0a", {4: b"id", 6: b"\x00\x01"}, bytes(20)],
        [b"\xa1\x01\x0a", {4: b"id", 6: b""}, bytes(20)],
        [b"\xa1\x01\x0a", {4: b"id", 6: b"1234"}, bytes(20)],
        [b"\xa1\x01\x0a", {4: b"id", 6: b"\x01", 7: 1}, bytes(20)],
        [b"\xa1\x01\x0a", {4: b"id", 6: b"\x01"}, bytes(7)],
        [b"\xa1\x01\x0a", {4: b"id", 6: b"\x01"}, "text"],
        "text",
        None,
    ):
        raises(DamagedFrame, envelope, wrong)


def test_a_session_never_uses_a_counter_twice_nor_one_too_many():
    sealer = Sealer(gate_suite(), KEY, IV, b"id")
    sealer.counter = COUNTER_LIMIT - 2
    sealer.seal([])
    raises(LocalError, sealer.seal, [])


def test_nonces_are_the_context_iv_with_the_counter_folded_in():
    assert nonce(bytes(13), 1) == bytes(12) + b"\x01"
    assert nonce(b"\xff" * 13, 0xFFFFFF) == b"\xff" * 10 + bytes(3)


def test_hmac_matches_rfc_4231():
    assert hmac_sha256(b"\x0b" * 20, b"Hi There").hex() == (
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    )
    assert hmac_sha256(b"Jefe", b"what do ya want for nothing?").hex() == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    raises(ValueError, hmac_sha256, bytes(65), b"")


def test_hkdf_matches_rfc_5869():
    assert hkdf_sha256(bytes(range(13)), b"\x0b" * 22, bytes(range(0xF0, 0xFA)), 42).hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )
    assert hkdf_sha256(b"", b"\x0b" * 22, b"", 42).hex() == (
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )


def test_keys_step_forward_and_compare_safely():
    assert step(bytes(32)) == hmac_sha256(bytes(32), b"gatelink1 step")
    assert same(b"abc", b"abc")
    assert not same(b"abc", b"abd")
    assert not same(b"abc", b"ab")


def test_messages_refuse_what_breaks_their_limits_and_never_show_it():
    raised = raises(LocalError, Tap, 1, 1, 1, b"7" * 385, 0, 0)
    assert "number" in str(raised)
    assert "777" not in str(raised)
    for wrong in (
        [],
        [99],
        [True],
        [1],
        [1, 1, 1, 1, b"x", 0],
        [1, 1, 1, 1, "text", 0, 0],
        [1, -1, 1, 1, b"x", 0, 0],
        [1, True, 1, 1, b"x", 0, 0],
        [1, 1, 1, 256, b"x", 0, 0],
        [16, 1, 1, 1, 1, 0],
        ["1"],
        [None],
    ):
        raises(RemoteError, from_array, KINDS, wrong)
    raises(RemoteError, from_array, house_to_gate.KINDS, [1, 1, 1, 1, b"x", 0, 0])


def test_messages_come_out_as_they_went_in():
    report = Report(1, codes.REPORT_PASSED, 2, 3, 4, 5)
    assert from_array(KINDS, report.to_array()).to_array() == report.to_array()


def test_what_an_older_end_does_not_say_is_nothing_and_left_out():
    """A number 0, a text empty; both ways the same bytes as before there was that field."""
    for old, name, nothing in (([4, 5, 1], "state", 0), ([5, 8, 0], "said", b"")):
        message = from_array(KINDS, old)
        assert getattr(message, name) == nothing
        assert message.to_array() == old
    for whole in ([4, 5, 1, 10], [5, 8, 0, b"relays: allowed is a whole number from 1 to 2"]):
        assert from_array(KINDS, whole).to_array() == whole
    for wrong in (
        [4, 5],
        [4, 5, 1, b""],
        [4, 5, 1, 256],
        [5, 8],
        [5, 8, 0, 0],
        [5, 8, 0, bytes(97)],
        [5, 8, 0, b"", 0],
    ):
        raises(RemoteError, from_array, KINDS, wrong)


def test_ticks_compare_over_the_wrap():
    assert add(PERIOD - 1, 2) == 1
    assert diff(1, PERIOD - 1) == 2
    assert diff(PERIOD - 1, 1) == -2
    assert sooner(PERIOD - 1, 1) == PERIOD - 1
    assert sooner(None, 4) == sooner(4, None) == 4
    assert sooner(None, None) is None


def test_the_repeat_floor_follows_the_line():
    assert repeat_floor_ms(0) == 12
    assert repeat_floor_ms(115200) == 28
    assert repeat_floor_ms(9600) == 200
