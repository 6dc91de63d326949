"""Synthetic cards have the layout of the real ones."""

import pytest
from gatetools.sim import cards


def field(card, first_byte, size):
    return card.text[first_byte : first_byte + size].decode("utf-16-le").rstrip()


def test_a_resident_card_has_each_field_at_its_place():
    """Offsets and lengths of GA/T 490."""
    card = cards.resident("11010519491231002X", valid_from=20200101, valid_to=20400101)

    assert 256 == len(card.text)
    assert "11010519491231002X" == field(card, 122, 36)
    assert "19491231" == field(card, 36, 16)
    assert "2" == field(card, 30, 2)
    assert "20200101" == field(card, 188, 16)
    assert "20400101" == field(card, 204, 16)
    assert b"\x20\x00" == card.text[248:250]


def test_an_unlimited_card_says_so_in_words():
    """长期 instead of a date."""
    assert "长期" == field(cards.resident("11010519491231002X"), 204, 16)


@pytest.mark.parametrize(
    ("card", "flag", "number"),
    [
        (cards.hmt_permit("810000199408230021"), "J", "810000199408230021"),
        (cards.foreign_2017(), "I", "KAZ110090123105"),
        (cards.foreign_2023(), "Y", "911398199012310021"),
        (cards.of_no_known_kind("11010519491231002X"), "Q", "11010519491231002X"),
    ],
)
def test_other_cards_carry_their_flag(card, flag, number):
    """The character at byte 248 tells the layout; the number stands where that layout has it."""
    assert 256 == len(card.text)
    assert flag == field(card, 248, 2)
    assert number == field(card, 122, 2 * len(number))


def test_the_photo_is_no_picture():
    """1024 bytes: the head of the picture format, then bytes that count by 25h."""
    assert 1024 == len(cards.PHOTO)
    assert bytes.fromhex("574C66007E00320000FF850B30557A9FC4E90E33") == cards.PHOTO[:20]


def test_a_card_does_not_show_itself():
    """No repr of a card holds its number."""
    assert "491231" not in repr(cards.resident("11010519491231002X"))
