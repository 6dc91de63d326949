"""The gatehouse process: one asyncio loop, one line per port, the ledger's thread; a signal ends it cleanly."""

import asyncio
import contextlib
import errno
import signal
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from gatehouse import alarms, clock_mark, continuity, keyfile, noticeboard, schema
from gatehouse.answering import Answering
from gatehouse.clock import StationClock
from gatehouse.control import peer
from gatehouse.control.desk import Desk
from gatehouse.gate_record import ENROLLED
from gatehouse.gates import GateLine
from gatehouse.happenings import EventStream, Happenings
from gatehouse.health import Health
from gatehouse.house import House
from gatehouse.keyfile import KeyFile
from gatehouse.ledger import Ledger
from gatehouse.lists import StationLists
from gatehouse.lookup.answers import ANSWERS_KEY
from gatehouse.lookup.lookup import Lookup
from gatehouse.metrics import MetricsEndpoint
from gatehouse.process import guard_memory, keep_what_is_there, widen_files
from gatehouse.register import Register
from gatehouse.retention.watch import RetentionWatch
from gatehouse.rules import change
from gatehouse.rules.book import RuleBook
from gatehouse.settings import GatehouseSettings
from gatehouse.settings_errors import SettingsError
from gatehouse.sole import RunsAlready, SoleRun
from gatehouse.words import Words, filled

CLOCK_LOOK_S = 1.0
ENROLMENT_LOOK_S = 1.0
TELL_TIME_S = 3600.0
KEEP_TIME_S = 60.0
REGISTER_KEY = "register"

NOTICE_S = 1.0


class CannotListen(Exception):
    """The address for metrics cannot be used; the text says what to do."""


class RulesWrong(Exception):
    """The rule file cannot be used; the text names each problem with its line."""


class PlatformsWrong(Exception):
    """A health platform of the settings cannot be asked; the text says why."""


class CannotLock(Exception):
    """The lock of data folder or key file cannot be made or written; the text says what to do."""


CannotStart = (
    keyfile.KeyFileError,
    schema.DatabaseError,
    RunsAlready,
    CannotLock,
    CannotListen,
    RulesWrong,
    PlatformsWrong,
    continuity.DataLost,
)


async def run(
    settings: GatehouseSettings, stream: EventStream | None, *, new_ledger: bool = False, clock_is_right: bool = False
) -> None:
    """Serve until a signal comes. One of CannotStart if key file or databases cannot be used.

    `new_ledger`: begin one although travellers have been answered before. `clock_is_right`: it was wrong when the
    station ran before.
    """
    guard_memory()
    widen_files()
    happenings = Happenings(stream)
    with contextlib.ExitStack() as opened:
        keys = KeyFile(settings.store.keys_path, protector=settings.store.protector)
        opened.callback(keys.close)
        for line in keys.news:
            happenings.say(line)
        store = settings.store
        continuity.check(store.register, store.ledger, keys.purposes(), new_ledger=new_ledger)
        register = Register(settings.store.register, keys.secret(REGISTER_KEY))
        opened.callback(register.close)
        ledger = Ledger(settings.store.ledger)
        opened.callback(ledger.close)
        opened.callback(hold(SoleRun, store.ledger.parent).close)
        opened.callback(hold(SoleRun.of_keys, store.keys_path).close)
        mark = clock_mark.path_in(store.ledger.parent)
        sure_s = 0 if clock_is_right else clock_mark.read(mark) or ledger.heard_last_s() or 0
        clock = StationClock(sure_s=sure_s)
        # What cannot be recorded is not allowed: better not to start than to send everybody to staff.
        ledger.prove_writable()
        compare_keys(keys, ledger, happenings)
        rules = open_rules(settings, happenings)
        record_rules(ledger, rules, clock)
        lists = StationLists(store.lists, keys)
        opened.callback(lists.close)
        if rules.current.uses_lists() and not lists.open():
            happenings.alarm(filled(alarms.LISTS_UNREAD, why=lists.trouble))
        health = open_health(settings, keys, happenings, clock)
        opened.callback(health.close)
        lookup = Lookup(register, health.sources, settings.lookup)
        answering = Answering(lookup, keys, rules, lists, settings.answer_limit_ms, settings.cards.trusts())
        house = House(keys, answering, ledger, happenings, settings.of_lane, clock, signs=settings.signs)
        enrolled = [gate.lane for gate in keys.gates() if gate.state == ENROLLED]
        happenings.say(f"enrolled gates: {', '.join(enrolled) or 'none'}")
        for name in sorted(settings.lanes.keys() - set(enrolled)):
            happenings.say(f"[lanes.{name}] is for nobody: no gate is enrolled for this lane; see gatehouse gates")
        house.tell_strangers()
        address = settings.metrics.address
        if address is not None:
            opened.callback(open_metrics(house, *address).close)
        board = noticeboard.path_in(settings.store.ledger.parent)
        opened.callback(board.unlink, missing_ok=True)
        lines = [GateLine(house, port) for port in settings.port]
        house.heads.begin()
        keep_what_is_there()
        if behind_s := clock.behind_s():
            happenings.alarm(filled(alarms.CLOCK_WRONG_AT_START, behind=f"{behind_s:.0f}"))
        with contextlib.suppress(OSError):  # what cannot be kept is told as long as it cannot
            clock_mark.write(mark, max(int(sure_s), int(clock.sure_s())))
        opened.callback(keep_time, house, mark)
        await serve(house, lines, board, health, RetentionWatch(settings, clock, happenings))


def compare_keys(keys: KeyFile, ledger: Ledger, happenings: Happenings) -> None:
    """A key file that lacks what the ledger was written with says so."""
    day = continuity.day_without_key(ledger.recent(), keys.purposes())
    if day is not None:
        happenings.alarm(filled(alarms.KEYS_OLDER, day=day))


def open_rules(settings: GatehouseSettings, happenings: Happenings) -> RuleBook:
    """The rules in force from now on; RulesWrong if there are none that can be."""
    try:
        book = RuleBook(settings.rules.where(), settings.rules.usual())
    except SettingsError as wrong:
        raise RulesWrong(f"{wrong} Mend it; `gatehouse rules check FILE` tells whether it is right.") from None
    happenings.say(f"rules in force: {book.current.name} ({book.current.words[1]})")
    return book


def record_rules(ledger: Ledger, rules: RuleBook, clock: StationClock) -> None:
    """Have the ledger name the rules in force, if it names others. DatabaseError if it cannot."""
    try:
        change.note(ledger, rules.current, clock.unix_s(), peer.this_user())
    except sa.exc.SQLAlchemyError as failure:
        raise schema.DatabaseError(f"{ledger.path}: {schema.explain(failure)}") from None


def open_health(settings: GatehouseSettings, keys: KeyFile, happenings: Happenings, clock: StationClock) -> Health:
    """The platforms that the settings name; PlatformsWrong if one cannot be asked."""
    try:
        return Health(settings, keys.secret(ANSWERS_KEY), happenings, clock)
    except SettingsError as wrong:
        raise PlatformsWrong(f"{wrong} `gatehouse platform test NAME` tries one.") from None


def hold(lock: Callable[[Path], SoleRun], place: Path) -> SoleRun:
    """The lock on data folder or key file; RunsAlready, or CannotLock if it cannot be had at all."""
    try:
        return lock(place)
    except OSError as failure:
        told = schema.explain(failure)
        if failure.errno != errno.EIO:  # the disk lets one, but this user may not
            told = f"{failure.strerror}. Run the gatehouse as the owner of {place}."
        raise CannotLock(f"{failure.filename}: {told}") from None


def open_metrics(house: House, host: str, port: int) -> MetricsEndpoint:
    """The endpoint for Prometheus; CannotListen if its address is taken."""
    try:
        sources = house.answering.lookup.sources
        endpoint = MetricsEndpoint(house.standings, host, port, {} if sources is None else sources.platforms)
    except OSError as failure:
        raise CannotListen(
            f"[metrics] listen = {host}:{port}: {failure.strerror or failure}. Choose a free port, or leave it out."
        ) from None
    house.happenings.say(f"metrics: http://{host}:{endpoint.port}/metrics")
    return endpoint


async def post_notices(house: House, lines: list[GateLine], board: Path) -> None:
    """Say each second how the gates stand."""
    while True:
        for line in lines:
            line.tally()
        try:
            await asyncio.to_thread(noticeboard.write, board, house.standings.all())
        except OSError as failure:
            house.happenings.alarm(filled(alarms.OLD_NUMBERS, path=str(board), why=str(failure.strerror)))
        await asyncio.sleep(NOTICE_S)


async def serve(house: House, lines: list[GateLine], board: Path, health: Health, retention: RetentionWatch) -> None:
    """Run all lines until SIGINT or SIGTERM; then everything that was started has ended."""
    ending = asyncio.Event()
    end_on_signals(house.loop, ending)
    house.loop.set_exception_handler(house.after_error)
    watches = (
        watch_clock(house, lines),
        watch_signs(house, lines),
        watch_enrolments(house),
        post_notices(house, lines, board),
        watch_time(house, clock_mark.path_in(board.parent)),
        house.heads.watch(),
        *health.watches(),
        retention.watch(),
    )
    beside = [asyncio.create_task(one) for one in watches]
    house.writer.start()
    desk = Desk(house)
    try:
        await desk.open(board.parent)
        for line in lines:
            line.start()
        house.happenings.say(f"serving ports: {len(lines)}; stop with Ctrl-C")
        await ending.wait()
        house.happenings.say("stopping; lanes send travellers to staff from now on")
    finally:
        retention.stop()
        for task in beside:
            task.cancel()
        await desk.close()
        await house.orders.end()
        for line in lines:
            line.stop()
        # Ports close off the loop: a network port takes up to half a second.
        await asyncio.gather(*(asyncio.to_thread(line.close) for line in lines))
        await asyncio.to_thread(house.writer.stop)
        await house.heads.sign()
        await health.end()


def end_on_signals(loop: asyncio.AbstractEventLoop, ending: asyncio.Event) -> None:
    """Set `ending` on Ctrl-C and on a request to terminate."""
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, ending.set)
        except NotImplementedError:  # Windows: the loop takes no signals
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(ending.set))


async def watch_enrolments(house: House) -> None:
    """Enter gates that were revoked meanwhile, also those that are not there; forget slips whose time is over."""
    while True:
        house.settle()
        house.answering.slips.forget(time.monotonic())
        await asyncio.sleep(ENROLMENT_LOOK_S)


async def watch_clock(house: House, lines: list[GateLine]) -> None:
    """Tell the gates the time each hour, and at once when the PC's clock has jumped."""
    told_s = time.monotonic()
    while True:
        await asyncio.sleep(CLOCK_LOOK_S)
        jump_s = house.clock.jumped_s()
        if jump_s is not None:
            house.happenings.alarm(clock_alarm(jump_s, house.clock.behind_s()))
        if jump_s is not None or time.monotonic() - told_s > TELL_TIME_S:
            told_s = time.monotonic()
            for line in lines:
                line.tell_time()


async def watch_time(house: House, mark: Path) -> None:
    """Keep the time that is sure, for the next start."""
    while True:
        await asyncio.to_thread(keep_time, house, mark)
        await asyncio.sleep(KEEP_TIME_S)


def keep_time(house: House, mark: Path) -> None:
    """Never an earlier one than is kept."""
    try:
        clock_mark.write(mark, max(clock_mark.read(mark), int(house.clock.sure_s())))
    except OSError as failure:
        # From a thread, or behind the last turn of the loop; alarms belong to the loop.
        said = filled(alarms.CLOCK_NOT_KEPT, path=str(mark), why=str(failure.strerror))
        house.loop.call_soon_threadsafe(house.happenings.alarm, said)


async def watch_signs(house: House, lines: list[GateLine]) -> None:
    """Tell the gates when another volume begins; a gate whose session comes up later is told then."""
    told = house.signs().to_array()
    while True:
        await asyncio.sleep(CLOCK_LOOK_S)
        signs = house.signs().to_array()
        if signs != told:
            told = signs
            for line in lines:
                line.tell_signs()


def clock_alarm(jump_s: float, behind_s: float) -> Words:
    """What to do about a jump, after which the clock lies `behind_s` behind the one that it was at the start."""
    jump = f"{jump_s:+.0f}"
    if not behind_s:
        return filled(alarms.CLOCK_JUMPED, jump=jump)
    return filled(alarms.CLOCK_BEHIND, jump=jump, behind=f"{behind_s:.0f}")
