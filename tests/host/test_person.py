"""A traveller's number: how it is shown, how it becomes a pseudonym."""

import hashlib
import hmac

from gatehouse.person import masked, pseudonym, wipe
from hypothesis import given
from hypothesis import strategies as st


def test_the_masked_form_shows_three_characters():
    """One in front, two behind."""
    assert masked("11010519491231002X") == "1***************2X"
    assert masked(bytearray(b"11010519491231002X")) == "1***************2X"
    assert masked(b"KAZ110090123105") == "K************05"


@given(st.text(max_size=60) | st.binary(max_size=60))
def test_the_masked_form_shows_little_and_is_printable(text):
    """At most three characters of whatever was there, and no control characters reach a terminal."""
    shown = masked(text)

    assert len(shown.replace("*", "")) <= 3
    assert shown.isascii()
    assert shown.isprintable()
    if len(text) < 8:
        assert not shown.strip("*")


def test_a_pseudonym_is_a_keyed_hash_and_differs_by_purpose():
    """HMAC-SHA256 cut to 16 bytes; another key gives an unrelated one."""
    number = b"11010519491231002X"

    assert pseudonym(b"k" * 32, number) == hmac.new(b"k" * 32, number, hashlib.sha256).digest()[:16]
    assert pseudonym(b"k" * 32, bytearray(number)) == pseudonym(b"k" * 32, number)
    assert pseudonym(b"l" * 32, number) != pseudonym(b"k" * 32, number)


def test_a_wiped_number_is_gone_where_it_lay():
    """The very bytes are overwritten, not a copy."""
    number = bytearray(b"11010519491231002X")
    same = memoryview(number)

    wipe(number)

    assert bytes(same) == bytes(18)
