"""The simulator's idea of a lane's settings is the firmware's own."""

import json

import pytest
from gate import lane_table, settings
from gatelink.house_to_gate import LaneRules
from gatetools.sim import sightings, sign, wiring
from gatetools.sim.board import Board
from gatetools.sim.wiring import LaneSetup, SettingWrong


def test_words_are_those_of_the_firmware():
    """Each name, each word, the same one first."""
    assert wiring.WORDS == settings.WORDS


def test_states_are_those_of_the_lane_table():
    """In the order of their numbers."""
    numbers = {name[2:].lower(): value for name, value in vars(lane_table).items() if name.startswith("S_")}
    assert {name: at for at, name in enumerate(sightings.STATES)} == numbers


@pytest.mark.parametrize("relays", wiring.RELAYS)
@pytest.mark.parametrize("control", wiring.WORDS["control"])
@pytest.mark.parametrize("feedback", wiring.WORDS["feedback"])
@pytest.mark.parametrize("reader_side", wiring.WORDS["reader_side"])
def test_a_gate_takes_each_file_that_a_scenario_may_ask_for(relays, control, feedback, reader_side):
    """And no other: whatever the firmware would refuse is refused before."""
    words = [f"relays={relays}", f"control={control}", f"feedback={feedback}", f"reader_side={reader_side}"]

    class Pins:
        pass

    board = Pins()
    for name, value in Board("lane_a").signals.items():
        setattr(board, name, value)
    try:
        file = LaneSetup.of([*words, "direction=both", "pulse_ms=200"]).file()
    except SettingWrong:
        values = {"relays": int(relays), "control": control, "feedback": feedback, "reader_side": reader_side}
        with pytest.raises(settings.SettingsInvalid):
            settings.Settings(values, board)
        return
    taken = settings.parse(file.encode(), board)
    assert (taken.relays, taken.control, taken.feedback, taken.reader_side) == (
        int(relays),
        control,
        feedback,
        reader_side,
    )
    assert (taken.direction, taken.pulse_ms) == (3, 200)


def test_the_file_holds_what_the_gatehouse_tells():
    """A gate that has it takes no new settings when its session comes up."""
    told = json.loads(LaneSetup.of(["second_card=wait", "blocked_limit_s=7"]).file())
    assert set(LaneRules.FIELDS) <= set(told)
    assert (told["second_card"], told["blocked_limit_s"]) == (1, 7)


@pytest.mark.parametrize(
    ("words", "relays"),
    [
        ([], (1,)),
        (["direction=exit"], (1,)),
        (["relays=2"], (1,)),
        (["relays=2", "direction=exit"], (2,)),
        (["relays=2", "direction=both"], (1,)),
        (["relays=2", "direction=both", "reader_side=exit"], (2,)),
        (["relays=2", "direction=both", "reader_side=either", "control=level"], (1, 2)),
    ],
)
def test_relays_are_those_of_the_sides_that_a_card_lets_in(words, relays):
    """One relay is for whichever side."""
    assert LaneSetup.of(words).relays() == relays


@pytest.mark.parametrize(
    "readers", ["sam_v", "qr", "sam_v,pn532,wiegand", "sam_v,qr,wiegand", "qr,pn532", "sam_v,sam_v"]
)
@pytest.mark.parametrize("signs", ["", *sign.KINDS])
def test_a_gate_takes_the_readers_and_signs_that_a_scenario_may_ask_for(readers, signs):
    """And no others."""

    class Pins:
        pass

    board = Pins()
    for name, value in Board("lane_a").signals.items():
        setattr(board, name, value)
    values = {"readers": readers.split(","), "signs": [signs] if signs else []}
    words = [f"readers={readers}", *([f"signs={signs}"] if signs else []), "language=zh", "volume=9"]
    try:
        taken = settings.parse(LaneSetup.of(words).file().encode(), board)
    except SettingWrong:
        with pytest.raises(settings.SettingsInvalid):
            settings.Settings(values, board)
        return
    assert ({"readers": taken.readers, "signs": taken.signs}, taken.language, taken.volume) == (values, "zh", 9)
