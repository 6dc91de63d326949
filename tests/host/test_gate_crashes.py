"""What a gate says of its own failures: traces, starts and their causes, in words and in numbers."""

import asyncio
import time

import pytest
from gatehouse.metrics import LinkCollector
from gatehouse.starts import MANY, WITHIN_S, Starts
from gatelink import codes
from gatelink.gate_to_house import Fault, Trace


def test_a_trace_is_an_alarm_and_counted(running, station, new_pty, bench_gate, caplog):
    """Where it broke, with nothing in it that a terminal would obey; the metrics count it."""
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            for error, where in ((b"ValueError", b"conductor.py:87 sam_v.py:210"), (b"\x1b[2JX", b"\xff" * 96)):
                await asyncio.to_thread(gate.until, gate.end.can_send_bulk)
                gate.end.send(Trace(0, error, where), int(time.monotonic() * 1000) & 0x3FFFFFFF)
            await asyncio.to_thread(gate.until, lambda: len(run.told.of("trace")) == 2)
            return run.told.of("trace"), run.house.standings

    traces, standings = asyncio.run(story())
    assert traces[0] == {
        "event": "trace",
        "lane": "lane 1",
        "part": 0,
        "error": "ValueError",
        "where": "conductor.py:87 sam_v.py:210",
    }
    assert traces[1]["error"] == ".[2JX"
    assert (
        "lane 1: part 0 of the gate's program failed: ValueError at conductor.py:87 sam_v.py:210; "
        "the other parts go on. Please report it"
    ) in caplog.messages
    assert "\x1b" not in caplog.text
    crashes = next(one for one in LinkCollector(standings).collect() if one.name == "gatehouse_link_crashes")
    assert [sample.value for sample in crashes.samples] == [2]


def test_one_failure_is_one_alarm_and_a_readers_bears_its_name(running, station, new_pty, bench_gate, caplog):
    """With its trace, or without where the gate had no memory for one."""
    keys, tty = station.enrol(), new_pty()
    where = "seat.py:60 qr.py:71"
    parts = [codes.PART_READER + codes.READER_QR, codes.PART_READER + 15, 3]
    told = [
        Trace(parts[0], b"ValueError", where.encode()),
        *(Fault(codes.FAULT_TASK_CRASHED, part, b"") for part in parts),
    ]

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            for message in told:
                await asyncio.to_thread(gate.until, gate.end.can_send_bulk)
                gate.end.send(message, int(time.monotonic() * 1000) & 0x3FFFFFFF)
            await asyncio.to_thread(gate.until, lambda: len(run.told.of("fault")) == len(parts))
            return [(one["text"], one["text_zh"]) for one in run.told.of("alarm") if "failed" in one["text"]]

    assert asyncio.run(story()) == [
        (
            f"lane 1: driver of the QR module failed: ValueError at {where}; the other parts go on. Please report it",
            f"lane 1：二维码模块的驱动程序出错：ValueError，位于 {where}；其余部分继续运行。请报告",
        ),
        ("lane 1: driver of the reader 15 failed", "lane 1：读卡器 15的驱动程序出错"),
        ("lane 1: part 3 of the gate's program failed", "lane 1：闸机程序第 3 部分出错"),
    ]


def test_why_a_gate_started_is_said_in_words_and_one_that_never_stays_up_is_an_alarm(
    running, station, new_pty, bench_gate, caplog
):
    """Each start in the log; the fifth within ten minutes as an alarm with the causes."""
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            caplog.set_level("INFO", "gatehouse")
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            for index in range(1, MANY + 1):
                cause = codes.RESET_POWER if index == 1 else codes.RESET_WATCHDOG
                await asyncio.to_thread(gate.report, index, codes.REPORT_BOOTED, 0, cause)
            await asyncio.to_thread(gate.until, lambda: len(run.told.of("report")) == MANY)

    asyncio.run(story())
    assert "lane 1: its gate has started: power on, or a brown-out" in caplog.messages
    assert "lane 1: its gate has started: reset by its watchdog" in caplog.messages
    (alarm,) = [one.getMessage() for one in caplog.records if one.levelname == "WARNING" and "stay up" in one.message]
    assert "4 x reset by its watchdog; 1 x power on" in alarm
    assert "power supply" in alarm


@pytest.mark.parametrize(("gap_s", "told"), [(0, True), (WITHIN_S // MANY, True), (WITHIN_S, False)])
def test_starts_far_apart_are_no_loop(gap_s, told):
    """A gate that is switched on each morning is not told; nor is another lane's start added to its own."""
    starts = Starts()
    found = [starts.note("A", codes.RESET_POWER, 1000 + number * gap_s) for number in range(MANY)]
    assert found[:-1] == [None] * (MANY - 1)
    assert (found[-1] is not None) == told
    assert not told or "5 次上电或欠压" in found[-1][0]
    assert starts.note("B", codes.RESET_POWER, 1000) is None


def test_a_clock_that_jumps_makes_no_loop_and_no_error():
    """The house's clock is set back by years, and on again."""
    starts = Starts()
    for moment in (1790000000, 5, 1790000000, 0xFFFFFFFF, 7):
        assert starts.note("A", 99, moment) is None
