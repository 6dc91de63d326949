"""What hands do at a lane reaches its pins, and the judge knows what staff and fire may open."""

import time

import pytest
from gatetools.sim.board import Board
from gatetools.sim.checker import Checker
from gatetools.sim.hands import Hands, NotModelled
from gatetools.sim.lane import manner
from gatetools.sim.passages import ENTRY, EXIT
from gatetools.sim.turnstile import Turnstile
from gatetools.sim.wiring import LaneSetup


class Pins:
    """Notes what is driven."""

    def __init__(self):
        self.levels = {}

    def set(self, pin, value):
        self.levels[pin] = value


@pytest.fixture
def lane():
    """(hands, checker, pins, turnstile) of a lane A."""
    turnstile, checker, pins = Turnstile(Board("lane_a")), Checker(), Pins()
    return Hands("A", turnstile, pins, checker), checker, pins, turnstile


def wrong_opens(checker, tmp_path):
    """Of a relay that releases at this moment; the lane's clock and the checker's are the same."""
    checker.relay("A", time.monotonic_ns() // 1000, active=True)
    return checker.judge(tmp_path / "none.db").wrong_opens


@pytest.mark.parametrize(
    ("do", "wrong"),
    [
        (lambda hands: hands.key(turned=True), 0),
        (lambda hands: hands.key(turned=False), 1),
        (lambda hands: hands.ordered("open"), 0),
        (lambda hands: hands.ordered("lock"), 1),
        (lambda hands: hands.ordered("hold"), 0),
        (lambda hands: (hands.ordered("open"), hands.not_obeyed("open")), 1),
        (lambda hands: (hands.ordered("hold"), hands.not_obeyed("hold")), 1),
        (lambda hands: (hands.ordered("hold"), hands.no_longer_held()), 1),
        (lambda hands: hands.fire(alarm=True), 0),
        (lambda hands: (hands.fire(alarm=True), hands.put_back()), 1),
    ],
)
def test_only_what_staff_and_fire_open_is_right(lane, tmp_path, do, wrong):
    """And only as long as it holds."""
    hands, checker, _, _ = lane
    do(hands)
    assert wrong_opens(checker, tmp_path) == wrong


def test_a_body_stays_in_its_beam_until_it_leaves(lane):
    """In one or in both."""
    hands, _, pins, turnstile = lane
    board, quiet = turnstile.board, turnstile.inputs()
    hands.stand([ENTRY, EXIT])
    assert pins.levels == {board[ENTRY]: board["BEAM_BROKEN"], board[EXIT]: board["BEAM_BROKEN"]}
    hands.leave()
    assert turnstile.inputs() == quiet


def test_pins_of_another_program_are_not_reached():
    """Said, not passed over."""
    with pytest.raises(NotModelled):
        Hands("A", Turnstile(Board("devkit")), None).key(turned=True)


@pytest.mark.parametrize(
    ("settings", "longest_ms", "grant_ms"),
    [
        ([], 1000, 2000),
        (["open_limit_ms=60000"], 1000, 2000),
        (["open_limit_ms=60000", "control=level"], 61_000, 2000),
        (["second_card=wait", "second_card_limit_ms=5000"], 1000, 7000),
        (["second_card_limit_ms=5000"], 1000, 2000),
    ],
)
def test_the_judge_is_as_strict_as_the_settings(settings, longest_ms, grant_ms):
    """A pulse is short whatever a level may last; only a lane where a second card waits opens so late."""
    found = manner(LaneSetup.of(settings))
    assert (found.longest_us, found.grant_us) == (1000 * longest_ms, 1000 * grant_ms)
