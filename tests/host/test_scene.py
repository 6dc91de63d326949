"""Whom staff see waiting, whom they have answered for, and what stands broken: from events alone."""

import pytest
from gatehouse.scene import Scene
from gatelink import codes

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
