"""The gate's codec and cipher against three independent libraries, on generated data."""

import cbor2
import pytest
from cobs import cobs as reference_cobs
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from gate import cbor, cobs
from gate.ccm import Ccm
from hypothesis import given
from hypothesis import strategies as st
from primitives import aes

SCALARS = (
    st.integers(-(1 << 64), (1 << 64) - 1)
    | st.booleans()
    | st.none()
    | st.binary(max_size=40)
    | st.text(st.characters(codec="utf-8"), max_size=10)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.integers(-1000, 1000), inner, max_size=5),
    max_leaves=8,
)


def depth(value):
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


def in_order(value):
    """Maps in the bytewise key order of RFC 8949; cbor2's own canonical order is the older one, by length first."""
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value, key=cbor2.dumps)}
    if isinstance(value, list):
        return [in_order(entry) for entry in value]
    return value


@given(VALUES)
def test_every_value_is_written_as_cbor2_writes_it(value):
    """Two implementations, one deterministic encoding."""
    reference = cbor2.dumps(in_order(value))
    if depth(value) > cbor.NESTING_MAX or len(reference) > cbor.TOTAL_MAX_BYTES:
        with pytest.raises(ValueError, match="too"):
            cbor.encode(value)
        return

    assert cbor.encode(value) == reference
    assert cbor.decode(reference) == value


@given(st.binary(max_size=40))
def test_whatever_decodes_encodes_back_to_the_same_bytes(data):
    """There is one form of everything, and arbitrary bytes raise nothing but ValueError."""
    try:
        value = cbor.decode(data)
    except ValueError:
        return

    assert cbor.encode(value) == data
    assert cbor2.loads(data) == value


@given(
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=13, max_size=13),
    st.binary(max_size=300),
    st.binary(max_size=60),
)
def test_every_text_is_sealed_as_openssl_seals_it(key, nonce, plaintext, aad):
    """Two implementations of AES-CCM with an 8-byte tag, both ways."""
    sealed = AESCCM(key, tag_length=8).encrypt(nonce, plaintext, aad)

    assert Ccm(aes, key).seal(nonce, plaintext, aad) == sealed
    assert Ccm(aes, key).open(nonce, sealed, aad) == plaintext


@given(st.binary(max_size=60), st.binary(max_size=10))
def test_what_openssl_does_not_open_does_not_open(sealed, aad):
    """Both refuse the same forgeries."""
    key, nonce = bytes(16), bytes(13)
    try:
        expected = AESCCM(key, tag_length=8).decrypt(nonce, sealed, aad)
    except (InvalidTag, ValueError):
        expected = None
    try:
        found = Ccm(aes, key).open(nonce, sealed, aad)
    except ValueError:
        found = None

    assert found == expected


@given(st.lists(st.sampled_from([b"\0", b"x", b"y" * 253, b"z" * 254, bytes(3)]) | st.binary(max_size=20), max_size=8))
def test_every_body_is_stuffed_as_the_cobs_library_stuffs_it(pieces):
    """Same bytes out, same body back."""
    body = b"".join(pieces)

    assert cobs.stuff(body) == reference_cobs.encode(body)
    assert cobs.unstuff(cobs.stuff(body)) == body


@given(st.binary(max_size=300))
def test_broken_stuffing_is_judged_as_the_cobs_library_judges_it(data):
    """Accepted or refused alike, with the same body."""
    try:
        expected = reference_cobs.decode(data)
    except reference_cobs.DecodeError:
        expected = None
    try:
        found = cobs.unstuff(data)
    except ValueError:
        found = None

    assert found == expected
