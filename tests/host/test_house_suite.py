"""The house's codec and cipher: what they take from a line, and above all what they do not."""

import cbor2
import pytest
from gate import cbor
from gatehouse.suite import HouseSuite
from hypothesis import given
from hypothesis import strategies as st

SUITE = HouseSuite()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("nothing", ""),
        ("half an item", "8201"),
        ("two items", "0101"),
        ("float", "f93c00"),
        ("not a number", "f97e00"),
        ("long float", "fb3ff8000000000000"),
        ("undefined", "f7"),
        ("simple value", "f8ff"),
        ("indefinite list", "9fff"),
        ("indefinite bytes", "5f41ff41ffff"),
        ("indefinite text", "7f6161ff"),
        ("indefinite map", "bfff"),
        ("break alone", "ff"),
        ("number not in its shortest form", "1801"),
        ("length not in its shortest form", "590001ff"),
        ("key twice", "a201010102"),
        ("keys out of order", "a202010101"),
        ("text as a key", "a1616101"),
        ("list as a key", "a18001"),
        ("map as a key", "a1a001"),
        ("True as a key", "a1f501"),
        ("date tag", "c11a514b67b0"),
        ("big number", "c249010000000000000000"),
        ("big number that would fit", "c24101"),
        ("negative big number", "c349010000000000000000"),
        ("decimal fraction", "c48221196ab3"),
        ("huge big float", "c5821b7fffffffffffffff03"),
        ("fraction by zero", "d81e820100"),
        ("regular expression", "d823625b5d"),
        ("mail", "d824600a"),
        ("shared reference", "d81c80"),
        ("list that holds itself", "d81c81d81d00"),
        ("set", "d9010280"),
        ("self-described", "d9d9f700"),
        ("unknown tag", "da7fffffff00"),
        ("tag inside a list", "81c100"),
        ("endless bytes", "5b7fffffffffffffff"),
        ("endless list", "9b7fffffffffffffff"),
        ("endless map", "bb7fffffffffffffff"),
        ("wrong UTF-8", "61ff"),
        ("surrogate", "63eda080"),
        ("too deep", "81" * 5 + "00"),
        ("far too deep", "81" * 500 + "00"),
        ("reserved length", "1c"),
        ("too large", "590201" + "00" * 513),
    ],
)
def test_only_plain_deterministic_cbor_is_taken(name, data):
    """Each forbidden form is a ValueError and nothing else."""
    with pytest.raises(ValueError, match=r"CBOR|large"):
        SUITE.decode(bytes.fromhex(data))


@pytest.mark.parametrize("tag", [0, 2, 4, 5, 28, 30, 35, 36, 258, 260, 1004, 43000, 55799, 99999])
def test_no_tag_reaches_a_decoder_of_its_own(tag):
    """Regular expressions, mails, fractions and whatever cbor2 learns next never see bytes from a line."""
    with pytest.raises(ValueError, match="no CBOR") as refused:
        SUITE.decode(cbor2.dumps(cbor2.CBORTag(tag, b"x")))

    assert str(refused.value.__cause__.__cause__) == "tag"


@pytest.mark.parametrize(
    "value",
    [0, 23, 24, 255, 256, (1 << 64) - 1, -1, -(1 << 64), True, False, None, b"", b"x" * 300, "闸", [], {}, [[[[1]]]]],
)
def test_what_gatelink_uses_goes_both_ways(value):
    """Encoded, and decoded to the same."""
    assert SUITE.decode(SUITE.encode(value)) == value


@pytest.mark.parametrize("value", [1.5, 1 << 64, -(1 << 64) - 1, {"a": 1}, {True: 1}, (1,), {1}, object(), [[[[[1]]]]]])
def test_what_gatelink_has_no_form_for_is_not_encoded(value):
    """A programming error shows here, not at the gate."""
    with pytest.raises(ValueError, match="no form"):
        SUITE.encode(value)


@given(st.binary(max_size=64))
def test_both_sides_take_and_refuse_the_same_bytes(data):
    """Whatever the line carries: the gate's own decoder and cbor2 agree."""
    try:
        expected = [cbor.decode(data)]
    except ValueError:
        expected = []
    try:
        found = [SUITE.decode(data)]
    except ValueError:
        found = []

    assert repr(found) == repr(expected)


@given(st.dictionaries(st.integers(-(1 << 20), 1 << 20), st.integers(0, 9), max_size=6))
def test_maps_are_written_in_the_order_of_rfc_8949(value):
    """Bytewise by encoded key, as the gate writes them, not by length first."""
    assert SUITE.encode(value) == cbor.encode(value)
    keys = [cbor2.dumps(key) for key in cbor2.loads(SUITE.encode(value))]
    assert keys == sorted(keys)


@given(st.binary(max_size=80))
def test_unstuffing_anything_gives_bytes_or_a_value_error(data):
    """No delimiter, no run of zeros, no cut block raises anything else."""
    try:
        body = SUITE.unstuff(data)
    except ValueError:
        return
    assert isinstance(body, bytes)


@given(st.binary(max_size=80))
def test_opening_anything_gives_a_value_error(data):
    """Short and random ciphertexts are refused alike."""
    with pytest.raises(ValueError, match=r"tag|too short"):
        SUITE.cipher(bytes(16)).open(bytes(13), data, b"")


def test_a_changed_bit_does_not_open():
    """Ciphertext, tag and additional data are all covered."""
    cipher = SUITE.cipher(bytes(16))
    sealed = cipher.seal(bytes(13), b"payload", b"aad")

    assert cipher.open(bytes(13), sealed, b"aad") == b"payload"
    assert len(sealed) == len(b"payload") + 8
    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ValueError, match="tag"):
            cipher.open(bytes(13), bytes(changed), b"aad")
    with pytest.raises(ValueError, match="tag"):
        cipher.open(bytes(13), sealed, b"aae")


def test_what_is_drawn_is_new_where_the_systems_source_repeats_itself(monkeypatch):
    """A virtual machine that was set back draws nothing twice, whichever size is asked for."""
    monkeypatch.setattr("os.urandom", bytes)

    drawn = [suite.random(16) for suite in (SUITE, HouseSuite()) for _ in range(50)]

    assert len(set(drawn)) == 100
    assert {len(one) for one in drawn} == {16}
