"""What is fast for many numbers says what is said of one."""

import datetime
import hmac

import pytest
from gatehouse.card_number import check_number
from gatehouse.known_parts import KnownParts
from gatehouse.number_parts import NumberInvalid
from gatehouse.person import Pseudonyms
from hypothesis import given
from hypothesis import strategies as st

TODAY = datetime.date(2026, 11, 23)
REGIONS = ("110101", "440106", "710000", "990101", "810000", "110１01")
BIRTHS = ("19900101", "20000229", "19000229", "20270101", "１9900101")
numbers = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(REGIONS),
    st.sampled_from(BIRTHS),
    st.from_regex(r"[0-9]{2,4}", fullmatch=True),
    st.sampled_from("0123456789Xx "),
)


@pytest.fixture(scope="module")
def parts():
    """All parts known that can be: of residents of two regions and two birth dates."""
    known = KnownParts(TODAY)
    for number in ("11010119900101001", "44010620000229002"):
        for last in "0123456789X":
            try:
                known.check(number + last)
            except NumberInvalid:
                continue
    return known


@given(number=numbers)
def test_parts_make_up_a_number_only_where_it_can_exist(parts, number):
    """Of any parts, good and bad ones mixed; what is not known is for `check`, which knows all forms."""
    try:
        check_number(number.encode("ascii", "replace"), TODAY)
        sound = True
    except NumberInvalid:
        sound = False

    made_up = parts.make_up(number)
    assert sound or not made_up
    known = number[:6] in ("110101", "440106") and number[6:14] in ("19900101", "20000229")
    assert made_up == (sound and known)


@given(key=st.binary(max_size=64), number=st.binary(max_size=400))
def test_pseudonyms_of_many_are_those_of_one(key, number):
    """Python's own HMAC is the other witness."""
    assert Pseudonyms(key).of(number) == hmac.digest(key, number, "sha256")[:16]


def test_a_key_that_is_longer_than_a_block_is_refused():
    """It would have to be hashed first, and no key of ours is so long."""
    with pytest.raises(ValueError, match="longer than a block"):
        Pseudonyms(bytes(65))
