"""The text of a card, and texts that are none."""

from gate.readers import sam_v_text
from gatelink import codes
from sam_v_bench import NUMBER, text_block


def read(**fields):
    """(number, valid until) of a resident card, or None."""
    card = sam_v_text.resident(text_block(**fields))
    return None if card is None else (bytes(card.number), card.valid_until)


def test_a_resident_card_gives_number_and_date():
    """And nothing else."""
    card = sam_v_text.resident(text_block())

    assert (card.kind, bytes(card.number), card.valid_until) == (codes.CARD_RESIDENT, NUMBER, 20300101)


def test_the_flag_tells_the_kind():
    """Looked at before anything else; an unknown one is no kind."""
    for flag, kind in (
        (" ", codes.CARD_RESIDENT),
        ("J", codes.CARD_HMT_PERMIT),
        ("I", codes.CARD_FOREIGN_2017),
        ("Y", codes.CARD_FOREIGN_2023),
        ("K", 0),
        ("\0", 0),
        ("\u4a20", 0),
        ("\u204a", 0),
    ):
        assert sam_v_text.kind(text_block(flag=flag)) == kind, flag


def test_an_unlimited_card_is_valid_until_zero():
    """The two characters and spaces, nothing like them."""
    assert read(valid_to="\u957f\u671f") == (NUMBER, 0)
    for text in ("\u957f", "\u671f\u957f", "\u957f\u671f1", "\u957f\u671f\u957f", ""):
        assert read(valid_to=text) is None, text


def test_a_date_must_be_one():
    """Eight digits, a month, a day."""
    assert read(valid_to="19991231") == (NUMBER, 19991231)
    assert read(valid_to="99991231") == (NUMBER, 99991231)
    for text in ("2030010", "2030 101", "20301301", "20300001", "20300132", "20300100", "00000000", "2030010a"):
        assert read(valid_to=text) is None, text


def test_the_last_character_may_be_an_x_of_either_size():
    """It comes out in upper case."""
    assert read(number="11010519491231002x") == (NUMBER, 20300101)
    assert read(number="110101197810270029") == (b"110101197810270029", 20300101)


def test_what_is_no_number_is_refused():
    """Too short, letters, an X in the wrong place, characters beyond a byte that end in a digit's."""
    for text in (
        "",
        "11010519491231002",
        "1101051949123100 2X",
        "X10105194912310021",
        "1101051949123100A1",
        "11010519491231002Y",
        "11010519491231002\u0158",
        "\u013110105194912310021"[:18],
        "1101051949123100\u06602",
    ):
        assert read(number=text) is None, text


def test_the_card_never_shows_its_number():
    """Not in its text form, and not in memory once wiped."""
    card = sam_v_text.resident(text_block())
    assert "1101" not in repr(card) and "1101" not in str(card)
    card.wipe()
    assert bytes(card.number) == bytes(18)
