"""The shape of an answer on a screen: names of fields, and nothing that could be somebody's."""

import pytest
from gatehouse.platforms.outline import outline


@pytest.mark.parametrize("key", ["data", "hsjcsj", "resultCode", "report_date", "x1", "healthStatusUpdateTime"])
def test_the_name_of_a_field_is_shown(key):
    assert outline({key: 1}) == [f"{key}: a number"]


@pytest.mark.parametrize(
    "key",
    [
        "11010119000101002X",
        "H12345678",
        "n110101190001010",
        "plain-test-key-0001",
        "9f86d081884c7d659a2feaa0c55ad015",
        "aGVsbG9fd29ybGRfaGVsbG9fd29ybGQ",
        "张三",
        "a b",
        "x\x1b[2J",
        "",
    ],
)
def test_whatever_else_stands_in_its_place_is_not(key):
    """Numbers, tokens, names, control characters: how long it is."""
    assert outline({key: {"a": 1}}) == [f"<a key of {len(key)}, which is no name>: a table", "  a: a number"]
