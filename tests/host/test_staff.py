"""What members of staff may say with an order: the ledger keeps their words, and no traveller's number with them."""

import random

import pytest
from gatehouse.staff import Unsuitable, said_name, said_reason
from gatetools.sim.people import Kind, number_from

NUMBERS = (
    "110105194912310021",
    "card 110105 19491231 002X",
    "1,1,0,1,0,5,1,9",
    "1. 1. 0. 1. 0. 5. 1. 9",
    "1_1_0_1_0_5_1_9",
    "138/0013/8000",
    "１１０１０５１９",
    "①①⓪①⓪⑤①⑨",
    "一一〇一〇五一九",
    "壹壹零壹零伍壹玖",
    "١١٠١٠٥١٩",
    "110:101:199:003:077:758",
    "110 / 101 / 199 / 003 / 077 / 758",
    "a1b1c0d1e0f1g1h9i9j0",
    "a1 b1 c0 d1 e0 f1 g1 h9 i9 j0",
    "11x01x05x19x49x12x31",
    "一a一b〇c一d〇e五f一g九h四i九",
    "11:01 01:19 90:03 07:77 58",
    "110101 1990-03-07 7758",
    "110101-1990-03-07-7758",
    "EA1234567 Zhang San",
    "ea1234567",
    "ＥＡ１２３４５６７",
    "EA 1234567",
    "E12345678",
    "E2026-11-25",
    "12AB34567",
    "H12345678",
    "M1234567801",
    "A123456(7)",
    "A123456",
    "T 1234 5678",
    "810000199408230021",
    "CHN110090123105",
    "telephone 6512345",
    "20261125",
)
WORDS = (
    "wheelchair",
    "school class 3b, 24 of them",
    "08:00-09:30",
    "一个人，带两个孩子",
    "see door 12, then 4",
    "½ of it",
    "wheelchair, 2 bags",
    "train G1234",
    "trains G1234, D5678",
    "flight CA1234, seat 31F",
    "gate 12 at 08:30",
    "gate 12 at 8:30pm",
    "2026-11-25",
    "2026/11/25, 25.11.2026",
    "school trip 2026-11-25, 08:00-09:30, 24 children",
    "３号门，０８：３０",
    "2026年11月25日上午8点30分至9点，3号门",
    "2026年11月25日8点30分",
    "11月25日 08:30-9点",
    "11月25日，2件行李",
    "lanes A1, A2, A3, B1, B2, B3",
    "doors 1, 2, 3, 4, 5, 6",
    "ticket 123456",
    "一位老人和一个孩子，一起从三号门进",
)


@pytest.mark.parametrize("number", NUMBERS)
def test_somebodys_number_is_refused_however_it_is_written(number):
    """In a reason and in a name; the refusal does not repeat it."""
    for say in (said_reason, said_name):
        with pytest.raises(Unsuitable, match="somebody's number") as refused:
            say(number)
        assert number not in str(refused.value)
        assert "Seven digits together, ten in all, or six in a word with letters" in str(refused.value)


@pytest.mark.parametrize("text", WORDS)
def test_other_words_are_kept_as_they_are(text):
    """Small numbers and hours are nobody's."""
    assert said_reason(f"  {text} ") == text


@pytest.mark.parametrize("between", ["", " :", "-/. ", "年月日点分:", "ab ", "中 "])
def test_no_identity_cards_number_gets_through_by_what_stands_between_its_digits(between):
    """Of every kind of card, any of these or nothing behind each character; the seed is the test's own."""
    chance = random.Random(between)
    for _ in range(300):
        number = number_from(chance, chance.choice(list(Kind)))
        text = "".join(character + chance.choice(["", *between]) for character in number)
        with pytest.raises(Unsuitable, match="somebody's number"):
            said_reason(text)
