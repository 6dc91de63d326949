"""Signatures over sorted parameters, held against published vectors and against texts written out by hand."""

import base64
import hashlib
import hmac

import pytest
from gatehouse.platforms.signing import signature
from gatehouse.platforms.template import parse

EMPTY = parse("")


def sign(algorithm, parameters, *, before="", after="", key="", encoding="hex", skip_empty=True, **values):
    texts = {name: parse(text) for name, text in parameters.items()}
    ends = {"before": parse(before), "after": parse(after), "key": parse(key)}
    filled = {name: text.encode() for name, text in values.items()}
    return signature(algorithm, texts, filled, encoding=encoding, skip_empty=skip_empty, **ends)


@pytest.mark.parametrize(
    ("algorithm", "text", "key", "digest"),
    [
        # GB/T 32905-2016, annex A.1
        ("sm3", "abc", "", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        # FIPS 180-2, annex B.1
        ("sha256", "abc", "", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        # RFC 4231, test case 2
        (
            "hmac-sha256",
            "what do ya want for nothing?",
            "Jefe",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
    ],
)
def test_published_vectors(algorithm, text, key, digest):
    """The hash alone, without parameters."""
    assert sign(algorithm, {}, before=text, key=key).decode() == digest


def test_hmac_sm3_is_hmac_over_sm3():
    """RFC 2104 written out: no published vector was at hand."""
    key, text = b"a key", b"a=1"
    pad = key.ljust(64, b"\0")
    inner = hashlib.new("sm3", bytes(one ^ 0x36 for one in pad) + text).digest()
    wanted = hashlib.new("sm3", bytes(one ^ 0x5C for one in pad) + inner).hexdigest()
    assert sign("hmac-sm3", {"a": "1"}, key="a key").decode() == wanted


def test_parameters_go_by_the_bytes_of_their_names():
    """Capitals first, then small letters, whatever order the file has."""
    wanted = hashlib.sha256(b"<B=2&a=1&aa=3&b=4>").hexdigest()
    assert sign("sha256", {"b": "4", "aa": "3", "a": "1", "B": "2"}, before="<", after=">").decode() == wanted


@pytest.mark.parametrize(("skip", "text"), [(True, b"a=1&c=3"), (False, b"a=1&b=&c=3")])
def test_parameters_without_a_value(skip, text):
    """Left out, or not."""
    told = sign("sha256", {"a": "1", "b": "{empty}", "c": "3"}, skip_empty=skip, empty="")
    assert told.decode() == hashlib.sha256(text).hexdigest()


def test_encodings():
    """Small, capital, base64."""
    digest = hmac.digest(b"k", b"a=1", "sha256")
    told = {one: sign("hmac-sha256", {"a": "1"}, key="{k}", k="k", encoding=one) for one in ("hex", "HEX", "base64")}
    wanted = {"hex": digest.hex(), "HEX": digest.hex().upper(), "base64": base64.b64encode(digest).decode()}
    assert {name: text.decode() for name, text in told.items()} == wanted


def test_values_are_signed_as_they_are():
    """Nothing is escaped in what is signed."""
    assert sign("sha256", {"a": "{v}"}, v="x y&z=ä").decode() == hashlib.sha256("a=x y&z=ä".encode()).hexdigest()
