"""The turnstile model gives way as the manuals say, to whom they say, and no more often."""

import pytest
from gatetools.sim import passages
from gatetools.sim.board import Board, names
from gatetools.sim.passages import ENTRY, EXIT
from gatetools.sim.turnstile import Turnstile
from gatetools.sim.wiring import LaneSetup

MS = 1000


@pytest.fixture(params=names())
def make(request):
    return lambda *settings: Turnstile(Board(request.param), LaneSetup.of(settings))


@pytest.fixture
def model(make):
    return make()


def drive(model, at_ms, *, energised, relay="RELAY_OPEN"):
    active = model.board["RELAY_ACTIVE"]
    model.output_changed(model.board[relay], active if energised else 1 - active, at_ms * MS)


def pulse(model, at_ms, length_ms, relay="RELAY_OPEN"):
    drive(model, at_ms, energised=True, relay=relay)
    drive(model, at_ms + length_ms, energised=False, relay=relay)


def walk(model, moves, at_ms):
    for move in moves:
        yield from model.move(move, (at_ms + move.after_ms) * MS)


def test_a_pulse_releases_one_passage(model):
    """For five seconds, or until somebody went through."""
    assert not model.released(0)
    pulse(model, 10, 300)
    assert model.released(400 * MS)
    assert model.released(5009 * MS)
    assert not model.released(5010 * MS)
    pulse(model, 6000, 300)
    list(walk(model, passages.PASS, 6400))
    assert not model.released(6900 * MS)


def test_who_turns_back_leaves_the_release(model):
    """Nobody went through."""
    pulse(model, 0, 300)
    list(walk(model, passages.TURN_BACK, 400))
    assert model.released(1000 * MS)


def test_a_pulse_that_is_too_short_does_nothing(model):
    """Under 100 ms is noise."""
    pulse(model, 0, 99)
    assert not model.released(200 * MS)


@pytest.mark.parametrize("control", ["pulse", "level"])
def test_a_held_input_releases_while_it_is_held(make, control):
    """By staff or fire; not used up by who goes through."""
    model = make(f"control={control}")
    drive(model, 0, energised=True)
    assert not model.released(50 * MS)
    model.gone_through()
    assert model.released(60_000 * MS)
    drive(model, 60_000, energised=False)
    assert not model.released(60_001 * MS)


def test_in_level_mode_a_pulse_leaves_nothing(make):
    """The release ends with the level."""
    model = make("control=level")
    pulse(model, 0, 300)
    assert not model.released(301 * MS)


def test_other_outputs_release_nothing(model):
    """Lights are not the relay, nor is a relay that is not wired."""
    model.output_changed(model.board["LIGHT_GREEN"], 1, 0)
    drive(model, 0, energised=True, relay="RELAY_EXIT")
    assert not model.released(1000 * MS)


@pytest.mark.parametrize(
    ("settings", "relay", "gives_way"),
    [
        (["direction=entry"], "RELAY_OPEN", {ENTRY}),
        (["direction=exit"], "RELAY_OPEN", {EXIT}),
        (["direction=both"], "RELAY_OPEN", {ENTRY, EXIT}),
        (["direction=both", "relays=2"], "RELAY_OPEN", {ENTRY}),
        (["direction=both", "relays=2"], "RELAY_EXIT", {EXIT}),
    ],
)
def test_a_relay_releases_its_own_side(make, settings, relay, gives_way):
    """And nobody who comes against it."""
    model = make(*settings)
    pulse(model, 0, 300, relay)
    assert {side for side in (ENTRY, EXIT) if model.gives_way(side, 400 * MS)} == gives_way


def test_where_an_energised_relay_shuts_no_power_opens(make):
    """From the first moment on, and after a power cut."""
    model = make("polarity=shuts")
    assert model.released(0)
    drive(model, 10, energised=True)
    assert not model.released(6000 * MS)
    drive(model, 7000, energised=False)
    drive(model, 7300, energised=True)
    assert model.released(7400 * MS)
    assert not model.released(20_000 * MS)
    model.power_lost(20_000 * MS)
    assert model.released(20_100 * MS)


@pytest.mark.parametrize(("contact", "turned"), [("opens", 1), ("closes", 0)])
@pytest.mark.parametrize(("moves", "turns"), [(passages.PASS, 1), (passages.TURN_BACK, 0), (passages.TWO_AT_ONCE, 1)])
def test_the_arm_turns_with_whom_it_lets_through(make, contact, turned, moves, turns):
    """Its contact changes once, and comes back when the passage is clear; shut, it does not turn."""
    model = make(f"arm_contact={contact}")
    arm = model.board["ARM_CONTACT"]
    assert model.inputs()[arm] == 1 - turned
    assert [level for pin, level in walk(model, moves, 0) if pin == arm] == []
    pulse(model, 1000, 300)
    assert [level for pin, level in walk(model, moves, 1400) if pin == arm] == [turned, 1 - turned] * turns


def test_it_does_not_turn_for_who_comes_the_wrong_way(model):
    """The release is the other side's."""
    pulse(model, 0, 300)
    changed = list(walk(model, passages.WRONG_WAY, 400))
    assert model.board["ARM_CONTACT"] not in [pin for pin, _ in changed]


def test_everything_is_quiet_at_first(model):
    """Beams free, fire loop closed, key and button not used."""
    board, inputs = model.board, model.inputs()
    assert 1 - board["BEAM_BROKEN"] == inputs[board["BEAM_ENTRY"]] == inputs[board["BEAM_EXIT"]]
    assert 1 - board["FIRE_ALARM"] == inputs[board["FIRE"]]
    assert 1 - board["KEY_TURNED"] == inputs[board["KEY_SWITCH"]]
    assert 1 - board["SERVICE_PRESSED"] == inputs[board["SERVICE_BUTTON"]]


@pytest.mark.parametrize(
    "moves", [passages.PASS, passages.TURN_BACK, passages.TWO_AT_ONCE, passages.WRONG_WAY], ids=repr
)
def test_every_walk_leaves_the_beams_free(model, moves):
    """And moves in the order of time."""
    assert [move.after_ms for move in moves] == sorted(move.after_ms for move in moves)
    before = model.inputs()
    for move in moves:
        for pin, level in model.move(move, move.after_ms * MS):
            assert level == model.inputs()[pin]
    assert before == model.inputs()


def test_an_open_fire_loop_is_an_alarm(model):
    """The loop is normally closed."""
    assert (model.board["FIRE"], model.board["FIRE_ALARM"]) == model.fire(alarm=True)
    assert (model.board["FIRE"], 1 - model.board["FIRE_ALARM"]) == model.fire(alarm=False)


def test_a_turned_key_is_seen_until_it_is_turned_back(model):
    """To ground."""
    assert (model.board["KEY_SWITCH"], model.board["KEY_TURNED"]) == model.key(turned=True)
    assert (model.board["KEY_SWITCH"], 1 - model.board["KEY_TURNED"]) == model.key(turned=False)


def test_a_board_that_does_not_exist_is_named():
    """With those that do."""
    with pytest.raises(ValueError, match="lane_z; there are devkit, lane_a"):
        Board("lane_z")
