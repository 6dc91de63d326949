"""What is shown fits a terminal, tells what happened, and hides who it was."""

import datetime
import io
import json

import pytest
from gate import lane_table
from gatelink import codes
from gatetools.sim import people, view
from gatetools.sim.people import Behaviour, TrueColour
from gatetools.sim.swipe import Swipe
from rich.cells import cell_len
from rich.console import Console

NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)


def swipe_of(*events, colour=TrueColour.GREEN, behaviour=Behaviour.NORMAL, relay_ms=None):
    swipe = Swipe("A", people.one(1, colour, behaviour, now=NOW), NOW)
    swipe.card_read(1_000_000)
    for event in events:
        swipe.told({"lane": "A", "tap": [1, 1], "detail": 0, **event})
    if relay_ms is not None:
        swipe.relay_rose(1_000_000 + round(relay_ms * 1000))
    swipe.over = True
    return swipe


def tap(verdict, reason):
    return {"event": "tap", "verdict": verdict, "reason": reason}


def report(what, detail=0):
    return {"event": "report", "what": what, "detail": detail}


PASSED = swipe_of(tap(codes.ALLOW, codes.REASON_GREEN), report(codes.REPORT_PASSED), relay_ms=12.34)
DENIED = swipe_of(
    tap(codes.DENY, codes.REASON_RED), report(codes.REPORT_NOT_OPENED, codes.REASON_RED), colour=TrueColour.RED
)
AGAIN = swipe_of(report(codes.REPORT_NOT_OPENED, codes.REASON_CARD_UNREADABLE))


def test_a_row_tells_the_whole_story():
    """Time, lane, masked traveller, reason, verdict, milliseconds, passage; Chinese and English."""
    text = view.line(view.cells(PASSED))
    for part in ("12:00:00", " A ", "绿码 green", "通行 pass", "12.3", "已通过 passed"):
        assert part in text
    assert "红码 red" in view.line(view.cells(DENIED))
    assert "禁止通行 stay" in view.line(view.cells(DENIED))
    assert "请重新放置 place again" in view.line(view.cells(AGAIN))


@pytest.mark.parametrize("reason", sorted(codes.names("REASON_")))
def test_every_refusal_fits_80_columns(reason):
    """Whatever the reason."""
    swipe = swipe_of(tap(codes.REFER, reason), report(codes.REPORT_NOT_OPENED, reason))
    assert cell_len(view.line(view.cells(swipe))) <= 80


@pytest.mark.parametrize(
    "what", [codes.REPORT_PASSED, codes.REPORT_TURNED_BACK, codes.REPORT_FOLLOWED, codes.REPORT_NOBODY_CAME]
)
def test_every_passage_fits_80_columns(what):
    """Whatever happened behind the opening."""
    swipe = swipe_of(tap(codes.ALLOW, codes.REASON_GREEN), report(what), relay_ms=1234.5)
    assert cell_len(view.line(view.cells(swipe))) <= 80


def test_a_terminal_of_24_lines_shows_the_newest():
    """The picture is never higher than the terminal, nor wider."""
    shown = view.View({}, plain=True, console=Console(file=io.StringIO(), width=80, height=24))
    for i in range(100):
        swipe = swipe_of(tap(codes.ALLOW, codes.REASON_GREEN), relay_ms=i)
        shown.begun(swipe)
    out = io.StringIO()
    Console(file=out, width=80, height=24).print(shown.picture())

    lines = out.getvalue().splitlines()
    assert len(lines) <= 24
    assert all(cell_len(line) <= 80 for line in lines)
    assert "99.0" in lines[-1]


def test_piped_output_is_plain_lines():
    """No control characters, one line per swipe."""
    out = io.StringIO()
    with view.View({}, plain=False, console=Console(file=out, width=80)) as shown:
        for swipe in (PASSED, DENIED):
            shown.begun(swipe)
            shown.draw()
            shown.ended(swipe)

    assert 3 == out.getvalue().count("\n")
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize("swipe", [PASSED, DENIED, AGAIN], ids=["passed", "denied", "again"])
def test_nobody_can_tell_who_it_was(swipe):
    """Neither the row nor the JSON line holds the number."""
    hidden = swipe.traveller.number[1:-2]
    assert hidden not in view.line(view.cells(swipe))
    assert hidden not in json.dumps(swipe.line())


def test_the_json_line_says_all_that_the_row_says():
    """For programs."""
    line = PASSED.line()
    assert ("allow", "green", "passed", 12.34) == tuple(
        line[key] for key in ("verdict", "reason", "outcome", "latency_ms")
    )
    assert (None, "card_unreadable", None) == tuple(AGAIN.line()[key] for key in ("verdict", "reason", "latency_ms"))


def test_reports_of_other_taps_change_nothing():
    """A late report of the traveller before is not this one's end."""
    swipe = swipe_of(tap(codes.ALLOW, codes.REASON_GREEN))
    swipe.told({"event": "report", "tap": [1, 7], "what": codes.REPORT_TURNED_BACK, "detail": 0})
    assert swipe.outcome is None


def test_every_state_of_a_lane_has_words():
    """Heartbeats tell a state by its number."""
    assert lane_table.STATES == len(view.STATES)
    assert ("ready", "fire") == (view.STATES[lane_table.S_IDLE][1], view.STATES[lane_table.S_FIRE][1])
