"""QR codes from the module's bytes to the relay: real firmware in its heap, real gatehouse, models of the metal."""

import asyncio
import datetime
import subprocess
import sys

import pytest
from gatehouse.ledger import Ledger
from gatelink import codes
from gatetools.sim import qr, sam_v
from gatetools.sim.lane import LaneSpec
from gatetools.sim.passages import PASS

READERS = ("sam_v", "qr")
GREEN, RED, SPACED = "GH1:7Q2M-K4XW-\u7801", "GH1:0000-RED", "  GH 1 "
MARK = b"Xq7Find"  # in every hostile code, and nowhere else
HOSTILE = (
    MARK + b"\x1b[2J\x1b]0;owned\x07",
    MARK + b"\nA: gate is gone\nA: everybody may pass",
    b"'; drop table status; --" + MARK,
    b"%s%n{0.__class__}${jndi:ldap://x/}" + MARK,
    b'=HYPERLINK("http://x","' + MARK + b'")',
    b"\xff\xfe\x00" + MARK + bytes(byte for byte in range(256) if byte not in b"\r\n\t"),
    b"\x7e\x00\x08\x01\x00\xd9\x50\xab\xcd" + MARK,
    b"\x02\x00\x00\x01\x00\x33\x31" + MARK,
)


@pytest.fixture(scope="module", autouse=True)
def station(stage):
    stage.people.add("green")
    stage.open(
        lanes=(
            LaneSpec("A", "lane_a", readers=READERS),
            LaneSpec("B", "devkit", read_us=20_000, readers=READERS, qr_ending="none"),
        )
    )
    now = datetime.datetime.now().astimezone().isoformat()
    rows = stage.station.folder / "codes.csv"
    known = ((GREEN, "green"), (RED, "red"), (SPACED, "green"))
    lines = ["number,colour,updated", *(f"code:{code},{colour},{now}" for code, colour in known)]
    rows.write_text("\n".join(lines), encoding="utf-8")
    assert run(stage, "register", "import", str(rows))[0] == 0
    rows.unlink()
    for lane in stage.station.lanes.values():
        lane.codes_that_may_pass.update((GREEN.encode(), SPACED.encode()))
    return stage.station


def run(stage, *command):
    """A command of the real gatehouse: (exit status, all that it says)."""
    config = ("--config", str(stage.station.folder / "gatehouse.toml"))
    line = [sys.executable, "-m", "gatehouse.cli", *command, *config]
    done = stage.run(asyncio.to_thread(subprocess.run, line, capture_output=True, timeout=30, check=False))
    return done.returncode, done.stdout + done.stderr


def shown(stage, lane, code, wanted=lambda event: event["event"] == "tap"):
    """Hold a code before the module of a lane until something is told of it; what is told.

    The module reads it once a second: a gate that was kept from looking in the midst of a code asks for it again.
    """

    async def show():
        scanner = stage.station.lanes[lane].scanner
        told = asyncio.ensure_future(stage.station.wait_for(wanted))
        await asyncio.sleep(0)
        scanner.place(code)
        try:
            return await told
        finally:
            scanner.remove()

    return stage.run(show())


def of_lane(lane, **fields):
    return lambda event: event.get("lane") == lane and fields.items() <= event.items()


def opens_for_a_code(stage, station, lane, code=GREEN):
    """Somebody shows a green code and walks through."""
    pulses = len(station.checker.pulses)
    tap = shown(stage, lane, code.encode(), of_lane(lane, event="tap"))
    assert (tap["verdict"], tap["masked"]) == (codes.ALLOW, "code")
    stage.until(lambda: len(station.checker.pulses) == pulses + 1)
    passed = of_lane(lane, event="report", what=codes.REPORT_PASSED)
    stage.run(station.after(station.lanes[lane].pass_beams(PASS), passed))


@pytest.mark.parametrize("lane", ["A", "B"])
def test_a_green_code_opens_and_a_red_one_does_not(stage, station, lane):
    """With an ending and without, at both boards; on events it is nothing but a code."""
    pulses = len(station.checker.pulses)
    tap = shown(stage, lane, RED.encode(), of_lane(lane, event="tap"))
    assert (tap["verdict"], tap["reason"], tap["masked"]) == (codes.DENY, codes.REASON_RED, "code")
    assert len(station.checker.pulses) == pulses

    opens_for_a_code(stage, station, lane)


@pytest.mark.parametrize("lane", ["A", "B"])
def test_the_spaces_of_a_code_are_part_of_it(stage, station, lane):
    """It opens as it was imported, and with nothing cut off it is another one."""
    opens_for_a_code(stage, station, lane, SPACED)
    tap = shown(stage, lane, SPACED.strip().encode(), of_lane(lane, event="tap"))
    assert (tap["verdict"], tap["reason"]) == (codes.REFER, codes.REASON_NOT_FOUND)


def test_cards_are_served_beside_codes(stage, station):
    """At both lanes, in the heap of a chip."""
    assert stage.visit("green").outcome == codes.REPORT_PASSED
    assert stage.visit("green", "B").outcome == codes.REPORT_PASSED


def test_a_code_that_is_too_long_goes_to_staff_and_is_no_question(stage, station):
    """4 KB of it; the gate says so itself, and nobody is asked."""
    before = len(station.events)
    not_opened = of_lane("A", event="report", what=codes.REPORT_NOT_OPENED, detail=codes.REASON_CODE_TOO_LONG)
    shown(stage, "A", MARK * 585, not_opened)
    # What comes behind it on the same wire is the first that anybody is asked about.
    tap = shown(stage, "A", RED.encode(), of_lane("A", event="tap"))
    assert tap["reason"] == codes.REASON_RED
    assert [event for event in station.events[before:] if event["event"] == "tap"] == [tap]


def test_nothing_of_a_hostile_code_appears_anywhere(stage, station):
    """Not in an event, a log, a database, a gate's flash, nor on a terminal."""
    for code in HOSTILE:
        tap = shown(stage, "A", code, of_lane("A", event="tap"))
        assert (tap["verdict"], tap["masked"]) == (codes.REFER, "code"), code
        assert tap["reason"] == codes.REASON_NOT_FOUND
    stage.run(station.settled())

    said = run(stage, "ledger", "list")[1] + run(stage, "gates")[1] + repr(station.events).encode()
    files = [path for path in station.folder.rglob("*") if path.is_file()]
    assert any(path.name == "ledger.db" for path in files)
    assert any(path.suffix == ".log" for path in files)
    for trace in (MARK, MARK.hex().encode(), MARK[::-1], b"jndi", b"owned", b"everybody"):
        assert trace not in said, trace
        assert [path.name for path in files if trace in path.read_bytes()] == [], trace


def test_the_ledger_knows_each_code_by_its_pseudonym_alone(stage, station):
    """Sixteen bytes; the same code has the same one."""
    stage.run(station.settled())
    ledger = Ledger(station.gatehouse.ledger)
    persons = [entry.person for entry in ledger.entries() if entry.what == codes.REPORT_NOT_OPENED and entry.person]
    ledger.close()
    assert len(set(persons)) == len(HOSTILE) + 2, "and two others, at both lanes the same"
    assert {len(person) for person in persons} == {16}


def test_a_card_module_that_dies_is_told_within_five_seconds_and_codes_are_served(stage, station):
    """The lane stays in service for what still reads, and takes cards again when the module answers again."""
    lane = station.lanes["A"]

    async def happen(fault, what):
        told = asyncio.ensure_future(station.wait_for(of_lane("A", event="fault", what=what), 10.0))
        lane.module.fault = fault
        began = asyncio.get_running_loop().time()
        return (await told)["detail"], asyncio.get_running_loop().time() - began

    detail, took_s = stage.run(happen(sam_v.SILENT, codes.FAULT_READER_SILENT))
    assert detail // 256 == codes.READER_SAM_V
    assert took_s < 5.0

    opens_for_a_code(stage, station, "A")

    assert stage.run(happen(None, codes.FAULT_READER_BACK))[0] // 256 == codes.READER_SAM_V
    assert stage.visit("green").outcome == codes.REPORT_PASSED


def test_a_module_that_dies_is_told_reset_and_the_lane_serves_cards(stage, station):
    """Within five seconds of its last word; the reset line brings it back."""

    lane = station.lanes["A"]
    answered = lane.qr.answered

    async def die():
        fault = of_lane("A", event="fault", what=codes.FAULT_READER_SILENT)
        back = of_lane("A", event="fault", what=codes.FAULT_READER_BACK)
        returned = asyncio.ensure_future(station.wait_for(back, 30.0))
        lane.qr.fault = qr.FROZEN
        began = asyncio.get_running_loop().time()
        await station.wait_for(fault, 10.0)
        took_s = asyncio.get_running_loop().time() - began
        await returned
        return took_s

    # It must have answered once since the last code: that it can is learnt.
    stage.until(lambda: lane.qr.answered > answered)
    assert stage.run(die()) < 5.5  # of which this machine may take half a second
    assert stage.visit("green").outcome == codes.REPORT_PASSED


def test_the_judge_agrees(stage):
    """No wrong opening, nothing lost, nothing twice."""
    assert stage.settled().sentences == []
