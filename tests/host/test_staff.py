"""What members of staff may say with an order: the ledger keeps their words, and no traveller's number with them."""

import pytest
from gatehouse.staff import Unsuitable, said_name, said_reason

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
)
WORDS = (
    "wheelchair",
    "school class 3b, 24 of them",
    "08:00-09:30",
    "一个人，带两个孩子",
    "see door 12, then 4",
    "½ of it",
)


@pytest.mark.parametrize("number", NUMBERS)
def test_somebodys_number_is_refused_however_it_is_written(number):
    """In a reason and in a name; the refusal does not repeat it."""
    for say in (said_reason, said_name):
        with pytest.raises(Unsuitable, match="somebody's number") as refused:
            say(number)
        assert number not in str(refused.value)


@pytest.mark.parametrize("text", WORDS)
def test_other_words_are_kept_as_they_are(text):
    """Small numbers and hours are nobody's."""
    assert said_reason(f"  {text} ") == text
