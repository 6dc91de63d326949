"""Classes that bring nothing are left out of a gate; those that anything else names stay."""

from gatetools.bases import without_empty
from gatetools.build import folded_sources

KINDS = '''"""Doc."""


class Fact:
    """Base."""


class Error(Exception):
    """Has a base of its own."""


class Seen(Fact):
    def __init__(self, card: "Fact") -> None:
        self.card = card


class Gone(Error):
    """Nothing."""
'''


def test_a_base_that_brings_nothing_is_gone_and_lines_stay():
    sources = {
        "kinds": KINDS,
        "user": "from kinds import Fact\n\n\nclass Other(Fact):\n    x = 1\n\n\ndef f(x: Fact) -> Fact:\n    y = 1\n",
        "other": "import os\nfrom package import kinds\n\n\nclass Third(kinds.Fact):\n    y = 1\n",
    }
    made = without_empty(sources)

    assert "class Fact" not in made["kinds"]
    assert "class Seen:" in made["kinds"]
    assert "class Gone(Error):" in made["kinds"]
    assert "class Other:" in made["user"]
    assert "class Third(kinds.Fact):" in made["other"]  # another package's
    assert all(made[name].count("\n") == text.count("\n") for name, text in sources.items())


def test_one_that_is_asked_for_stays():
    """By a check of type, in a table, through its module, and by a program that runs beside."""
    for user in (
        "from kinds import Fact\nisinstance(1, Fact)\n",
        "from kinds import Fact as F\nTABLE = {F: 1}\n",
        "from package import kinds\nisinstance(1, kinds.Fact)\n",
    ):
        name = "package.kinds" if "package" in user else "kinds"
        assert without_empty({name: KINDS, "user": user})[name] == KINDS
    assert without_empty({"kinds": KINDS}, ["from kinds import Fact\n"])["kinds"] == KINDS


def test_a_gate_has_none():
    """And what only named one is not loaded."""
    found = folded_sources()

    assert "gatelink.suite" not in found
    assert "(" not in next(line for line in found["gate.suite"].split("\n") if line.startswith("class "))
