"""The screen on terminals of any width: lanes and their states first, then what there is room for."""

import io
import time

import pytest
from gatehouse import words
from gatehouse.scene import Lane, Scene, Traveller
from gatehouse.watch.operator import CHOICE_LINES, NoRoom, Operator
from gatehouse.watch.screen import Screen
from gatelink import codes
from rich.cells import cell_len
from rich.console import Console


def drawn(scene, lang, width, operator=None, height=24, news=()):
    """The lines on a terminal of that size."""
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    console.print(Screen(lang).draw(scene, operator or Operator(), news, console.size, connected=True))
    return console.file.getvalue().splitlines()


def lane(name, state):
    now_s = time.time()
    last = Traveller((1, 1), "1***************21", codes.REFER, codes.REASON_NOT_FOUND, now_s)
    return Lane(name, up=True, link_since_s=now_s, state=state, state_since_s=now_s, traveller=last)


@pytest.mark.parametrize("width", [20, 30, 39])
@pytest.mark.parametrize("state", words.LANE_STATES)
def test_each_state_can_be_read_on_a_narrow_terminal(width, state):
    """In the language that was asked for; of both at once the first word at least, where the second finds no room."""
    scene = Scene({name: lane(name, state) for name in ("A1", "B2")})
    chinese, english = words.LANE_STATES[state]
    for lang, whole in (("zh", chinese), ("en", english), ("both", chinese)):
        lines = drawn(scene, lang, width)
        for name in scene.lanes:
            (row,) = [line for line in lines if line.startswith(name)]
            assert row.removeprefix(name).strip().startswith(whole)
        assert max(map(cell_len, lines)) <= width


def test_who_came_last_is_shown_where_there_is_room():
    """The traveller at the width of a small terminal, the last order beside it on a larger one."""
    scene = Scene({"A1": lane("A1", 0)})
    for width, headings in ((20, 2), (30, 2), (45, 3), (80, 4), (150, 4)):
        (heading,) = [line for line in drawn(scene, "en", width) if line.startswith("lane")]
        assert [word in heading for word in ("state", "traveller", "last order")].count(True) == headings - 1


@pytest.mark.parametrize("width", [1, 2, 5, 19])
def test_no_width_is_an_error_and_no_name_hides_the_state(width):
    """A lane of forty letters takes half of the screen at most."""
    scene = Scene({"L" * 40: lane("L" * 40, 11)})
    operator = Operator()
    for key in "owhy":
        operator.press(key, scene)
    assert max(map(cell_len, drawn(scene, "both", width, operator))) <= width
    assert any(line.startswith("LLLLLLL…  out of") for line in drawn(scene, "en", 20))


def test_an_acknowledged_fault_stays_on_the_screen_until_its_part_works():
    """As a line without a number, below the alarms; while the alarm stands it says so itself."""
    scene = Scene({"A1": lane("A1", 0)})
    about = {"what": codes.FAULT_READER_SILENT, "detail": 256 * codes.READER_SAM_V}
    alarm = {"alarm": 7, "about": "x", "text": "A1: reader silent", "text_zh": "A1", "cause": "A1 reader 1"}
    scene.give({"event": "alarm", "lane": "", **alarm})
    scene.give({"event": "fault", "lane": "A1", **about})
    said = "A1: reader does not answer, being reset (card module) - acknowledged, still so"
    assert not any(said in line for line in drawn(scene, "en", 120))
    scene.give({"event": "acknowledged", "lane": "", "alarm": 7})
    assert any(said in line for line in drawn(scene, "en", 120))
    scene.give({"event": "fault", "lane": "A1", **about, "what": codes.FAULT_READER_BACK})
    assert not any(said in line for line in drawn(scene, "en", 120))


@pytest.fixture
def busy():
    """Eight lanes, three who wait, three alarms."""
    scene = Scene({f"L{number}": lane(f"L{number}", 0) for number in range(8)})
    for number in range(3):
        event = {"event": "tap", "lane": f"L{number}", "tap": [1, 1], "masked": "code", "before": None}
        scene.give(event | {"verdict": codes.REFER, "reason": codes.REASON_NOT_FOUND})
        alarm = {"alarm": number + 1, "about": f"x{number}", "text": "broken", "text_zh": "坏了"}
        scene.give({"event": "alarm", "lane": "", **alarm})
    return scene


@pytest.mark.parametrize("height", range(CHOICE_LINES, 30))
def test_what_is_asked_is_seen_whole_on_a_low_terminal(busy, height):
    """All choices, the question of an order, what was said last: nothing of them is below the last line."""
    news = [("旧", "old"), ("新", "newest")]
    chooser, asker = Operator(height), Operator(height)
    chooser.press("t", busy)
    asker.press("o", busy)
    lines = drawn(busy, "both", 80, chooser, height, news)
    assert len(lines) <= height
    assert [line.split()[0] for line in lines[-5:]] == list("12345")
    lines = drawn(busy, "both", 80, asker, height, news)
    assert len(lines) <= height
    assert ["reason" in lines[-2], lines[-1].strip(), "newest" in lines[-3]] == [True, "_", True]
    assert any(line.startswith("L0 ") for line in lines)


@pytest.mark.parametrize("height", [1, 2, CHOICE_LINES - 1])
def test_nobody_chooses_what_is_not_shown(busy, height):
    """The key does nothing but say so, also where the window has shrunk since it was pressed."""
    operator = Operator(height)
    assert operator.press("t", busy) == NoRoom()
    assert (operator.order, operator.chooses) == ("", False)
    assert len(drawn(busy, "both", 80, operator, height, [("矮", "low")])) <= height
    operator.lines = CHOICE_LINES
    operator.press("t", busy)
    operator.lines = height
    assert operator.press("1", busy) == NoRoom()
    assert (operator.order, operator.grounds) == ("", None)
