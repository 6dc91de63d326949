"""What the host's tests share: synthetic people, an enrolled station in a folder, a gate on a file descriptor."""

import asyncio
import contextlib
import datetime
import logging
import os
import select
import sqlite3
import sys
import time
import tty
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from gatehouse.answering import Answering
from gatehouse.backups import data_archive
from gatehouse.cli import main
from gatehouse.clock import StationClock
from gatehouse.gates import GateLine
from gatehouse.happenings import Happenings
from gatehouse.house import House
from gatehouse.keyfile import KeyFile
from gatehouse.ledger import Entry, Ledger
from gatehouse.ledger_writer import LedgerWriter
from gatehouse.lists import StationLists
from gatehouse.lookup.lookup import Lookup
from gatehouse.number_parts import check_digit
from gatehouse.person import pseudonym_as
from gatehouse.register import Register
from gatehouse.rules.book import RuleBook
from gatehouse.settings import LaneSettings, PortSettings, RuleSettings
from gatehouse.status import Colour
from gatelink import codes, events, ticks
from gatelink.gate_end import GateEnd
from gatelink.gate_to_house import Report, Tap
from gatelink.house_to_gate import Cursor, Verdict
from gatelink.keys import GateKeys
from host.house_process import Process
from host.saved_station import entry, nothing
from suites import gate_suite

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
WAIT_S = 20.0
FULL_PAGES, FREE_PAGES = 1, 1 << 30  # SQLite takes the size that a file has for the smallest limit
FILLER = b"FILLER.."


def now_ticks():
    return int(time.monotonic() * 1000) & (ticks.PERIOD - 1)


def resident_number(nth):
    """The nth of many valid synthetic numbers."""
    day = datetime.date(1990, 1, 1) + datetime.timedelta(days=nth // 999)
    first = f"110101{day:%Y%m%d}{nth % 999 + 1:03d}"
    return first + chr(check_digit(first.encode()))


def whose(key, shown):
    """The pseudonym of a resident's number, or of what is written code:TEXT."""
    word, colon, text = shown.partition(":")
    kind, presented = (codes.CARD_CODE, text) if colon and word == "code" else (codes.CARD_RESIDENT, shown)
    return pseudonym_as(key, kind, presented.encode())


class BenchGate:
    """A gate's end of the link on a file descriptor, driven by the test: no thread, no task."""

    def __init__(self, keys, fd, boot=1):
        self.flash = keys  # what survives this gate's power; the end has a copy of its own
        self.fd = fd
        self.boot = boot
        copy = GateKeys(keys.identity, keys.static_key, keys.count, bytes(keys.chain_key))
        self.end = GateEnd(copy, gate_suite(), 115200, boot, now_ticks())
        self.events = []
        self.counter = 0

    def turn(self):
        """One pass: bytes in, events taken, bytes out; waits at most 20 ms for bytes."""
        ready, _, _ = select.select([self.fd], [], [], 0.02)
        data = b""
        if ready:
            try:
                data = os.read(self.fd, 4096)
            except OSError:  # a pty whose other side is closed
                time.sleep(0.001)
        self.end.receive(data, now_ticks())
        while (event := self.end.next_event()) is not None:
            self.events.append(event)
            if isinstance(event, events.StoreKeys):
                self.flash.advance(event.count, event.chain_key)
                self.end.keys_stored(now_ticks())
        out = self.end.bytes_to_send(now_ticks())
        if out:
            os.write(self.fd, out)

    def until(self, condition, what="what the test waits for"):
        """Turn until the condition holds."""
        deadline = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < deadline, f"not within {WAIT_S} s: {what}"
            self.turn()

    def got(self, cls):
        """Events and messages of one class so far."""
        return [event for event in self.events if isinstance(event, cls)]

    def bring_up(self):
        """Until the house has welcomed it: the cursor is the last of what it sends."""
        self.until(lambda: self.got(Cursor), "a session and its cursor")
        return self

    def tap(self, number, card=codes.CARD_RESIDENT, valid_until=0):
        """Lay a card down; the verdict on it."""
        self.counter += 1
        counter = self.counter
        self.end.send(Tap(self.boot, counter, card, number.encode(), valid_until, 0), now_ticks())
        mine = lambda: [one for one in self.got(Verdict) if (one.boot, one.counter) == (self.boot, counter)]  # noqa: E731
        self.until(mine, "a verdict")
        return mine()[0]

    def report(self, index, what, counter=0, detail=0, at_s=1_700_000_000):
        """Send a report as soon as the link takes one."""
        self.until(self.end.can_send_bulk, "room for a report")
        self.end.send(Report(index, what, self.boot if counter else 0, counter, detail, at_s), now_ticks())


class Station:
    """A folder with key file, register and settings, as enrolment and operator leave it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.data = folder / "data"
        self.keys_path = folder / "keys" / "keys.db"
        self.config = folder / "gatehouse.toml"

    def keys(self):
        return KeyFile(self.keys_path, create=True, protector="file")

    def enrol(self, lane="lane 1"):
        """A gate's keys, as its flash and the key file hold them after enrolment."""
        identity, static_key, chain_key = os.urandom(8), os.urandom(32), os.urandom(32)
        keys = self.keys()
        keys.add_gate(identity, lane, static_key, chain_key)
        keys.close()
        return GateKeys(identity, static_key, 0, chain_key)

    def register(self):
        keys = self.keys()
        store = Register(self.data / "register.db", keys.secret("register"))
        keys.close()
        return store

    def know(self, *people, source="test"):
        """Put (number or code:TEXT, colour, age in seconds) into the register."""
        keys = self.keys()
        key = keys.secret("register")
        keys.close()
        store = self.register()
        rows = [
            (whose(key, shown), int(colour), "", int(time.time() - age_s), source, None)
            for shown, colour, age_s in people
        ]
        store.load([rows])
        store.close()

    def write_config(self, *urls, more=""):
        ports = "".join(f'[[port]]\nurl = "{url}"\n' for url in urls)
        self.config.write_text(
            f'[store]\ndata = "{self.data}"\nkeys = "{self.keys_path}"\nprotector = "file"\n{ports}{more}',
            encoding="utf-8",
        )
        return self.config


class Pty:
    """A pair of pseudo-terminals; `name` is the path for the program under test, `fd` the other side."""

    def __init__(self):
        self.fd, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.name = os.ttyname(self._slave)

    def close(self):
        for fd in (self.fd, self._slave):
            if fd >= 0:
                os.close(fd)
        self.fd = self._slave = -1


class Told:
    """An event stream that keeps what it is given."""

    def __init__(self):
        self.events = []
        self.changed = asyncio.Event()

    def give(self, event):
        self.events.append(event)
        self.changed.set()

    def of(self, kind):
        return [event for event in self.events if event["event"] == kind]


class Running:
    """A house in this process, with its lines; the test drives gates in threads beside it."""

    def __init__(self, station, house, told, ledger):
        self.station, self.house, self.told, self.ledger = station, house, told, ledger
        self.lines = []
        self._pages = FREE_PAGES
        sa.event.listen(
            ledger._engine, "checkout", lambda raw, *_: raw.execute(f"pragma max_page_count = {self._pages}")
        )

    def line(self, name):
        made = GateLine(self.house, PortSettings(url=str(name)))
        self.lines.append(made)
        made.start()
        return made

    async def until(self, condition):
        async with asyncio.timeout(WAIT_S):
            while not condition():
                self.told.changed.clear()
                await self.told.changed.wait()

    def disk(self, *, full):
        """Room on the ledger's disk or none; when it gets full what is left is used up to the last byte."""
        self._pages = FULL_PAGES if full else FREE_PAGES
        index = 0
        with contextlib.suppress(sa.exc.OperationalError):
            while full:
                index += 1
                self.ledger.commit(Entry(FILLER, "filler", index, codes.REPORT_PASSED, 0, 0, 0, 0, 0, None))

    def records(self):
        """What the gates have brought into the ledger."""
        return [one for one in self.ledger.entries() if one.identity != FILLER]


@contextlib.asynccontextmanager
async def running_house(station, clock=None):
    """A house over the station's folder."""
    with contextlib.ExitStack() as opened:
        keys = station.keys()
        opened.callback(keys.close)
        register = station.register()
        opened.callback(register.close)
        ledger = Ledger(station.data / "ledger.db")
        opened.callback(ledger.close)
        lists = StationLists(station.data / "lists.db", keys)
        opened.callback(lists.close)
        answering = Answering(Lookup(register), keys, RuleBook.fixed(RuleSettings().usual()), lists, 1500)
        told = Told()
        house = House(keys, answering, ledger, Happenings(told), lambda _lane: LaneSettings(), clock or StationClock())
        asyncio.get_running_loop().set_exception_handler(house.after_error)
        house.writer.start()
        run = Running(station, house, told, ledger)
        try:
            yield run
        finally:
            for line in run.lines:
                line.stop()
            for line in run.lines:
                await asyncio.to_thread(line.close)
            await asyncio.to_thread(house.writer.stop)


@pytest.fixture
def station(tmp_path):
    return Station(tmp_path)


@pytest.fixture
def saved(station, number_of):
    """A station with the archive of its first two records; a third came later."""
    station.enrol()
    station.know((number_of(1), Colour.GREEN, 60), (number_of(2), Colour.RED, 60))
    station.write_config("loop://")
    station.archive = station.folder / "data.zip"
    with contextlib.closing(Ledger(station.data / "ledger.db")) as ledger:
        ledger.commit(entry(1), entry(2))
        data_archive.write(station.data, station.archive, nothing)
        ledger.commit(entry(3))
    return station


@pytest.fixture
def restore_data(saved):
    """Calls `gatehouse restore data` for that station."""

    def run(*arguments):
        words = ["restore", "data", *map(str, arguments), "--config", str(saved.config)]
        return CliRunner().invoke(main, words)

    return run


@pytest.fixture
def new_pty():
    """Makes pseudo-terminals that are closed after the test."""
    made = []

    def make():
        made.append(Pty())
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def bench_gate():
    return BenchGate


@pytest.fixture
def running(monkeypatch, caplog):
    """`async with running(station) as run`: a house in this process that tries failed commits again at once."""
    monkeypatch.setattr(LedgerWriter, "RETRY_S", 0.01)
    caplog.set_level(logging.INFO, logger="gatehouse")
    return running_house


@pytest.fixture
def number_of():
    return resident_number


@pytest.fixture
def gatehouse_command():
    """The installed command, run by this interpreter."""
    return [sys.executable, "-m", "gatehouse.cli"]


@pytest.fixture
def start(gatehouse_command):
    """Starts gatehouse commands; what still runs after the test is killed."""
    started = []

    def run(*arguments, **options):
        started.append(Process(gatehouse_command, *arguments, **options))
        return started[-1]

    yield run
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.wait()


@pytest.fixture
def old(tmp_path):
    """Makes a database as an old version left it."""

    def make(name, folder=tmp_path, version=1):
        path = folder / f"{name}.db"
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.executescript(VECTORS.joinpath(f"{name}_version_{version}.sql").read_text(encoding="utf-8"))
        return path

    return make
