"""Resident numbers: what is one, how it is shown, how it becomes a pseudonym."""

import datetime
import hashlib
import hmac

import pytest
from gatehouse.person import NumberInvalid, check_resident_number, masked, pseudonym, wipe
from hypothesis import given
from hypothesis import strategies as st

TODAY = datetime.date(2026, 11, 23)
# GB 11643-1999's own examples and published test vectors.
VALID = [
    "11010519491231002X",
    "440524188001010014",
    "110101197810270029",
    "330105197810270025",
    "810000199408230021",
    "820000199408230023",
    "830000199201300022",
]


def fitting(first_17):
    """The whole number with the check digit that belongs to it, by the standard's sum of powers of two."""
    total = sum(int(digit) * (2 ** (17 - place)) for place, digit in enumerate(first_17))
    return first_17 + "10X98765432"[total % 11]


@pytest.mark.parametrize("number", VALID)
def test_a_real_number_passes(number):
    """The standard's examples are taken, as bytes and as bytearray."""
    check_resident_number(number.encode(), TODAY)
    check_resident_number(bytearray(number.encode()), TODAY)


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("110101197810270021", "check digit"),
        ("110101197802310029", "birth date does not exist"),
        ("880101197810270029", "province"),
        ("000000000000000000", "17 digits"),
        ("", "17 digits"),
        ("11010119781027002", "17 digits"),
        ("1101011978102700290", "17 digits"),
        ("110101197810270029\n", "17 digits"),
        (" 10101197810270029", "17 digits"),
        ("11010519491231002x", "17 digits"),
        ("1101051949123100X2", "17 digits"),
        ("-10101197810270029", "17 digits"),
        ("110101 97810270029", "17 digits"),
        ("1" * 5000, "17 digits"),
        (fitting("11010120261124001"), "future"),
        (fitting("11010118490101001"), "1850"),
        (fitting("11010100000101001"), "birth date"),
        (fitting("11010120230229001"), "birth date"),
        (fitting("81000119940823002"), "no region"),
        (fitting("91139819901231002"), "province"),
    ],
)
def test_what_cannot_be_a_number_is_refused_with_its_reason(number, why):
    """The reason names the part that is wrong and never holds the number."""
    with pytest.raises(NumberInvalid, match=why) as refused:
        check_resident_number(number.encode(), TODAY)

    assert not number or number not in str(refused.value)


def test_somebody_born_today_is_a_person():
    """A birth date is taken up to this very day; leap days exist."""
    check_resident_number(fitting("11010120261123001").encode(), TODAY)
    check_resident_number(fitting("11010120240229001").encode(), TODAY)


@pytest.mark.parametrize("full_width", ["１10101197810270029", "११०१०११९७८१०२७००२९"])
def test_digits_of_other_scripts_are_no_digits(full_width):
    """Only ASCII counts."""
    with pytest.raises(NumberInvalid):
        check_resident_number(full_width.encode(), TODAY)


def test_every_single_wrong_digit_is_found():
    """MOD 11-2 finds each substitution of one character."""
    for number in VALID:
        for place in range(18):
            for other in "0123456789X":
                if other == number[place]:
                    continue
                with pytest.raises(NumberInvalid):
                    check_resident_number((number[:place] + other + number[place + 1 :]).encode(), TODAY)


@given(st.binary(max_size=40))
def test_any_bytes_are_refused_or_real(data):
    """Nothing but NumberInvalid comes out, whatever a card says."""
    try:
        check_resident_number(data, TODAY)
    except NumberInvalid:
        return
    assert fitting(data[:17].decode()) == data.decode()


def test_the_masked_form_shows_three_characters():
    """One in front, two behind."""
    assert masked("11010519491231002X") == "1***************2X"
    assert masked(bytearray(b"11010519491231002X")) == "1***************2X"


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
