"""Names that are nobody's at the station are told: a rule that is mistyped never fires."""

import pytest
from gatehouse.rules.rule_file import load, text_of
from gatehouse.rules.strangers import strangers

RULE = """
[[rule]]
name = "special"
zh = "特别"
en = "special"
{condition}
because = "rule"
then = "deny"
"""


@pytest.fixture
def told(tmp_path):
    """What is said of a rule with this condition, at a station with a list, two platforms, two lanes."""

    def tell(condition, lists=frozenset(("crew",))):
        head, mark, rest = text_of("green_only").partition("[[rule]]")
        file = tmp_path / "rules.toml"
        file.write_text(head + RULE.format(condition=condition) + mark + rest, encoding="utf-8")
        return [english for _, english in strangers(load(file), lists, ("guangdong", "national"), ("A1", "B2"))]

    return tell


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ('list_any = ["bared"]', 'rule "special" names the list bared, on which nobody is'),
        ('list_none = ["crew", "screw"]', "the list screw"),
        ('lane = ["Z9"]', "names the lane Z9, for which no gate is enrolled"),
        ('source = ["gaungdong"]', "Did you mean guangdong?"),
        ('silent_none = ["nationall"]', "Did you mean national?"),
    ],
)
def test_a_name_that_is_nobodys_is_told_with_its_rule(told, condition, says):
    assert len(told(condition)) == 1
    assert says in told(condition)[0]


@pytest.mark.parametrize(
    "condition", ['list_any = ["crew"]', 'lane = ["A1", "B2"]', 'source = ["guangdong", "office"]', 'state = ["red"]']
)
def test_what_is_known_here_is_not(told, condition):
    """Nor a source of an import, which is named as its office likes."""
    assert told(condition) == []


def test_lists_that_cannot_be_looked_at_are_told_elsewhere(told):
    assert told('list_any = ["crew"]', None) == []
