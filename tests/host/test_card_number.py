"""Numbers of all kinds of card: what is one, which kind of card may have it, and what is said of one that is none."""

import datetime

import pytest
from gatehouse.card_number import FORM_OF_CARD, Form, check_card_number, check_number
from gatehouse.foreign_number import DIGITS, LETTERS, icao_check_digit
from gatehouse.number_parts import NumberInvalid
from gatelink import codes
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
    "KAZ110090123105",
    "911398199012310021",
    "911124198108030024",
]
RESIDENT = [number for number in VALID if number[0] in "134"]


def fitting(first_17):
    """The whole number with the check digit that belongs to it, by the standard's sum of powers of two."""
    total = sum(int(digit) * (2 ** (17 - place)) for place, digit in enumerate(first_17))
    return first_17 + "10X98765432"[total % 11]


@pytest.mark.parametrize("number", VALID)
def test_a_real_number_passes(number):
    """The standard's examples are taken, as bytes and as bytearray."""
    check_number(number.encode(), TODAY)
    check_number(bytearray(number.encode()), TODAY)


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
        (fitting("81010119940823002"), "no region"),
        (fitting("84000019940823002"), "no province"),
        ("KAZ110090123107", "check digit"),
        ("KAZ110090123109", "check digit"),
        ("KAQ110090123105", "no country"),
        ("kaz110090123105", "12 digits"),
        ("KAZ11009012310X", "12 digits"),
        ("KAZ810090123105", "province"),
        ("KAZ110090023105", "birth date"),
        ("KAZ110090123" + "1" * 4, "17 digits"),
        ("911398199012310022", "check digit"),
        (fitting("91199919901231002"), "no country"),
        (fitting("98139819901231002"), "no province"),
        (fitting("91139820271231002"), "future"),
        (fitting("91139819900231002"), "does not exist"),
    ],
)
def test_what_cannot_be_a_number_is_refused_with_its_reason(number, why):
    """The reason names the part that is wrong and never holds the number."""
    with pytest.raises(NumberInvalid, match=why) as refused:
        check_number(number.encode(), TODAY)

    assert not number or number not in str(refused.value)


def test_somebody_born_today_is_a_person():
    """A birth date is taken up to this very day; leap days exist."""
    check_number(fitting("11010120261123001").encode(), TODAY)
    check_number(fitting("11010120240229001").encode(), TODAY)


@pytest.mark.parametrize("full_width", ["１10101197810270029", "११०१०११९७८१०२७००२९"])
def test_digits_of_other_scripts_are_no_digits(full_width):
    """Only ASCII counts."""
    with pytest.raises(NumberInvalid):
        check_number(full_width.encode(), TODAY)


def test_every_single_wrong_digit_is_found():
    """MOD 11-2 finds each substitution of one character; it may not turn one form into another."""
    for number in VALID:
        if number[0] == "K":
            continue
        for place in range(18):
            for other in "0123456789X":
                if other == number[place]:
                    continue
                with pytest.raises(NumberInvalid):
                    check_number((number[:place] + other + number[place + 1 :]).encode(), TODAY)


@given(st.binary(max_size=40))
def test_any_bytes_are_refused_or_real(data):
    """Nothing but NumberInvalid comes out, whatever a card says."""
    try:
        check_number(data, TODAY)
    except NumberInvalid:
        return
    assert data[:3].isalpha() or fitting(data[:17].decode()) == data.decode()


@pytest.mark.parametrize(
    ("number", "form"),
    [
        ("11010519491231002X", Form.RESIDENT),
        (fitting("71000019940823002"), Form.RESIDENT),
        ("810000199408230021", Form.PERMIT),
        ("830000199201300022", Form.PERMIT),
        ("KAZ110090123105", Form.OLD_FOREIGN),
        ("911124198108030024", Form.NEW_FOREIGN),
    ],
)
def test_a_number_belongs_to_one_kind_of_card(number, form):
    """A permit's number on a resident's card is as wrong as the other way round."""
    assert check_number(number.encode(), TODAY) is form
    for card in [*FORM_OF_CARD, 0, codes.CARD_CODE, codes.CARD_UID, codes.CARD_WIEGAND, 255]:
        if FORM_OF_CARD.get(card) is form:
            check_card_number(card, number.encode(), TODAY)
        else:
            with pytest.raises(NumberInvalid, match="form"):
                check_card_number(card, number.encode(), TODAY)


def test_the_icao_check_digit_is_that_of_doc_9303():
    """The document's own examples: a document number, a birth date, an expiry date."""
    assert [icao_check_digit(text) for text in (b"L898902C3", b"740812", b"120415")] == [6, 2, 9]


@pytest.mark.parametrize("place", range(3, 15))
def test_most_wrong_digits_of_an_old_foreign_number_are_found(place):
    """7-3-1 modulo 10 finds every single wrong digit: its weights have no factor in common with 10."""
    number = "KAZ110090123105"
    for other in "0123456789":
        if other != number[place]:
            with pytest.raises(NumberInvalid):
                check_number((number[:place] + other + number[place + 1 :]).encode(), TODAY)


def test_an_old_foreign_number_may_be_of_either_century():
    """05 is 2005 or 1905; a day that only one of them has had is taken in that one."""
    for date in ("050101", "261123", "261124", "000229"):
        first = f"ATA1100{date}1"
        check_number(f"{first}{icao_check_digit(first.encode())}".encode(), TODAY)
    for date in ("010229", "991301", "000000"):
        first = f"ATA1100{date}1"
        with pytest.raises(NumberInvalid, match="birth date"):
            check_number(f"{first}{icao_check_digit(first.encode())}".encode(), TODAY)


def test_countries_are_known_and_ended_ones_too():
    """A country may end, a number stays."""
    assert {b"KAZ", b"CAN", b"ATA", b"SCG", b"YUG"} <= LETTERS
    assert {b"398", b"124", b"010", b"891", b"736", b"729"} <= DIGITS
    assert not {b"XYZ", b"AAA"} & LETTERS
    assert not {b"000", b"999"} & DIGITS
