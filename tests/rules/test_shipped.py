"""The sets of rules that ship."""

import pytest
from gatehouse.rules import rule_file
from gatehouse.rules.rule_file import load


@pytest.mark.parametrize("name", rule_file.shipped())
def test_every_shipped_set_loads(name):
    """Under the name of its file."""
    assert load(name).name == name


def test_these_are_shipped():
    """The policies that stations have had."""
    assert rule_file.shipped() == ["beijing_72h", "green_all_heard", "green_only", "registration_only", "test_48h"]
