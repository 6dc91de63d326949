"""The turnstile model gives way as the manuals say, and no more often."""

import pytest
from gatetools.sim import turnstile
from gatetools.sim.board import Board, names

MS = 1000


@pytest.fixture(params=names())
def model(request):
    return turnstile.Turnstile(Board(request.param))


def pulse(model, at_ms, length_ms):
    relay, active = model.board["RELAY_OPEN"], model.board["RELAY_ACTIVE"]
    model.output_changed(relay, active, at_ms * MS)
    model.output_changed(relay, 1 - active, (at_ms + length_ms) * MS)


def test_a_pulse_releases_one_passage(model):
    """For five seconds, or until somebody went through."""
    assert not model.released(0)
    pulse(model, 10, 300)
    assert model.released(400 * MS)
    assert model.released(5009 * MS)
    assert not model.released(5010 * MS)
    pulse(model, 6000, 300)
    model.gone_through()
    assert not model.released(6400 * MS)


def test_a_pulse_that_is_too_short_does_nothing(model):
    """Under 100 ms is noise."""
    pulse(model, 0, 99)
    assert not model.released(200 * MS)


def test_a_level_releases_while_it_lasts(model):
    """Held open."""
    model.output_changed(model.board["RELAY_OPEN"], model.board["RELAY_ACTIVE"], 0)
    assert not model.released(50 * MS)
    model.gone_through()
    assert model.released(60_000 * MS)


def test_other_outputs_release_nothing(model):
    """Lights are not the relay."""
    model.output_changed(model.board["LIGHT_GREEN"], 1, 0)
    assert not model.released(1000 * MS)


def test_everything_is_quiet_at_first(model):
    """Beams free, fire loop closed, key and button not used."""
    board, inputs = model.board, model.inputs()
    assert 1 - board["BEAM_BROKEN"] == inputs[board["BEAM_ENTRY"]] == inputs[board["BEAM_EXIT"]]
    assert 1 - board["FIRE_ALARM"] == inputs[board["FIRE"]]
    assert 1 - board["KEY_TURNED"] == inputs[board["KEY_SWITCH"]]
    assert 1 - board["SERVICE_PRESSED"] == inputs[board["SERVICE_BUTTON"]]


@pytest.mark.parametrize(
    "walk", [turnstile.PASS, turnstile.TURN_BACK, turnstile.TWO_AT_ONCE, turnstile.WRONG_WAY], ids=repr
)
def test_every_walk_leaves_the_beams_free(model, walk):
    """And moves in the order of time."""
    assert [move.after_ms for move in walk] == sorted(move.after_ms for move in walk)
    before = model.inputs()
    for move in walk:
        pin, level = model.move(move)
        assert level == model.inputs()[pin]
    assert before == model.inputs()


def test_an_open_fire_loop_is_an_alarm(model):
    """The loop is normally closed."""
    assert (model.board["FIRE"], model.board["FIRE_ALARM"]) == model.fire(alarm=True)
    assert (model.board["FIRE"], 1 - model.board["FIRE_ALARM"]) == model.fire(alarm=False)


def test_a_board_that_does_not_exist_is_named():
    """With those that do."""
    with pytest.raises(ValueError, match="lane_z; there are devkit, lane_a"):
        Board("lane_z")
