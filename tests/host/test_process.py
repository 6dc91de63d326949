"""`gatehouse run` as a process of its own, as a station starts it: gates, signals, imports beside it, full disks."""

import contextlib
import json
import os
import resource
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from gatehouse.ledger import Ledger
from gatehouse.status import Colour, Outcome
from gatelink import codes
from gatelink.house_to_gate import Cursor


def events_of(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_day_at_a_station_in_small(station, start, new_pty, bench_gate, number_of, gatehouse_command, number):
    """Up, taps, reports, a clean end; nothing that it wrote or said holds a number."""
    station.know((number_of(1), Colour.GREEN, 60), (number_of(2), Colour.RED, 60))
    keys, tty = station.enrol("北门 1"), new_pty()
    events = station.folder / "events.jsonl"
    house = start("run", "--config", station.write_config(tty.name), "--events", events)

    gate = bench_gate(keys, tty.fd).bring_up()
    verdicts = [gate.tap(number_of(n)).verdict for n in (1, 2, 3)]
    gate.report(1, codes.REPORT_OPENING, 1, codes.REASON_GREEN)
    gate.report(2, codes.REPORT_PASSED, 1)
    gate.until(lambda: gate.got(Cursor)[-1].index == 2)
    status = house.end(number)

    assert status == 0, house.said
    assert "stopping" in house.said
    assert "Traceback" not in house.said
    assert verdicts == [codes.ALLOW, codes.DENY, codes.REFER]
    told = events_of(events)
    assert [one["event"] for one in told if one["event"] != "beat"] == ["up", "tap", "tap", "tap", "report", "report"]
    listed = subprocess.run(
        [*gatehouse_command, "ledger", "list", "--config", str(station.config)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "opening 开闸" in listed
    assert "passed 已通过" in listed
    assert "北门 1" in listed
    everything = house.said.encode() + listed.encode()
    for file in station.folder.rglob("*"):
        if file.is_file():
            everything += file.read_bytes()
    for n in (1, 2, 3):
        assert number_of(n).encode() not in everything
        assert number_of(n)[6:17].encode() not in everything


def test_travellers_are_answered_while_an_import_runs(station, start, new_pty, bench_gate, number_of):
    """Two processes on one register: every tap gets its verdict, and the import's statuses count from its end on."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol(), new_pty()
    rows = station.folder / "people.csv"
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    with rows.open("w", encoding="utf-8") as file:
        file.write("number,colour,updated\n")
        file.writelines(f"{number_of(n)},red,{now}\n" for n in range(1, 30_001))
    house = start("run", "--config", station.write_config(tty.name))
    gate = bench_gate(keys, tty.fd).bring_up()

    importing = start("register", "import", rows, "--config", station.config)
    during = []
    while importing.process.poll() is None:
        during.append(gate.tap(number_of(1)).verdict)
    after = gate.tap(number_of(1))

    assert importing.wait() == 0, importing.said
    assert "30000 people imported" in importing.said
    assert len(during) > 3
    # All or nothing: green until the commit, red from then on, nothing else in between.
    assert during == sorted(during)
    assert set(during) <= {codes.ALLOW, codes.DENY}
    assert during[0] == codes.ALLOW
    assert (after.verdict, after.reason) == (codes.DENY, codes.REASON_RED)
    assert house.end() == 0


def test_a_gatehouse_that_was_killed_goes_on_where_it_was(station, start, new_pty, bench_gate, number_of):
    """As after a power cut: the cursor is what was committed, and a repeated report is no second record.

    What lies about in the data folder, its log of commits, lock and notice, holds nothing up: travellers are served.
    """
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol(), new_pty()
    config = station.write_config(tty.name)
    house = start("run", "--config", config)
    gate = bench_gate(keys, tty.fd).bring_up()
    gate.report(1, codes.REPORT_OPENING)
    gate.until(lambda: gate.got(Cursor)[-1].index == 1)
    lying_about = station.data / "gates.json"
    gate.until(lying_about.exists)
    house.process.kill()
    house.wait()
    assert {"gates.json", "running.lock", "ledger.db-wal"} <= {one.name for one in station.data.iterdir()}

    again = start("run", "--config", config)
    gate = bench_gate(keys, tty.fd, boot=2).bring_up()
    first_cursor = gate.got(Cursor)[0].index
    assert gate.tap(number_of(1)).verdict == codes.ALLOW
    gate.report(1, codes.REPORT_OPENING)
    gate.report(2, codes.REPORT_BOOTED)
    gate.until(lambda: gate.got(Cursor)[-1].index == 2)

    assert first_cursor == 1
    assert again.end() == 0
    ledger = Ledger(station.data / "ledger.db")
    assert [one.index for one in ledger.entries()] == [1, 2]
    ledger.close()


def test_events_go_to_a_file_descriptor(station, start, new_pty, bench_gate):
    """As a display that starts the gatehouse hands it one."""
    keys, tty = station.enrol(), new_pty()
    reading, writing = os.pipe()
    house = start("run", "--config", station.write_config(tty.name), "--events", writing, pass_fds=[writing])
    os.close(writing)
    bench_gate(keys, tty.fd).bring_up()
    with os.fdopen(reading, encoding="utf-8") as stream:
        first = json.loads(stream.readline())
        house.end()
        stream.read()

    assert first == {"event": "up", "lane": "lane 1", "port": tty.name}


def test_a_station_without_its_ports_waits_and_ends_when_it_is_told(station, start):
    """Ports that are not there are said once each; network ports close within the end."""
    station.enrol()
    house = start("run", "--config", station.write_config("/dev/does-not-exist", "socket://127.0.0.1:9", "loop://"))
    house.until_said("there is no such port")
    house.until_said("nobody listens there")
    house.until_said("loop://: port open")

    assert house.end() == 0
    assert house.said.count("there is no such port") == 1


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="Linux shows a process's limits there")
def test_the_process_leaves_no_core_dump(station, start):
    """Numbers and keys pass through its memory."""
    station.enrol()
    house = start("run", "--config", station.write_config("loop://"))
    house.until_said("serving ports: 1")
    limits = Path(f"/proc/{house.process.pid}/limits").read_text()
    house.end()

    line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert line.split()[4:6] == ["0", "0"]


def served(station):
    """As the key file of a station looks after its first traveller."""
    with contextlib.closing(station.keys()) as keys:
        keys.secret("ledger 20261123")


def empty(station, name):
    """As a disk that lost the file's content leaves it."""
    station.data.mkdir(exist_ok=True)
    (station.data / name).touch()


@pytest.mark.parametrize(
    ("prepare", "status", "says"),
    [
        (lambda s: s.config.write_text("[store]\n"), 2, "store.data: is missing"),
        (lambda s: s.config.unlink(), 2, "No such file"),
        (lambda s: s.keys_path.unlink(), 1, "no key file. Put it back"),
        (lambda s: s.keys_path.chmod(0o644), 1, "others may read the keys"),
        (lambda s: s.keys_path.write_text("x" * 500), 1, "keys.db: file is not a database"),
        (
            lambda s: s.data.mkdir() or (s.data / "ledger.db").write_text("x" * 500),
            1,
            "ledger.db: file is not a database",
        ),
        (lambda s: s.data.mkdir() or (s.data / "register.db").mkdir(), 1, "register.db"),
        (lambda s: s.data.write_text(""), 2, "store.data: it is a file"),
        (served, 1, "ledger.db: is missing or empty, but travellers have been answered here before"),
        (lambda s: served(s) or empty(s, "ledger.db"), 1, "begin a new one: gatehouse run --new-ledger"),
        (lambda s: served(s) or empty(s, "register.db"), 1, "register.db: is empty: its content was lost"),
    ],
)
def test_what_cannot_work_does_not_start(station, start, prepare, status, says):
    """One message, the right exit status, no traceback."""
    station.enrol()
    station.write_config("loop://")
    prepare(station)

    house = start("run", "--config", station.config)

    assert house.wait() == status
    assert says in house.said
    assert "not started" in house.said
    assert "Traceback" not in house.said


def test_a_new_ledger_is_begun_if_that_is_meant(station, start):
    """Once: the next start needs no word."""
    station.enrol()
    served(station)
    station.write_config("loop://")
    for more in (["--new-ledger"], []):
        house = start("run", "--config", station.config, *more)
        house.until_said("serving ports: 1")
        assert house.end() == 0


def test_two_data_folders_do_not_share_a_key_file(station, start):
    """Both would lead the same gates' sessions; the keys are not restored under it either."""
    station.enrol()
    first = start("run", "--config", station.write_config("loop://"))
    first.until_said("serving ports: 1")
    other = station.folder / "other.toml"
    other.write_text(station.config.read_text().replace(str(station.data), str(station.folder / "other")))
    second = start("run", "--config", other)

    assert second.wait() == 1
    assert "keys.db: another gatehouse uses this key file. Stop that one." in second.said
    assert first.end() == 0


def no_file_grows_beyond(size):
    """For a child: writing beyond that size fails, as on a full disk."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    return limit


def test_a_full_disk_at_the_start_is_said(station, start):
    """Where nothing can be recorded: better not to start than to send everybody to staff."""
    station.enrol()
    Ledger(station.data / "ledger.db").close()

    house = start("run", "--config", station.write_config("loop://"), preexec_fn=no_file_grows_beyond(20_000))

    assert house.wait() == 1
    assert "The gatehouse was not started." in house.said
    assert "that disk" in house.said


def test_a_ledger_that_another_program_holds_is_said_before_the_first_traveller(station, start):
    """A commit is tried at the start, not first under somebody's card."""
    station.enrol()
    Ledger(station.data / "ledger.db").close()
    holder = sqlite3.connect(station.data / "ledger.db", isolation_level=None)
    holder.execute("begin immediate")
    try:
        house = start("run", "--config", station.write_config("loop://"))
        assert house.wait() == 1
    finally:
        holder.execute("rollback")
        holder.close()
    assert "ledger.db: database is locked. Another program is writing" in house.said


def test_a_full_disk_under_the_register_ends_the_import_and_keeps_the_old_data(station, start, number_of):
    """A clear message, exit status 1, and the register as it was."""
    station.know((number_of(1), Colour.GREEN, 60))
    rows = station.folder / "people.csv"
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    rows.write_text("number,colour,updated\n" + "".join(f"{number_of(n)},red,{now}\n" for n in range(1, 30_001)))
    station.write_config("loop://")

    importing = start("register", "import", rows, "--config", station.config, preexec_fn=no_file_grows_beyond(500_000))

    assert importing.wait() == 1
    assert "that disk" in importing.said
    assert "Nothing was imported; the register is as it was." in importing.said
    assert "Traceback" not in importing.said
    register = station.register()
    assert register.count() == 1
    assert register.look_up(number_of(1).encode()).outcome is Outcome.GREEN
    register.close()
