"""The control socket under hostile clients, another user, a full disk: lanes are served on, and nothing is ordered."""

import asyncio
import contextlib
import json
import os
import select
import socket
import stat
import subprocess
import sys
import threading

import pytest
from gatehouse.control import desk as desks
from gatehouse.control import peer, place
from gatehouse.control.client import Control, NotAllowed, Unreachable
from gatehouse.control.desk import Desk
from gatehouse.status import Colour
from gatelink import codes
from host.staffed import Obedient
from host.watcher import until

ORDER = {"do": "order", "id": 1, "lane": "A1", "order": "open", "reason": "why", "name": None}
HOSTILE = (
    b"\n",
    b"null\n",
    b"[]\n",
    b'"order"\n',
    b"\x00\xff\xfe\x80\n",
    b"[" * 4000 + b"\n",
    b'{"do":' * 600 + b"\n",
    b"{}\n",
    b'{"do": "explode", "id": 1}\n',
    b'{"do": "scene"}\n',
    b'{"do": "scene", "id": -1}\n',
    b'{"do": "scene", "id": true}\n',
    b'{"do": "scene", "id": 1e400}\n',
    b'{"do": "scene", "id": 99999999999999999999999999}\n',
    b'{"do": "scene", "id": 1, "more": 1}\n',
    b'{"do": "acknowledge", "id": 1, "alarm": "1", "name": null}\n',
    b'{"do": "slip", "id": 1, "lane": 5}\n',
    b'{"do": "reload", "id": 1, "file": "/etc/passwd"}\n',
    json.dumps(ORDER | {"who": "root"}).encode() + b"\n",
    json.dumps(ORDER | {"reason": 5}).encode() + b"\n",
    json.dumps(ORDER | {"lane": "x" * 101}).encode() + b"\n",
    json.dumps(ORDER | {"order": "OPEN"}).encode() + b"\n",
    b"x" * 100_000,
)


@contextlib.asynccontextmanager
async def open_desk(running, station, port):
    """A house in this process with its desk."""
    async with running(station) as run:
        run.desk = Desk(run.house)
        await run.desk.open(station.data)
        run.line(port)
        try:
            yield run
        finally:
            await run.desk.close()
            await run.house.orders.end()


@pytest.fixture
def story(running, station, new_pty, bench_gate, number_of):
    """Runs `tell(run, gate)` beside the loop of a house with the obedient gate of lane A1."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol("A1"), new_pty()

    def play(tell):
        async def all_of_it():
            async with open_desk(running, station, tty.name) as run:
                gate = await asyncio.to_thread(lambda: Obedient(bench_gate(keys, tty.fd)))
                try:
                    return await asyncio.to_thread(tell, run, gate)
                finally:
                    await asyncio.to_thread(gate.end)

        return asyncio.run(all_of_it())

    return play


def raw(station):
    """A connection that keeps to nothing."""
    connection = socket.socket(socket.AF_UNIX)
    with place.address(place.path_in(station.data)) as name:
        connection.connect(name)
    connection.settimeout(20)
    return connection


def heard(connection):
    """Everything until the gatehouse hangs up."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            data += piece
    connection.close()
    return data


def ordered(station, **other):
    control = Control(station.data)
    try:
        return control.ask(**{"wait_s": 10.0} | {k: v for k, v in (ORDER | other).items() if k != "id"})
    finally:
        control.close()


def test_rubbish_costs_its_sender_the_connection_and_nobody_else_anything(story, station, caplog):
    """One answer that repeats nothing, then the end; an order is obeyed all the same, and no entry is left behind."""

    def tell(run, gate):
        for rubbish in HOSTILE:
            connection = raw(station)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(rubbish)
            said = heard(connection)
            assert not said or json.loads(said)["result"] == "wrong", rubbish[:60]
        assert ordered(station)["result"] == "done"
        until(lambda: len(run.records()) > 1)
        return [entry.what for entry in run.records()], len(gate.orders)

    assert story(tell) == ([codes.REPORT_ORDERED, codes.REPORT_COMPLETED], 1)
    assert "internal error" not in caplog.text


def test_who_asks_too_fast_is_sent_away(story, station):
    """After its allowance; another one is served."""

    def tell(_run, _gate):
        connection = raw(station)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for number in range(200):
                connection.sendall(json.dumps({"do": "scene", "id": number}).encode() + b"\n")
        said = heard(connection)
        assert ordered(station)["result"] == "done"
        return said.count(b'"done"'), b"ask less often" in said

    answered, told = story(tell)
    assert answered < 40
    assert told or answered  # a reset may have swallowed the last line


def test_only_so_many_are_attended_and_the_idle_make_room(story, station, monkeypatch):
    """The next one is told; who asks nothing is sent away after a while."""
    monkeypatch.setattr(desks, "CLIENTS_MAX", 3)
    monkeypatch.setattr(desks, "IDLE_S", 0.5)

    def tell(_run, _gate):
        watching = Control(station.data)
        watching.ask("watch", 10.0)
        idle = [raw(station) for _ in range(2)]
        refused = heard(raw(station))
        ends = [heard(one) for one in idle]
        result = ordered(station)["result"]
        still = [event["event"] for event in watching.receive()]
        watching.close()
        return refused, ends, result, "ordered" in still or "beat" in still

    refused, ends, result, still = story(tell)
    assert b"Too many commands are connected" in refused
    assert (ends, result, still) == ([b"", b""], "done", True)


def test_a_watcher_that_stops_reading_is_cut_off_and_delays_nobody(story, station, number_of, monkeypatch):
    """Its lines are bounded; travellers are answered meanwhile."""
    monkeypatch.setattr(desks, "READS_MAX_S", 0.3)
    monkeypatch.setattr(desks, "LINES_MAX", 50)

    def tell(run, gate):
        stuck = raw(station)
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.sendall(b'{"do": "watch", "id": 1}\n')
        said = lambda: run.house.happenings.happened("up", "A1", port="x" * 5000)  # noqa: E731
        until(lambda: any(visitor.watches for visitor in run.desk._visitors))

        def cut_off():
            run.house.loop.call_soon_threadsafe(said)
            return not run.desk._visitors

        until(cut_off)
        verdict = []
        gate.do(lambda bench: verdict.append(bench.tap(number_of(1)).verdict))
        left = len(run.desk._visitors)
        stuck.close()
        return left, verdict

    assert story(tell) == (0, [codes.ALLOW])


def test_what_cannot_be_recorded_is_not_ordered(story, station):
    """The ledger's disk is full: refused at once or within the time of a commit, nothing leaves, and when there is
    room again the ledger says that it was not given."""

    def tell(run, gate):
        run.disk(full=True)
        results = [ordered(station)["result"] for _ in range(2)]
        sent = len(gate.orders)
        run.disk(full=False)
        until(lambda: len(run.records()) > 1)
        told = [(entry.what, entry.detail) for entry in run.records()]
        later = ordered(station)["result"]
        return results, sent, told, later, len(gate.orders)

    results, sent, told, later, at_last = story(tell)
    assert results == ["not recorded", "not recorded"]
    assert (sent, later, at_last) == (0, "done", 1)
    not_given = (codes.REPORT_COMPLETED, codes.COMPLETION_NOT_GIVEN)
    assert told == [(codes.REPORT_ORDERED, codes.ORDER_OPEN_ONCE), not_given]


def test_one_order_at_a_time_for_each_lane(story, station):
    """A second one while the first is under way is refused, not queued."""

    def tell(_run, gate):
        gate.outcome = None
        first = []
        asking = threading.Thread(target=lambda: first.append(ordered(station)["result"]))
        asking.start()
        until(lambda: gate.orders)
        second = ordered(station)["result"]
        gate._complete(gate.orders[0].order, codes.COMPLETION_DONE)
        asking.join()
        return first, second, len(gate.orders)

    assert story(tell) == (["done"], "busy", 1)


@pytest.mark.parametrize("outcome", [0, codes.COMPLETION_NO_WORD, codes.COMPLETION_NOT_GIVEN, 255])
def test_a_gate_cannot_say_what_is_the_houses_own(story, station, monkeypatch, outcome):
    """A completion of no known kind is no completion."""
    from gatehouse import orders

    monkeypatch.setattr(orders, "ANSWER_S", 0.5)

    def tell(run, gate):
        gate.outcome = outcome
        result = ordered(station)["result"]
        until(lambda: len(run.records()) > 1)
        return result, [entry.detail for entry in run.records() if entry.what == codes.REPORT_COMPLETED]

    assert story(tell) == ("no word", [codes.COMPLETION_NO_WORD])


def test_the_other_end_is_who_the_system_says(story, station):
    """Whatever stands in the line."""

    def tell(run, _gate):
        ordered(station, name="root of all")
        return run.records()[0].note.who

    assert story(tell) == f"{peer.user_name(os.getuid())} (root of all)"
    assert peer.user_name(4_000_000_000) == "user 4000000000"


STRANGER = """
import os, socket, sys
os.chdir(sys.argv[1])
os.setgid(65534); os.setuid(65534)
try:
    socket.socket(socket.AF_UNIX).connect("control.sock")
except PermissionError:
    print("kept out")
else:
    print("let in")
"""


def test_another_user_is_kept_out_by_folder_and_socket(story, station):
    """Each for itself: the folder's rights as it is made, and the socket's where somebody has opened the folder."""

    def tell(_run, _gate):
        rights = [stat.S_IMODE(one.stat().st_mode) for one in (station.data, place.path_in(station.data))]
        tried = []
        for mode in (0o700, 0o755) if os.geteuid() == 0 else ():
            station.data.chmod(mode)
            command = [sys.executable, "-c", STRANGER, str(station.data)]
            tried.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        return rights, tried

    rights, tried = story(tell)
    assert rights == [0o700, 0o600]
    assert set(tried) <= {"kept out\n"}
    assert len(tried) == (2 if os.geteuid() == 0 else 0)


def test_who_may_not_connect_is_told_whose_command_it_is(station, monkeypatch):
    """And what is not there is told as that."""
    station.data.mkdir()

    def refuse(*_):
        raise PermissionError

    with pytest.raises(Unreachable, match="is not running"):
        Control(station.data)
    monkeypatch.setattr(place, "connected", refuse)
    with pytest.raises(NotAllowed, match="only the user that runs the gatehouse"):
        Control(station.data)
    monkeypatch.setattr(place, "exists_here", lambda: False)
    with pytest.raises(NotAllowed, match="no Unix sockets on this system"):
        Control(station.data)


def test_a_data_folder_with_a_long_path_works_too(story, station):
    """Longer than a socket's own name may be."""
    station.data = station.folder / ("x" * 120) / "data"

    def tell(_run, _gate):
        return ordered(station)["result"]

    assert story(tell) == "done"


def test_a_socket_that_cannot_be_made_is_an_alarm_and_lanes_are_served(running, station, new_pty, bench_gate, caplog):
    """Something else lies in its place."""
    keys, tty = station.enrol("A1"), new_pty()
    place.path_in(station.data).mkdir(parents=True)

    async def all_of_it():
        async with open_desk(running, station, tty.name) as run:
            await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            return run.told.of("up")

    assert len(asyncio.run(all_of_it())) == 1
    assert "`gatehouse lane` and `gatehouse watch` do not work" in caplog.text


def test_watchers_hear_events_as_programs_do(story, station):
    """The same lines as `--events` writes: names beside the codes."""

    def tell(_run, _gate):
        watching = Control(station.data)
        scene = watching.ask("watch", 10.0)["scene"]
        ordered(station, order="lock")
        events = []
        while not any(event.get("event") == "order" for event in events):
            assert select.select([watching], [], [], 20)[0]
            events += watching.receive()
        watching.close()
        return sorted(scene["lanes"]), [one for one in events if one.get("event") in {"ordered", "order"}]

    lanes, (given, ended) = story(tell)
    assert lanes == ["A1"]
    assert (given["what_name"], given["reason"], ended["outcome_name"]) == ("lock", "why", "done")
    assert given["order"] == ended["order"]
