"""The gate's own codec and cipher against the vectors of their standards."""

from gate import cbor, cobs
from gate.ccm import Ccm
from primitives import aes, refused, vectors

RFC8949 = vectors("rfc8949")
RFC3610 = vectors("rfc3610")["vectors"]
KEY = bytes(range(16))
NONCE = bytes(range(13))


def from_json(value):
    """{"bytes": hex} and {"map": pairs} stand for what JSON cannot say."""
    if isinstance(value, list):
        return [from_json(entry) for entry in value]
    if isinstance(value, dict):
        if "bytes" in value:
            return bytes.fromhex(value["bytes"])
        return {from_json(key): from_json(entry) for key, entry in value["map"]}
    return value


def test_every_example_of_the_standard_that_the_link_can_hold_is_written_as_printed():
    """RFC 8949 Appendix A, both ways."""
    for text, example in RFC8949["accepted"]:
        value = from_json(example)

        assert cbor.encode(value) == bytes.fromhex(text), text
        assert cbor.decode(bytes.fromhex(text)) == value, text


def test_true_and_one_are_different_things():
    """A bool never turns into an integer, nor back."""
    assert cbor.encode([True, 1, False, 0]) == bytes.fromhex("84f501f400")
    assert cbor.decode(b"\xf5") is True
    assert cbor.decode(b"\x01") is not True


def test_floats_tags_text_keys_and_indefinite_lengths_are_refused():
    """The other examples of RFC 8949 Appendix A: well-formed, and nothing that the link says."""
    for text, why in RFC8949["refused"]:
        assert refused(cbor.decode, bytes.fromhex(text)), (text, why)


def test_whatever_the_encoder_would_not_write_is_refused():
    """Longer forms than needed, cut items, trailing bytes, huge counts, disorder, bad text."""
    for text, why in RFC8949["malformed"]:
        assert refused(cbor.decode, bytes.fromhex(text)), (text, why)


def test_every_cut_of_a_frame_is_refused():
    """A body that ends too early at any byte is no item."""
    whole = cbor.encode([b"\xa1\x01\x0a", {4: b"ab", 6: b"\x01\x02"}, bytes(68)])
    for size in range(len(whole)):
        assert refused(cbor.decode, whole[:size]), size


def test_size_and_depth_are_bounded_both_ways():
    """512 bytes and four levels, no more."""
    assert cbor.decode(cbor.encode(bytes(509))) == bytes(509)
    assert refused(cbor.encode, bytes(510))
    assert refused(cbor.decode, b"\x59\x01\xfe" + bytes(510))
    assert cbor.decode(cbor.encode([[[[1]]]])) == [[[[1]]]]
    assert refused(cbor.encode, [[[[[1]]]]])


def test_what_has_no_encoding_here_is_refused():
    """Floats, tuples, text keys, bool keys, integers beyond 64 bits."""
    for value in (1.5, (1, 2), {"a": 1}, {True: 1}, {None: 1}, 1 << 64, -(1 << 64) - 1, [1.0], object()):
        assert refused(cbor.encode, value), value


def test_map_keys_come_in_the_order_of_their_bytes():
    """Shorter before longer, positive before negative; insertion order counts for nothing."""
    assert cbor.encode({-1: 0, 256: 0, 24: 0, 23: 0, 0: 0}) == bytes.fromhex("a50000170018180019010000" + "2000")


def test_every_packet_of_rfc3610_seals_and_opens_as_printed():
    """Counter with CBC-MAC, the standard's own packets."""
    for packet in RFC3610:
        key, nonce, aad, plaintext, sealed = [
            bytes.fromhex(packet[name]) for name in ("key", "nonce", "aad", "plaintext", "sealed")
        ]
        cipher = Ccm(aes, key)

        assert cipher.seal(nonce, plaintext, aad) == sealed, packet["name"]
        assert cipher.open(nonce, sealed, aad) == plaintext, packet["name"]


def test_one_changed_bit_anywhere_does_not_open():
    """In the ciphertext, the tag, the nonce or the additional data."""
    cipher = Ccm(aes, KEY)
    sealed = cipher.seal(NONCE, b"seventeen bytes..", b"head")
    for name, good in (("sealed", sealed), ("nonce", NONCE), ("aad", b"head")):
        for bit in range(8 * len(good)):
            bad = bytearray(good)
            bad[bit >> 3] ^= 1 << (bit & 7)
            parts = {"sealed": sealed, "nonce": NONCE, "aad": b"head"}
            parts[name] = bytes(bad)
            assert refused(cipher.open, parts["nonce"], parts["sealed"], parts["aad"]), (name, bit)


def test_a_text_shorter_than_its_tag_does_not_open():
    """Nothing at all, and each cut of a sealed text."""
    cipher = Ccm(aes, KEY)
    sealed = cipher.seal(NONCE, b"abc", b"")
    for size in range(len(sealed)):
        assert refused(cipher.open, NONCE, sealed[:size], b""), size


def test_the_cipher_takes_only_its_nonce_and_its_sizes():
    """13 bytes of nonce, at most 65535 of text, at most 65279 of additional data."""
    cipher = Ccm(aes, KEY)
    assert refused(cipher.seal, NONCE[:-1], b"", b"")
    assert refused(cipher.seal, NONCE + b"\0", b"", b"")
    assert refused(cipher.seal, NONCE, bytes(0x10000), b"")
    assert refused(cipher.seal, NONCE, b"", bytes(0xFF00))
    assert cipher.open(NONCE, cipher.seal(NONCE, b"", b""), b"") == b""


def test_stuffed_bodies_hold_no_zero_and_come_back():
    """Runs around 254 bytes, zeros at either end, nothing at all."""
    run = bytes(range(1, 255))
    for body in (
        b"",
        b"\0",
        b"\0\0",
        b"a",
        b"\0a",
        b"a\0",
        b"a\0\0b",
        run[:-1],
        run,
        run + b"a",
        run + b"\0",
        b"\0" + run,
        run + run,
        run + b"\0" + run,
        bytes(512),
    ):
        stuffed = cobs.stuff(body)

        assert b"\0" not in stuffed
        assert cobs.unstuff(stuffed) == body


def test_a_stuffed_body_costs_what_the_paper_says():
    """One byte, and one more for each full run of 254."""
    assert cobs.stuff(b"") == b"\x01"
    assert cobs.stuff(b"\0") == b"\x01\x01"
    assert cobs.stuff(b"\x11\x22\0\x33") == b"\x03\x11\x22\x02\x33"
    assert cobs.stuff(b"a" * 254) == b"\xff" + b"a" * 254
    assert cobs.stuff(b"a" * 255) == b"\xff" + b"a" * 254 + b"\x02a"


def test_broken_stuffing_is_refused():
    """A zero inside, or a run that promises more than there is."""
    for stuffed in (b"\0", b"\x01\0", b"\x03a", b"\xffa", b"\x02a\x05abc", b"\x02\0"):
        assert refused(cobs.unstuff, stuffed), stuffed
