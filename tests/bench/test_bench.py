"""The bench measures what it says: a real cell, its arithmetic, its document."""

import asyncio
import datetime
import math
import time

import pytest
from gatetools.sim.people import Behaviour, Traveller, TrueColour
from gatetools.sim.station import new_loop

from tests.bench import bars, gate_report, gate_side, lifetime, matrix, plot, report
from tests.bench.cell import Cell, Condition
from tests.bench.contenders import CONTENDERS, MICROPYTHON, NOISE, STOCK, WHOLE
from tests.bench.matrix import BETWEEN, CONDITIONS, Matrix
from tests.bench.rush import chapter, kept, whole_gates
from tests.bench.rush import measure as rush_measure
from tests.bench.rush import picture as rush_picture
from tests.bench.rush.lanes import Found
from tests.bench.rush.whole_gates import Seen

ROUNDS = 15
DAMAGED = Condition(None, 0.01)
RESULTS = report.Path(__file__).with_name("RESULTS.md")


@pytest.mark.parametrize("contender", [MICROPYTHON, WHOLE], ids=lambda one: one.key)
def test_ours_lose_and_double_nothing_on_a_damaged_line(contender):
    """Real processes, a real line, one byte in a hundred with a turned bit."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        one = runner.run(_measured(contender))

    assert (one.asked, one.lost, one.duplicated, one.wrong) == (ROUNDS, 0, 0, 0)
    assert len(one.times_ms) == ROUNDS
    assert one.bytes_per_round >= one.path_bytes > 90


async def _measured(contender):
    return await matrix.measured(contender, DAMAGED, ROUNDS, lambda _: None)


def made(contender, condition, times_ms, lost=0, wrong=0):
    return Cell(contender.key, condition, len(times_ms) + lost, lost, 0, 120.0, 98.0, times_ms, wrong=wrong)


def filled(**changes):
    """A matrix in which every contender needs as many ms as its place says, but for those named."""
    found = Matrix()
    for place, contender in enumerate(CONTENDERS, 2):
        for condition in CONDITIONS:
            times = changes.get(contender.key, [float(place * 6)] * 100)
            found.cells[contender.key, condition] = made(contender, condition, times)
    found.cells[WHOLE.key, BETWEEN] = made(WHOLE, BETWEEN, [6.0] * 100)
    return found


def test_a_lost_round_is_one_that_never_ends():
    """Two of a hundred lost: the median stands, the p99 does not."""
    one = made(WHOLE, DAMAGED, [4.0] * 98, lost=2)

    assert one.p50_ms == 4.0
    assert math.isinf(one.p99_ms)


def test_bars_are_missed_by_whoever_misses_them():
    """A slow swipe, a peer that is too near, and one wrong opening are each told."""
    near = filled(whole=[12.0] * 98 + [19.0] * 2, libosdp_stock=[50.0] * 100, libosdp_tight=[60.0] * 100)
    near.cells[WHOLE.key, DAMAGED] = made(WHOLE, DAMAGED, [9.0], wrong=1)
    missed = [bar.what for bar in bars.of_matrix(near) if not bar.met]

    assert missed == [
        "card's last byte to relay, 115200 Bd",
        "p50 beside libosdp, stock binding",
        "p99 beside libosdp, stock binding",
        "whole: wrong openings, lost and doubled reports",
    ]
    assert [bar.met for bar in bars.of_footprint(4000.0, None)] == [False, False]


def test_what_was_not_measured_is_missed():
    """A cell of ours or of a peer that failed, and a run that measured nothing; but not peers that nobody asked for."""
    gappy = filled()
    del gappy.cells[STOCK.key, bars.CLEAN], gappy.cells[WHOLE.key, BETWEEN]
    missed = [bar.what for bar in bars.of_matrix(gappy) if not bar.met]

    assert missed == ["card's last byte to relay, 460800 Bd", "beside libosdp, stock binding"]
    assert not any(bar.met for bar in bars.of_matrix(Matrix()))
    assert all("libosdp" not in bar.what for bar in bars.of_matrix(Matrix(), peers=False))


def test_a_peer_that_is_ahead_is_named_with_the_reason():
    """Where it is faster, and why."""
    found = report.ahead(filled(noise=[1.0] * 100))

    assert found.count("\n") == 3
    assert found.count(NOISE.title) == 2
    assert report.AHEAD[NOISE.key] in found
    assert report.AHEAD_UNPACED[NOISE.key] in found
    assert report.HIT_MORE in found
    assert "115200 Bd, clean: p50 and p99" in found


def test_what_could_not_be_measured_says_why(tmp_path):
    """A contender that did not come up has a row that says so, and the picture is drawn without it."""
    gappy = filled()
    del gappy.cells[STOCK.key, CONDITIONS[0]]
    gappy.failed[STOCK.key, CONDITIONS[0]] = "a log\nno secure channel on a clean line"
    plot.draw(gappy, tmp_path / "picture.svg")

    assert "no secure channel on a clean line" in report.side_by_side(gappy, CONDITIONS[0])
    assert "<svg" in (tmp_path / "picture.svg").read_text()


def test_every_kind_of_message_has_its_cost():
    """Of the compiled firmware, on the gate's interpreter."""
    costs = {cost.name: cost for cost in gate_side.measure()}

    assert {
        "hello",
        "answer",
        "proof",
        "ready",
        "up",
        "tap",
        "report",
        "heartbeat",
        "completion",
        "fault",
        "about",
        "trace",
    } < set(costs)
    assert {"reader.sam_v", "lane"} < set(costs)
    assert {"verdict", "order", "cursor", "time", "settings"} < set(costs)
    assert all(cost.heap_bytes < 6144 for cost in costs.values() if cost.heap_bytes is not None)


def test_a_gate_holds_no_more_after_twenty_thousand_taps_than_after_two_thousand():
    """A twentieth of it here, the whole by `make bench`; its flash wears as slowly as it says."""
    life = lifetime.measure(1000)

    assert life.passages == life.taps * 19 // 20
    assert life.sessions >= 2
    assert life.stored == 1
    assert max(life.held) - min(life.held) < gate_report.GROWTH_BYTES, life.held
    assert life.years > 9
    assert life.key_erases <= 2


def test_the_gates_section_is_replaced_alone(tmp_path):
    """And says honestly what was missed."""
    life = lifetime.Lifetime(
        taps=10,
        days=0,
        wraps=0,
        sessions=2,
        stored=2,
        passages=10,
        held=(100, 4000),
        worst_us=900,
        collected_us=2000,
        worst="passage",
        parts_us={"read_link": 700, "send": 100, "rest": 2100},
        pace_us=50.0,
        erases=1,
        key_erases=0,
    )
    run = gate_report.GateRun((1000, 500), life, lifetime.Week(10, 9, 1, 4064), [])
    path = tmp_path / "RESULTS.md"
    path.write_text("# What was measured\n\nother sections\n", encoding="utf-8")
    gate_report.replace(path, run)
    once = path.read_text(encoding="utf-8")
    gate_report.replace(path, run)

    assert path.read_text(encoding="utf-8") == once
    assert once.startswith("# What was measured\n\nother sections\n\n" + gate_report.HEADING)
    assert [bar.met for bar in gate_report.bars(run)] == [False, False, False, True, True, False, True, False]
    assert "passage: read_link 14.0, send 2.0" in once


def test_the_results_in_the_tree_hold_every_contender_and_line():
    """RESULTS.md is of a whole run, and all of its bars were met."""
    told = RESULTS.read_text(encoding="utf-8")

    assert all(f"### {condition.line}, {condition.damage}" in told for condition in CONDITIONS)
    assert all(told.count(f"| {contender.title} |") >= len(CONDITIONS) for contender in CONTENDERS)
    assert "**no**" not in told
    assert RESULTS.with_suffix(".svg").exists()


def test_a_full_station_is_measured_and_told(tmp_path, monkeypatch):
    """Real gatehouse, real platforms, four lanes, one with firmware: every tap is accounted for, and told in its place.

    Whether all of them are answered in time is for the bench to say, which has the machine for itself.
    """
    monkeypatch.setattr(rush_measure, "PAUSE_S", 0.5)  # a breaker that is still open is one more thing to be told
    monkeypatch.setattr(rush_measure, "SCENES", rush_measure.SCENES[2:])
    run = rush_measure.measure(2, 0.05, lambda _: None, lanes=4, whole=1)
    results = tmp_path / "RESULTS.md"
    results.write_text("# Results\n\n## Before\n\nx\n\n## The gate over years\n\ny\n", encoding="utf-8")
    chapter.keep(results, chapter.section(run, "RUSH.svg"))
    first = results.read_text(encoding="utf-8")
    chapter.keep(results, chapter.found(results))
    rush_picture.draw(run, tmp_path / "RUSH.svg")

    assert [(scene.found.asked, scene.whole.asked) for scene in run.scenes] == [(6, 2), (6, 2)]
    for found in (one for scene in run.scenes for one in (scene.found, scene.whole)):
        assert sum(map(len, found.times_s.values())) + found.unanswered == found.asked
    assert not any(scene.found.stray for scene in run.scenes)
    assert len(run.memory_mb) >= 2
    assert results.read_text(encoding="utf-8") == first
    order = [first.index(part) for part in ("## Before", "## The gate over years\n\ny", chapter.HEADING)]
    assert order == sorted(order)
    assert "<svg" in (tmp_path / "RUSH.svg").read_text(encoding="utf-8")


def rushed(memory_mb=(50.0, *[80.0] * 20), share_ms=1.0, time_s=0.1, whole_s=0.1, told=2, **found):
    """Which bars a rush of one scene meets, with one tap at a gate's end and one card at a gate with firmware."""
    whole = Seen({"plain": [] if whole_s is None else [whole_s]}, asked=1, unanswered=int(whole_s is None))
    one = rush_measure.Scene(
        "x", Found({"plain": [time_s]}, asked=1, **found), [share_ms] * told, [1.0], 0.1, 0.0, whole
    )
    bars_met = chapter.bars(rush_measure.Rush(256, 20.0, [one], list(memory_mb)))
    return dict(zip(("share", "answered", "told", "whole", "memory"), (bar.met for bar in bars_met), strict=True))


@pytest.mark.parametrize(
    ("wrong", "missed"),
    [
        ({}, None),
        ({"share_ms": 10.5}, "share"),
        ({"unanswered": 1}, "answered"),
        ({"stray": 1}, "answered"),
        ({"time_s": 0.95}, "answered"),
        ({"time_s": 0.95, "excused": 1}, None),
        ({"told": 1}, "told"),
        ({"told": 3}, "told"),
        ({"whole_s": None}, "whole"),
        ({"whole_s": 0.95}, "whole"),
        ({"memory_mb": [50.0] + [80.0] * 19 + [84.1]}, "memory"),
        ({"memory_mb": [50.0] * 13}, "memory"),
    ],
    ids=str,
)
def test_a_rush_misses_the_bar_that_it_misses(wrong, missed):
    """No verdict, a late one, one to another tap, a tap not told, memory that grows or was not watched."""
    assert [name for name, met in rushed(**wrong).items() if not met] == ([missed] if missed else [])


@pytest.mark.parametrize(
    ("was_kept_s", "took_s", "excused"),
    [(0.0, 0.95, False), (0.04, 0.95, False), (0.06, 0.95, True), (0.5, 0.85, False)],
)
def test_a_late_answer_is_excused_by_what_others_did_for_as_long(was_kept_s, took_s, excused):
    """And by no less; one in time needs no excuse."""
    assert kept.excuses(was_kept_s, took_s, 0.9) is excused


def test_what_a_lane_showed_before_a_card_was_read_is_no_answer_to_it():
    """The last traveller's sound still goes on, then the lane answers: by its red lamp, and to nobody else's card."""
    now = datetime.datetime.now().astimezone()
    visit = whole_gates.Visit("W0", Traveller("", TrueColour.GREEN, now, Behaviour.NORMAL), now)
    visit.heard()
    visit.see(1, "light red")
    read_us = time.monotonic_ns() // 1000
    visit.card_read(read_us)
    visit.heard()  # it began before the card was read

    assert visit.answered_us is None
    assert not visit.answered.is_set()

    visit.see(read_us + 70_000, "light amber")
    visit.see(read_us + 80_000, "light red")
    visit.see(read_us + 90_000, "light red")

    assert visit.answered_us == read_us + 80_000
