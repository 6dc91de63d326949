"""The lane's diagram, as ARCHITECTURE.md shows it."""

import re

from gatetools.pictures import lane

ARROW = re.compile(r"^    (\w+) --> (\w+): (.+)$", re.MULTILINE)


def drawn():
    """(from, event, to) of every arrow."""
    found = ARROW.findall(lane.diagram())
    return {(state, event, target) for state, target, events in found for event in events.split(" / ")}


def test_every_change_of_state_is_drawn_or_left_out_as_the_caption_says():
    """What leads back to idle too: a locked lane is not locked for ever."""
    missing = []
    for state, event, target, _ in lane.rows():
        arrow = state.replace(" ", "_"), event, target.replace(" ", "_")
        left_out = event in lane.EVERYWHERE or ("idle", *arrow[1:]) in drawn()
        if state != target and arrow not in drawn() and not left_out:
            missing.append(arrow)

    assert missing == []
    assert ("locked", "order resume", "idle") in drawn()
    assert ("passing", "passed", "idle") in drawn()


def test_no_arrow_is_drawn_that_the_table_does_not_have():
    """Nor is the picture empty."""
    there = {(state.replace(" ", "_"), event, target.replace(" ", "_")) for state, event, target, _ in lane.rows()}

    assert len(drawn()) > 20
    assert drawn() <= there
