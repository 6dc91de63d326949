"""What the documents tell people to type exists."""

import json
import re
import shlex
from pathlib import Path

import click
import pytest
from gate.rules import STATION, limits
from gate.settings import LISTS, NUMBERS, WORDS
from gatehouse.cli import main as gatehouse
from gatetools.cli import main as gate

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {"gatehouse": gatehouse, "gate": gate}
DOCUMENTS = sorted(path for path in ROOT.glob("*.md")) + [
    ROOT / "firmware" / "README.md",
    ROOT / "host" / "gatehouse" / "platforms" / "README.md",
    ROOT / "host" / "gatehouse" / "bundles" / "README.md",
]
TYPED = re.compile(r"(?:^|`)((?:gatehouse|gate) [a-z][^`\n#>|]*)", re.MULTILINE)


def typed(document):
    """Every command line that a document shows, in code blocks and in code spans."""
    return [found.strip() for found in TYPED.findall(document.read_text(encoding="utf-8"))]


def resolve(line):
    """The click command that a line runs and the options it uses; KeyError names a missing command."""
    program, *words = shlex.split(line)
    command, path = COMMANDS[program], [program]
    while words and isinstance(command, click.Group):
        path.append(words[0])
        if words[0] not in command.commands:
            raise KeyError(" ".join(path))
        command = command.commands[words.pop(0)]
    return command, [word.split("=")[0] for word in words if word.startswith("--") and word != "--help"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_in_the_documents_exists(document):
    """Commands and options that people are told to type are there."""
    for line in typed(document):
        command, options = resolve(line.removesuffix("--help"))
        known = {name for parameter in command.params for name in parameter.opts}

        assert set(options) <= known, line


def test_the_readme_shows_commands_at_all():
    """The search above finds what is there."""
    assert len(typed(ROOT / "README.md")) >= 6


def test_make_knows_what_the_readme_asks_of_it():
    """Each `make` target in the README is in the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    wanted = set(re.findall(r"make ([a-z]+)", (ROOT / "README.md").read_text(encoding="utf-8"))) - {"the"}

    assert [] == [target for target in wanted if not re.search(rf"^{target}:", makefile, re.MULTILINE)]


def test_the_firmwares_readme_says_how_a_gate_can_be_wired():
    """Each setting of the gate's own that no station tells it, with every word that it allows."""
    read = (ROOT / "firmware" / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", read, re.MULTILINE))
    numbers = {name: edges for name, edges in limits(NUMBERS).items() if name not in limits(STATION)}

    assert [name for name, words in WORDS.items() if rows.get(name) != json.dumps(words)[1:-1]] == []
    assert {name for name in LISTS if name not in rows} == set()
    for name, edges in numbers.items():
        assert all(str(edge) in rows[name] for edge in edges), name
