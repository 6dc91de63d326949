"""The text of a card of each kind, and texts that are none."""

from gate.readers import sam_v_text
from gatelink import codes
from sam_v_bench import KINDS, NUMBER, VECTORS, text_block

# Characters that a font or a list of characters may not have: private use, beyond the basic plane, controls, none.
RARE = ("\ue000\uf8ff", "\ud840\udc00", "\u3400", "\u00b7", "\u0001\u0007", "\uffff", "\0\0", "", "4A00J" * 3)


def taken(text):
    """(kind, number, valid until, valid from) of a text block, or None."""
    card = sam_v_text.card(text, sam_v_text.kind(text))
    return None if card is None else (card.kind, bytes(card.number), card.valid_until, card.valid_from)


def read(**fields):
    """(number, valid until) of a resident card, or None."""
    found = taken(text_block(**fields))
    return None if found is None else found[1:3]


def test_every_kind_gives_its_number_and_dates():
    for flag, kind, number in KINDS:
        text = text_block(number=number, flag=flag, valid_from="20180901", valid_to="20280901")
        assert len(text) == 256
        assert taken(text) == (kind, number.encode(), 20280901, 20180901), flag


def test_the_published_specimens_are_read():
    """Built by others from the published layouts."""
    found = [taken(bytes.fromhex(text)) for text in VECTORS["texts"]]
    assert found == [
        (codes.CARD_RESIDENT, b"11010519491231002X", 0, 20200101),
        (codes.CARD_HMT_PERMIT, b"810000199408230021", 20230901, 20180901),
    ]


def test_the_flag_tells_the_kind():
    """Looked at before anything else; an unknown one is no kind."""
    for flag, kind in (
        (" ", codes.CARD_RESIDENT),
        ("J", codes.CARD_HMT_PERMIT),
        ("I", codes.CARD_FOREIGN_2017),
        ("Y", codes.CARD_FOREIGN_2023),
        ("K", 0),
        ("j", 0),
        ("i", 0),
        ("\0", 0),
        ("\u4a20", 0),
        ("\u204a", 0),
        ("\uff29", 0),
    ):
        assert sam_v_text.kind(text_block(number="", flag=flag)) == kind, flag


def test_a_layout_under_another_flag_is_never_half_read():
    """Letters where digits belong give no card; a number of another kind keeps the kind of its flag."""
    for flag, _, number in KINDS:
        text = bytearray(text_block(number=number, flag=flag))
        for other, kind, _ in KINDS:
            text[248] = ord(other)
            found = taken(text)
            if "I" in (flag, other) and flag != other:
                assert found is None, (flag, other)
            else:
                assert found == (kind, number.encode(), 20300101, 20200101), (flag, other)


def test_no_character_of_a_name_matters():
    for flag, kind, number in KINDS:
        for name in RARE:
            text = text_block(number=number, flag=flag)
            raw = b"".join([bytes((ord(one) & 0xFF, ord(one) >> 8 & 0xFF)) for one in name])
            text = raw + text[len(raw) :]
            assert taken(text) == (kind, number.encode(), 20300101, 20200101), (flag, name)


def test_an_unlimited_card_is_valid_until_zero():
    """The two characters and spaces, nothing like them; of every kind."""
    for flag, _, number in KINDS:
        assert read(number=number, flag=flag, valid_to="\u957f\u671f") == (number.encode(), 0)
    for text in ("\u957f", "\u671f\u957f", "\u957f\u671f1", "\u957f\u671f\u957f", ""):
        assert read(valid_to=text) is None, text
        assert read(valid_from=text) is None, text
    assert read(valid_from="\u957f\u671f") is None


def test_a_date_must_be_one():
    """Eight digits, a month, a day; the first day of validity as well as the last."""
    assert read(valid_to="19991231") == (NUMBER, 19991231)
    assert read(valid_to="99991231") == (NUMBER, 99991231)
    for text in (
        "2030010",
        "2030 101",
        "20301301",
        "20300001",
        "20300132",
        "20300100",
        "00000000",
        "2030010a",
        "-2030101",
    ):
        assert read(valid_to=text) is None, text
        assert read(valid_from=text) is None, text


def test_the_last_character_may_be_an_x_of_either_size():
    """It comes out in upper case."""
    assert read(number="11010519491231002x") == (NUMBER, 20300101)
    assert read(number="110101197810270029") == (b"110101197810270029", 20300101)


def test_what_is_no_number_is_refused():
    """Too short, letters, an X in the wrong place, characters beyond a byte that end in a digit's."""
    for text in (
        "",
        "11010519491231002",
        "110105491231002",
        "1101051949123100 2X",
        "X10105194912310021",
        "1101051949123100A1",
        "11010519491231002Y",
        "11010519491231002\u0158",
        "\u013110105194912310021"[:18],
        "1101051949123100\u06602",
        "\0" * 18,
    ):
        for flag in (" ", "J", "Y"):
            assert read(number=text, flag=flag) is None, text
    for text in (
        "",
        "KAZ11009012310",
        "KAZ11009012310X",
        "kaz110090123105",
        "KA1110090123105",
        "110110090123105",
        "KAZA10090123105",
        "K\u0141Z110090123105",
        "KAZ1100901231\u06600",
        "'; --KAZ1100901",
    ):
        assert read(number=text, flag="I") is None, text


def test_binary_blocks_give_no_card():
    """Zeros, ones, counting bytes, seeded noise, a block that was not padded, under every flag."""
    state = 2017
    blocks = [bytes(256), b"\xff" * 256, bytes(range(256)), b"\x30\x00" * 122 + bytes(12)]
    for _ in range(60):
        noise = bytearray()
        for _ in range(256):
            state = state * 48271 % 0x7FFFFFFF
            noise.append(state >> 8 & 0xFF)
        blocks.append(bytes(noise))
    for flag in b" JIY":
        for block in blocks:
            text = bytearray(block)
            text[248], text[249] = flag, 0
            assert taken(text) is None
        unpadded = bytearray(text_block().replace(b"\x20\x00", b"\0\0"))
        unpadded[248:250] = bytes((flag, 0))
        assert (taken(unpadded) is None) == (flag == 0x49)  # number and dates fill their fields


def test_the_card_never_shows_its_number():
    """Not in its text form, and not in memory once wiped."""
    for flag, kind, number in KINDS:
        card = sam_v_text.card(text_block(number=number, flag=flag), kind)
        assert number[:6] not in repr(card) and number[:6] not in str(card)
        card.wipe()
        assert bytes(card.number) == bytes(len(number))
