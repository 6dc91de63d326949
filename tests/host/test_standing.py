"""How links stand: counted per lane, told by `gatehouse gates`, by a file and over HTTP, and what rubbish does."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import pytest
from gatehouse import noticeboard, words
from gatehouse.metrics import MetricsEndpoint
from gatehouse.noticeboard import NoticeError
from gatehouse.sole import RunsAlready, SoleRun
from gatehouse.standing import LANES_MAX, Standings, name_of
from gatehouse.status import Colour
from gatelink import codes
from gatelink.counters import Counters
from prometheus_client.parser import text_string_to_metric_families


def test_what_a_line_counts_reaches_its_lane(running, station, new_pty, bench_gate, number_of):
    """Frames, a damaged one, the round trip, the answers and the last error, under the lane's name."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            line = run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            await asyncio.to_thread(gate.tap, number_of(1))
            os.write(gate.fd, b"\0garbage\0")
            await asyncio.to_thread(gate.tap, number_of(1))
            line.tally()
            line.tally()
            run.house.happenings.happened("fault", "lane 1", what=codes.FAULT_JOURNAL_FULL, detail=0)
            return run.house.standings.all(), line._end.counters

    (standing,), counters = asyncio.run(story())
    assert (standing.lane, standing.up, standing.port) == ("lane 1", True, tty.name)
    assert standing.counts["damaged"] == counters.damaged == 1
    assert standing.counts["frames_in"] == counters.frames_in
    assert standing.counts["handshakes"] == 1
    assert sum(standing.answers) == 2
    assert standing.last_error == "fault: journal full"


def test_every_state_that_a_gate_can_tell_has_words():
    """The host's words keep up with the lane's states."""
    from gate import lane_table

    states = {value: name for name, value in vars(lane_table).items() if name.startswith("S_")}
    assert set(words.LANE_STATES) == set(states)
    for state, name in states.items():
        assert words.LANE_STATES[state][1].replace(" ", "_").upper() == name[2:]


def test_names_of_codes_never_fail():
    """A code that nobody knows is still told."""
    assert name_of("REFUSED_", codes.REFUSED_ROLLED_BACK) == "rolled back"
    assert name_of("REFUSED_", 99) == "code 99"
    assert name_of("REFUSED_", None) == "unknown"


def test_standings_do_not_grow_without_end():
    """Whoever invents names costs nothing but the oldest of them."""
    standings = Standings()
    for number in range(3 * LANES_MAX):
        standings.note("refused", f"stranger {number}", {"reason": codes.REFUSED_UNKNOWN_GATE})
    assert len(standings.all()) == LANES_MAX


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format": 1}',
        '{"format": 1, "written_s": 0, "gates": [{"lane": 1, "x": 2}]}',
        '{"format": 1, "written_s": 0, "gates": [{"lane": "A", "counts": {}, "faults": {"reader 1": [1]}}]}',
        '{"format": 1, "written_s": 0, "gates": [{"lane": "A", "counts": {}, "faults": 7}]}',
        "[" * 99999,
    ],
)
def test_a_notice_that_is_none_is_named(tmp_path, text):
    """Rubbish in the file is told with what to do."""
    path = noticeboard.path_in(tmp_path)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NoticeError, match="Delete it"):
        noticeboard.read(path)


def test_a_notice_is_read_as_it_was_written(tmp_path):
    """All of it, with its age; its owner alone may read it."""
    standings = Standings()
    standings.note("up", "东1", {"port": "/dev/ttyUSB0"})
    standings.book("东1", "/dev/ttyUSB0", {"frames_in": 3}, round_trip_ms=9, queued=0)
    standings.note("fault", "东1", {"what": codes.FAULT_READER_SILENT, "detail": 256 * codes.READER_QR})
    path = noticeboard.path_in(tmp_path)
    assert noticeboard.read(path) is None
    noticeboard.write(path, standings.all())
    age_s, found = noticeboard.read(path)
    assert found == standings.all()
    assert 0 <= age_s < 60
    assert path.stat().st_mode & 0o077 == 0


# A number of its own for each counter that an end has.
COUNTED = {name: 101 + place for place, name in enumerate(vars(Counters())) if name != "round_trip_ms"}


@pytest.fixture
def endpoint():
    standings = Standings()
    standings.note("up", 'la"ne\n1', {"port": "/dev/ttyUSB0"})
    standings.note("tap", 'la"ne\n1', {"ms": 3.0})
    standings.note("refused", 'la"ne\n1', {"reason": codes.REFUSED_WRONG_KEY})
    standings.note("beat", 'la"ne\n1', {"state": 3, "waiting": 5})
    standings.book('la"ne\n1', "/dev/ttyUSB0", COUNTED, round_trip_ms=12, queued=4)
    with contextlib.closing(MetricsEndpoint(standings, "127.0.0.1", 0)) as opened:
        yield opened


def scrape(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        families = text_string_to_metric_families(answer.read().decode())
        return {sample.name: sample for family in families for sample in family.samples}


def test_prometheus_reads_every_number(endpoint):
    """By its own parser, labels with odd characters included."""
    found = scrape(endpoint.port)
    counted = {name: found[f"gatehouse_link_{name}_total"].value for name in COUNTED}
    assert counted == COUNTED
    assert found["gatehouse_link_waiting_reports"].value == 5
    assert found["gatehouse_link_queued_messages"].value == 4
    assert found["gatehouse_link_up"].value == 1
    assert found["gatehouse_link_round_trip_seconds"].value == 0.012
    assert found["gatehouse_answer_seconds_count"].value == 1
    error = found["gatehouse_link_last_error_timestamp_seconds"]
    assert error.labels == {"lane": 'la"ne\n1', "port": "/dev/ttyUSB0", "error": "refused: wrong key"}


def test_a_reader_that_is_broken_is_a_number_until_it_works():
    """By lane and reader; to acknowledge an alarm is no repair."""
    standings = Standings()
    standings.note("up", "A1", {"port": "/dev/ttyUSB0"})
    dead = 256 * codes.READER_SAM_V
    standings.note("fault", "A1", {"what": codes.FAULT_READER_SILENT, "detail": dead})
    standings.note("acknowledged", "A1", {"alarm": 1})
    with contextlib.closing(MetricsEndpoint(standings, "127.0.0.1", 0)) as opened:
        broken = scrape(opened.port)["gatehouse_lane_fault"]
        standings.note("fault", "A1", {"what": codes.FAULT_READER_BACK, "detail": dead})
        after = scrape(opened.port)
    where = {"lane": "A1", "port": "/dev/ttyUSB0"}
    assert (broken.value, broken.labels) == (1, where | {"part": "card module", "fault": "reader silent"})
    assert "gatehouse_lane_fault" not in after


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_an_ipv6_address_is_served_too():
    """As [metrics] listen = "[::1]:9464" names it."""
    with contextlib.closing(MetricsEndpoint(Standings(), "::1", 0)) as opened:
        address = f"http://[::1]:{opened.port}/metrics"
        with urllib.request.urlopen(address, timeout=10) as answer:
            assert b"gatehouse_answer_seconds" in answer.read()


def test_a_port_where_no_gate_has_come_raises_no_alarm():
    """Prometheus hears its counts, and no `up` that could be 0."""
    standings = Standings()
    standings.book("/dev/ttyUSB7", "/dev/ttyUSB7", {"damaged": 1}, round_trip_ms=0, queued=0)
    with contextlib.closing(MetricsEndpoint(standings, "127.0.0.1", 0)) as other:
        found = scrape(other.port)
    assert found["gatehouse_link_damaged_total"].value == 1
    assert "gatehouse_link_up" not in found


def test_what_was_counted_before_the_gate_proved_itself_becomes_its_own():
    """One row for a gate, none for its port beside it."""
    standings = Standings()
    standings.book("/dev/ttyUSB0", "/dev/ttyUSB0", {"frames_out": 2, "refused": 1}, round_trip_ms=0, queued=0)
    standings.settle("/dev/ttyUSB0", "A1")
    standings.note("up", "A1", {"port": "/dev/ttyUSB0"})
    standings.book("A1", "/dev/ttyUSB0", {"frames_out": 3}, round_trip_ms=0, queued=0)
    standings.settle("/dev/ttyUSB0", "A1")

    (one,) = standings.all()
    assert (one.lane, one.counts) == ("A1", {"frames_out": 5, "refused": 1})


@pytest.mark.parametrize(
    "question", [b"\0" * 100_000, b"GET /metrics HTTP/9.9\r\n\r\n", b"A" * 70_000 + b"\r\n\r\n", b""]
)
def test_whoever_asks_rubbish_keeps_nobody_from_an_answer(endpoint, question, capfd):
    """Garbage, endless lines, silence: the next question is answered, and nothing is logged."""
    with socket.create_connection(("127.0.0.1", endpoint.port)) as held, contextlib.suppress(OSError):
        held.sendall(question)
        assert scrape(endpoint.port)["gatehouse_link_up"].value == 1
    assert capfd.readouterr() == ("", "")


def test_a_second_gatehouse_on_the_same_folder_is_refused(tmp_path):
    """It says so, and takes nothing from the first; after that one's end the folder is free."""
    first = SoleRun(tmp_path)
    with pytest.raises(RunsAlready, match="another gatehouse serves this data folder"):
        SoleRun(tmp_path)
    first.close()
    SoleRun(tmp_path).close()


def test_a_killed_gatehouse_leaves_the_folder_free(tmp_path):
    """The lock ends with the process."""
    program = (
        "import sys, pathlib; from gatehouse.sole import SoleRun; "
        "held = SoleRun(pathlib.Path(sys.argv[1])); print(1, flush=True); input()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    child.stdout.readline()
    with pytest.raises(RunsAlready):
        SoleRun(tmp_path)
    child.kill()
    child.communicate()
    SoleRun(tmp_path).close()


def test_gates_shows_links_while_the_gatehouse_runs_and_says_when_it_does_not(station, gatehouse_command, new_pty):
    """The same command, before, during and after a run; the metrics' port as the settings say."""
    station.enrol("A1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = station.write_config(new_pty().name, more=f'[metrics]\nlisten = "127.0.0.1:{port}"\n')
    station.register().close()

    def gates(*more):
        return subprocess.run(
            [*gatehouse_command, "gates", "--config", str(config), *more], check=False, capture_output=True, text=True
        )

    assert "is not running" in gates().stdout
    run = subprocess.Popen([*gatehouse_command, "run", "--config", str(config)], stderr=subprocess.PIPE, text=True)
    drained = threading.Thread(target=run.stderr.read, daemon=True)
    drained.start()
    try:
        board = noticeboard.path_in(station.data)
        deadline = time.monotonic() + 20
        while noticeboard.read(board) is None:
            assert run.poll() is None
            assert time.monotonic() < deadline, "no notice"
        assert "no gate yet" in gates().stdout
        told = json.loads(gates("--json").stdout)
        assert told["gates"][0]["lane"] == "A1"
        assert told["links"][0]["counts"]["frames_out"] >= 0
        assert scrape(port)["gatehouse_link_frames_out_total"].value >= 0
        again = subprocess.run(
            [*gatehouse_command, "run", "--config", str(config)], check=False, capture_output=True, text=True
        )
        assert again.returncode == 1
        assert "another gatehouse serves this data folder" in again.stderr
    finally:
        run.terminate()
        run.wait(20)
        drained.join(10)
        run.stderr.close()
    assert "is not running" in gates().stdout


def test_a_taken_port_is_named(station, gatehouse_command, new_pty):
    """The gatehouse does not start half: it says which address is taken."""
    station.enrol("A1")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        config = station.write_config(new_pty().name, more=f'[metrics]\nlisten = "{address}"\n')
        told = subprocess.run(
            [*gatehouse_command, "run", "--config", str(config)],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert told.returncode == 1
    assert f"[metrics] listen = {address}" in told.stderr
