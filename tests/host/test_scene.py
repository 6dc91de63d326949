"""Whom staff see waiting, whom they have answered for, and what stands broken: from events alone."""

import io
import json
import re
import time

import pytest
from gatehouse import faults, gates_view
from gatehouse.commands import lane
from gatehouse.happenings import Happenings
from gatehouse.scene import WAITS_S, Scene
from gatelink import codes
from rich.console import Console

CODE, STAFF_CARD, CARD = "code", "********", "1***************21"


@pytest.fixture
def scene():
    made = Scene()
    made.settle(["A1", "B2"])
    return made


def tap(scene, counter, masked, verdict=codes.REFER, before=None, lane="A1"):
    event = {"event": "tap", "lane": lane, "tap": [1, counter], "masked": masked, "before": before}
    scene.give(event | {"verdict": verdict, "reason": codes.REASON_NOT_FOUND})


def waiting(scene):
    return [(one.lane, one.tap) for one in scene.waiting]


@pytest.mark.parametrize("masked", [CODE, STAFF_CARD, CARD])
@pytest.mark.parametrize("verdict", [codes.ALLOW, codes.DENY])
def test_nobody_is_forgotten_because_of_somebody_who_looks_the_same(scene, masked, verdict):
    """All codes are shown alike, and all cards of staff; of numbers some."""
    tap(scene, 1, masked)
    tap(scene, 2, masked)
    tap(scene, 3, masked, verdict)
    assert waiting(scene) == [("A1", (1, 1)), ("A1", (1, 2))]


@pytest.mark.parametrize("masked", [CODE, STAFF_CARD, CARD])
def test_who_comes_again_waits_once_or_no_more(scene, masked):
    """By the house's word for it; at that lane alone."""
    tap(scene, 1, masked, lane="B2")
    tap(scene, 1, masked)
    tap(scene, 2, masked)
    tap(scene, 3, masked, before=[1, 1])
    assert waiting(scene) == [("B2", (1, 1)), ("A1", (1, 2)), ("A1", (1, 3))]
    tap(scene, 4, masked, codes.ALLOW, before=[1, 3])
    assert waiting(scene) == [("B2", (1, 1)), ("A1", (1, 2))]


@pytest.mark.parametrize("before", [7, "x", [1], [1, "2"], {"a": 1}])
def test_an_odd_word_of_who_came_before_removes_nobody(scene, before):
    """An event of another form is dropped as a whole."""
    tap(scene, 1, CODE)
    tap(scene, 2, CODE, codes.ALLOW, before=before)
    assert waiting(scene) == [("A1", (1, 1))]


def give_order(scene, tap, what=codes.ORDER_OPEN_ONCE, lane="A1"):
    words = {"who": "Wang", "reason": "", "grounds": "child", "tap": tap}
    scene.give({"event": "ordered", "lane": lane, "order": 9, "what": what, **words})
    scene.give({"event": "order", "lane": lane, "order": 9, "outcome": codes.COMPLETION_DONE})


def test_whom_staff_answer_for_is_known_while_one_waits_at_a_lane(scene):
    """Not of nobody, not of two, not of another lane's, not of one who has gone."""
    now_s = time.time()
    assert scene.answered_for("A1", now_s) is None
    tap(scene, 1, CODE)
    assert scene.answered_for("A1", now_s) == (1, 1)
    assert scene.answered_for("B2", now_s) is None
    assert scene.answered_for("A1", now_s + WAITS_S + 1) is None
    tap(scene, 2, CODE)
    assert scene.answered_for("A1", now_s) is None


def test_an_answer_ends_the_wait_of_the_one_it_was_for(scene):
    """Where it names none, of the one who waits longest there; one who is not there any more takes nobody along."""
    for counter in (1, 2, 3):
        tap(scene, counter, CODE)
    tap(scene, 1, CODE, lane="B2")
    give_order(scene, [1, 2])
    assert waiting(scene) == [("A1", (1, 1)), ("A1", (1, 3)), ("B2", (1, 1))]
    give_order(scene, [1, 7])
    give_order(scene, None, codes.ORDER_HOLD_OPEN)
    assert len(waiting(scene)) == 3
    give_order(scene, None)
    assert waiting(scene) == [("A1", (1, 3)), ("B2", (1, 1))]


SILENT, BACK, SELF_TEST = codes.FAULT_READER_SILENT, codes.FAULT_READER_BACK, codes.FAULT_READER_SELF_TEST
MODULE, PN532 = 256 * codes.READER_SAM_V, 256 * codes.READER_PN532


@pytest.fixture
def house(scene):
    """Tells a scene and the standings what a gate says."""
    told = Happenings(None)
    told.listen(scene)
    return told


def stands(house, scene):
    """What both hold of lane A1, by name."""
    of_scene, of_standing = scene.lanes["A1"].faults, house.standings.of("A1").faults
    assert of_scene == of_standing
    return faults.said(of_scene)


def test_a_fault_stands_until_its_part_works_again(house, scene):
    """By name in both languages, its last word; an acknowledgement changes nothing; each part is for itself."""
    for what, detail in ((SILENT, MODULE), (SELF_TEST, MODULE + 96), (SILENT, PN532), (codes.FAULT_JOURNAL_FULL, 0)):
        house.happened("fault", "A1", what=what, detail=detail, said="")
    house.alarm(("报警", "A1: reader failed"), cause="A1 reader 1")
    house.happened("acknowledged", "A1", alarm=1, who="Wang")
    assert scene.alarms == {}
    assert stands(house, scene) == (
        "读卡器自检失败，请更换（证件读卡模块，96）\n读卡器无响应，正在复位（员工卡读卡器 PN532）",
        "reader failed its self-test, replace it (card module, 96)\nreader does not answer, being reset (PN532)",
    )
    house.happened("fault", "A1", what=BACK, detail=MODULE, said="")
    assert stands(house, scene)[1] == "reader does not answer, being reset (PN532)"
    house.happened("fault", "A1", what=BACK, detail=PN532, said="")
    assert stands(house, scene) == ("", "")


def test_beams_stand_too(house, scene):
    """Blocked until they are free."""
    house.happened("fault", "A1", what=codes.FAULT_BEAM_BLOCKED, detail=0, said="")
    assert "a beam stays broken" in stands(house, scene)[1]
    house.happened("fault", "A1", what=codes.FAULT_BEAM_FREE, detail=0, said="")
    assert stands(house, scene) == ("", "")


def test_a_new_session_tells_what_stands_and_the_one_before_counts_no_more(house, scene):
    """A lost link mends nothing; what was mended without one is not told as standing."""
    house.happened("fault", "A1", what=SILENT, detail=MODULE, said="")
    house.happened("down", "A1", reason=codes.DOWN_PORT)
    assert "card module" in stands(house, scene)[1]
    house.happened("up", "A1", port="/dev/ttyUSB0")
    assert stands(house, scene) == ("", "")
    house.happened("fault", "A1", what=SILENT, detail=PN532, said="")
    assert "PN532" in stands(house, scene)[1]


@pytest.mark.parametrize("fact", [None, "1", 1.5, [], 2**70, -5])
def test_an_odd_fault_is_no_error(house, scene, fact):
    """Of a later version, or rubbish."""
    house.happened("fault", "A1", what=fact, detail=MODULE, said="")
    house.happened("fault", "A1", what=SILENT, detail=fact, said="")
    assert faults.reader("reader 200") == "reader 200"
    assert len(stands(house, scene)[1].splitlines()) <= 1


def test_a_gate_that_names_ever_new_parts_costs_nothing(house, scene):
    """The newest are kept."""
    for number in range(3 * faults.PARTS_MAX):
        house.happened("fault", "A1", what=SILENT, detail=256 * number, said="")
    stood = stands(house, scene)[1].splitlines()
    assert len(stood) == faults.PARTS_MAX


def test_lists_show_a_lanes_standing_faults(house, scene):
    """Of lanes as of gates, in both languages, wide and narrow; a lane without any has none."""
    house.happened("up", "A1", port="/dev/ttyUSB0")
    house.happened("up", "B2", port="/dev/ttyUSB1")
    house.happened("fault", "A1", what=SILENT, detail=MODULE, said="")
    for width in (80, 200):
        for shown in (lane.table(scene), gates_view.links(house.standings.all(), width)):
            screen = Console(width=width, file=io.StringIO())
            screen.print(shown)
            text = re.sub(r"[\s│┃─]+", "", screen.file.getvalue())
            assert text.count("读卡器无响应") == 1
            assert "readerdoesnotanswer" in text or width == 80
    assert json.loads(gates_view.as_json([], (0.0, house.standings.all())))["links"][0]["faults"] == {
        "reader 1": [SILENT, MODULE]
    }
