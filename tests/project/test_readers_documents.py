"""What the documents say of readers, cards and signs is what the product does: it cannot lag."""

import datetime
import importlib
import json
import re
from pathlib import Path

import pytest
from boards import devkit, lane_a
from gate.chosen import PORTS
from gate.rules import limits
from gate.settings import NUMBERS, SIGN_BAUD, SIGN_PORT, SIGNS, Settings, SettingsInvalid
from gate.signs import assembly
from gatehouse.importing import CsvImport
from gatehouse.register import Register
from gatehouse.settings import CardSettings
from gatelink.limits import GATE_BODY_MAX_BYTES, PRESENTED_MAX_BYTES

ROOT = Path(__file__).resolve().parents[2]
BOARDS = {"lane_a": lane_a, "devkit": devkit}
READMES = ("README.md", "README.zh-CN.md")
GUIDE = "gate/readers/README.md#write-your-own-in-100-lines"
WIRED = "hardware/README.md#which-reader-goes-where"


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def section(name, heading):
    """What stands under a heading."""
    (found,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", text(name), re.MULTILINE | re.DOTALL)
    return found


def rows(part):
    """The cells of each row of the tables in a part, headings apart."""
    lines = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ")]
    return [cells for cells in lines if not cells[0].startswith(("---", "name", "settings.json"))]


WIRING = section("hardware/README.md", "Which reader goes where")


def test_every_reader_has_its_port_its_pins_and_its_rate():
    """On each board: the pins of the board's file and no others."""
    found = {cells[0]: cells for cells in rows(WIRING) if not cells[0].startswith("`{")}
    usual = {name: edges[2] for name, edges in limits(NUMBERS).items()}
    assert set(found) == {f"`{name}`" for name in PORTS} | {", ".join(f"`{sign}`" for sign in sorted(SIGNS)[::-1])}
    for name, port in PORTS.items():
        _, _, said, *pins, rate = found[f"`{name}`"]
        assert said == f"`{port}`"
        assert rate == (f"`{name}_baud`, {usual[f'{name}_baud']}" if f"{name}_baud" in usual else "none")
        signals = [f"{port}_D0", f"{port}_D1"] if port == "WIEGAND" else [f"{port}_TX", f"{port}_RX"]
        signals += [f"{port}_RESET"] if name == "pn532" else []
        for board, cell in zip(BOARDS.values(), pins, strict=True):
            numbers = [int(number) for number in re.findall(r"(?<![\w.])\d+(?!\w)", cell)]
            assert numbers == [getattr(board, signal) for signal in signals], (name, cell)


def test_a_sign_hangs_at_the_transmit_line_of_its_port():
    """At its own rate."""
    (cells,) = [cells for cells in rows(WIRING) if "voice" in cells[0] and not cells[0].startswith("`{")]
    assert cells[2].startswith(f"`{SIGN_PORT}`")
    assert cells[5] == str(SIGN_BAUD)
    assert (assembly.SIGN_PORT, assembly.SIGN_BAUD) == (SIGN_PORT, SIGN_BAUD)
    for board, cell in zip(BOARDS.values(), cells[3:5], strict=True):
        assert str(board.QR_TX) in cell


@pytest.mark.parametrize("board", BOARDS)
def test_combinations_are_accepted_and_refused_as_it_is_said(board):
    """By the gate's own settings; of a refusal the words that name its cause are the gate's."""
    judged = [cells for cells in rows(WIRING) if cells[0].startswith("`{")]
    assert [cells[1] for cells in judged].count("refused") == 6
    for shown, verdict, why in judged:
        values = json.loads(shown.strip("`"))
        if verdict == "accepted":
            Settings(values, BOARDS[board])
            continue
        with pytest.raises(SettingsInvalid) as refused:
            Settings(values, BOARDS[board])
        cause = re.search(r"name one at least|both need port \w+|listens at \d+ Bd", str(refused.value))
        assert cause, refused.value
        assert cause[0] in why


@pytest.mark.parametrize("name", READMES)
def test_the_readmes_name_what_a_station_may_connect_and_where_it_is_set(name):
    """Every reader and sign, the settings for cards and signs, the marks of an import, the key for travellers."""
    heading = {"README.md": "Readers, cards and signs", "README.zh-CN.md": "读卡器、证件与提示"}[name]
    part = section(name, heading)
    wanted = {*PORTS, *SIGNS, "[cards]", "[signs]", "gate prompts"}
    assert wanted - set(re.findall(r"`([^`]+)`", part)) == set()
    assert str(PRESENTED_MAX_BYTES) in part
    for link in (f"firmware/{GUIDE}", WIRED, "firmware/README.md#settings"):
        assert f"]({link})" in part
    (watch,) = re.findall(r"^gatehouse watch +# .*$", text(name), re.MULTILINE)
    assert re.search(r"\bt (answers|键)", watch)
    assert text(name).count("\n") < 120


@pytest.mark.parametrize("name", READMES)
def test_the_rows_that_the_readmes_show_can_be_imported(name, tmp_path):
    """As they stand there."""
    (shown,) = re.findall(r"^```csv\n(.*?)^```$", text(name), re.MULTILINE | re.DOTALL)
    file = tmp_path / "people.csv"
    file.write_text(shown, encoding="utf-8")
    register = Register(tmp_path / "register.db", b"k" * 32)
    now = datetime.datetime(2026, 2, 1, tzinfo=datetime.UTC)
    loaded = CsvImport(file, b"k" * 32, "test", now).run(register, lambda _done: None)
    register.close()
    assert loaded.rows == 3


def test_both_readmes_show_the_same_commands():
    """From a bare board to a served lane; what they say about them is theirs."""
    shown = []
    for name in READMES:
        lines = re.findall(r"^((?:gatehouse|gate|make) [^#\n]*)", text(name), re.MULTILINE)
        shown.append([re.sub(r'"[^"]*"', '""', line).strip() for line in lines])
    assert shown[0] == shown[1]


def test_by_itself_no_copied_card_opens():
    """As the READMEs say: nothing unless set."""
    assert {str(value) for value in CardSettings().model_dump().values()} == {"refer"}


def test_every_file_of_the_readers_and_signs_is_named():
    """In ARCHITECTURE.md, with what it holds and with a model that is there."""
    part = section("ARCHITECTURE.md", "Readers and signs")
    for folder in ("readers", "signs"):
        for path in (ROOT / "firmware" / "gate" / folder).glob("*.py"):
            assert f"`{path.name}` " in part or f"`{path.name}`, " in part, path.name
    for model in re.findall(r"`(sim/\w+\.py)`", part):
        assert (ROOT / "tools" / "gatetools" / model).exists(), model
    named = set(re.findall(r"`(\w+)\.py`", part))
    there = {path.stem for path in ROOT.glob("firmware/gate/*/*.py")}
    assert {name for name in named if name not in there} == set()
    for name in PORTS:
        assert importlib.import_module(f"gate.readers.{name}").Driver


def test_a_reader_of_ones_own_takes_a_hundred_lines():
    """What is copied as the guide says: code and its contracts, empty lines and comments apart."""
    lines = [line.strip() for line in text("firmware/gate/readers/template.py").splitlines()]
    assert len([line for line in lines if line and not line.startswith("#")]) <= 100
    assert "100 lines" in text("firmware/gate/readers/README.md")


def test_the_firmwares_readme_names_every_file_of_the_gate():
    """Each with when to look there; the template belongs to the guide."""
    read = text("firmware/README.md")
    files = {path.name for path in ROOT.glob("firmware/gate/**/*.py")} - {"template.py"}
    assert {name for name in files if not re.search(rf"\b{re.escape(name)}`", read)} == set()
    assert "](gate/readers/README.md)" in read


def test_how_long_a_code_may_be_is_said_as_it_is():
    """To who wires a gate, and to who imports codes."""
    part = section("firmware/README.md", "The QR module")
    assert f"{PRESENTED_MAX_BYTES} bytes at most" in part
    assert f"{GATE_BODY_MAX_BYTES} at most" in part
    assert f"2 to {PRESENTED_MAX_BYTES} bytes" in " ".join(text("host/gatehouse/commands/register.py").split())


def test_links_lead_to_headings_that_exist():
    """The part behind # too, as GitHub makes it of a heading."""
    broken = []
    for path in [
        *ROOT.glob("*.md"),
        *ROOT.glob("firmware/**/*.md"),
        *ROOT.glob("hardware/*.md"),
        ROOT / "tools/README.md",
    ]:
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", path.read_text(encoding="utf-8")):
            there = path if not target else path.parent / target
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            if anchor not in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}:
                broken.append((path.name, target, anchor))
    assert broken == []
