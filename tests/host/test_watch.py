"""`gatehouse watch` on real terminals: lanes, travellers who wait, alarms, orders by key, restarts, a clean end."""

import getpass
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from gatehouse.control import place
from gatehouse.control.client import NotAllowed
from gatehouse.ledger import Ledger
from gatehouse.staff import Note
from gatehouse.status import Colour
from gatehouse.watch import session
from gatehouse.watch.feed import Feed
from gatehouse.watch.keyboard import PASTED_MAX, UP, Keys, Pasted
from gatelink import codes
from gatelink.gate_to_house import Fault, Tap
from host.staffed import Obedient, whats
from host.watcher import Watcher, until
from rich.console import Console


@pytest.fixture
def watched(station, start, new_pty, bench_gate, number_of):
    """A running gatehouse with lane A1 and its gate; one traveller is green, one yellow."""
    station.know((number_of(1), Colour.GREEN, 60), (number_of(2), Colour.YELLOW, 60))
    station.know(("code:green-code", Colour.GREEN, 60), ("code:yellow-code", Colour.YELLOW, 60))
    keys, tty = station.enrol("A1"), new_pty()
    station.enrol("B2")
    station.house = start("run", "--config", station.write_config(tty.name))
    station.gate = Obedient(bench_gate(keys, tty.fd))
    station.house.until_said("A1: gate is up")
    yield station
    station.gate.end()
    station.house.end()


@pytest.fixture
def watcher(gatehouse_command):
    """Starts watchers; each ends with the test."""
    made = []

    def start(station, *arguments, **terminal):
        made.append(Watcher(gatehouse_command, station.config, *arguments, **terminal))
        return made[-1]

    yield start
    for one in made:
        one.end()


def tap(gate, number, counter):
    gate.do(lambda bench: bench.end.send(Tap(1, counter, codes.CARD_RESIDENT, number.encode(), 0, 0), gate.now()))


def test_two_watchers_see_the_station_and_one_opens_for_a_traveller(watched, watcher, number_of):
    """The referred traveller stands at the top, masked; the order by key has its reason; no number shows."""
    one, two = watcher(watched, "--lang", "both", "--as", "Wang"), watcher(watched, "--lang", "zh")
    for screen in (one, two):
        screen.until("A1")
        screen.until("B2")
    tap(watched.gate, number_of(1), 1)
    one.until("通行 pass: 绿码 green")
    tap(watched.gate, number_of(2), 2)
    masked = f"{number_of(2)[0]}{'*' * 15}{number_of(2)[-2:]}"
    one.until("等候人工 waiting for staff: 1")
    one.until(f"A1  {masked}  黄码 yellow")
    two.until("等候人工: 1")

    one.press("o")
    one.until("原因（回车发出，Esc 取消）")
    one.press("看过证件 seenx\x7f\r")
    one.until("A1：已开闸，放行一人。 A1: opened for one person.")
    one.until("waiting for staff: 无 none")
    two.until(f"开闸一次 已执行, {getpass.getuser()} (Wang): 看过证件 seen")

    assert [order.what for order in watched.gate.orders] == [codes.ORDER_OPEN_ONCE]
    for screen in (one, two):
        assert number_of(1)[6:17] not in screen.seen
        assert number_of(2)[6:17] not in screen.seen
    assert "waiting for staff" not in two.seen
    assert one.end() == 0


def test_a_code_sent_to_staff_waits_while_another_one_passes(watched, watcher):
    """All are shown as "code"; who comes again with the same one waits once, and what codes say shows nowhere."""
    screen = watcher(watched, "--lang", "en")
    lines = watcher(watched, "--plain", "--lang", "en")
    lines.until("connected")
    screen.until("B2")
    shown = (b"poster", b"yellow-code", b"green-code", b"yellow-code")
    for counter, code in enumerate(shown, start=1):
        asked = Tap(1, counter, codes.CARD_CODE, code, 0, 0)
        watched.gate.do(lambda bench, asked=asked: bench.end.send(asked, watched.gate.now()))
        until(lambda counter=counter: lines.seen.count("A1: code ") == counter)
    screen.until("waiting for staff: 2")
    assert screen.end() == 0
    assert "poster" not in screen.seen + lines.seen
    assert "yellow-code" not in screen.seen + lines.seen


def test_staff_answer_for_a_traveller_and_nobody_waits_any_more(watched, watcher, number_of):
    """The kind by its number in both languages; Enter alone gives the order; the ledger has who, why and whose tap."""
    screen, lines = watcher(watched, "--lang", "both", "--as", "Wang"), watcher(watched, "--plain", "--lang", "en")
    lines.until("connected")
    screen.until("B2")
    tap(watched.gate, number_of(2), 1)
    screen.until("waiting for staff: 1")
    screen.press("t")
    for said in ("1  已看纸质健康码 paper code seen", "2  儿童，有监护人陪同 child with guardian", "5  其他 other"):
        screen.until(said)
    screen.press("9x\r1")
    screen.until("A1 开闸一次 open once, 已看纸质健康码 paper code seen - ")
    screen.press("\r")
    screen.until("A1: opened for one person.")
    screen.until("waiting for staff: 无 none")
    lines.until(f"A1: {getpass.getuser()} (Wang): open once (paper code seen)")
    assert screen.end() == 0
    assert watched.house.end() == 0

    assert [order.what for order in watched.gate.orders] == [codes.ORDER_OPEN_ONCE]
    ledger = Ledger(watched.data / "ledger.db")
    note = next(entry.note for entry in ledger.entries() if entry.what == codes.REPORT_ORDERED)
    ledger.close()
    assert note == Note(f"{getpass.getuser()} (Wang)", "", "paper-code", (1, 1))


def test_a_window_too_low_for_the_choices_says_so(watched, watcher):
    """And no key after it is one: nothing is ordered."""
    screen = watcher(watched, "--lang", "en", lines=5)
    screen.until("A1")
    screen.press("t1\r")
    screen.until("too few lines to choose: make the window 6 high")
    assert screen.end() == 0
    assert watched.gate.orders == []


def test_other_grounds_need_words_and_escape_leaves_them(watched, watcher):
    """Nothing is ordered until something was typed; a number of somebody is refused there too, in both languages."""
    screen, chinese = watcher(watched, "--lang", "en"), watcher(watched, "--lang", "zh")
    chinese.until("B2")
    chinese.press("o110105194912310021\r")
    chinese.until("原因中可能有某人的号码。台账不保存旅客号码，请去掉。")
    screen.until("B2")
    screen.press("t\x1b")
    screen.until("q quit")
    screen.press("t5\r")
    screen.until("open once, other - reason (Enter gives the order, Esc leaves it): _")
    screen.press("110105194912310021\r")
    screen.until("holds what may be somebody's number")
    assert watched.gate.orders == []
    place = screen.mark()
    screen.press("t5crutches\r")
    screen.until("A1: opened for one person.", place)
    assert [order.what for order in watched.gate.orders] == [codes.ORDER_OPEN_ONCE]


def test_a_paste_is_text_and_never_a_key(watched, watcher):
    """Outside a field it is nothing, lines and all; inside one it is text whose line ends give no order."""
    screen = watcher(watched, "--lang", "en")
    screen.until("\x1b[?2004h", drawn=True)
    screen.until("B2")
    screen.press("\x1b[200~ostolen\rlq\r\n\x1b[201~")
    screen.press("o")
    screen.until("A1 open once - reason")
    screen.press("\x1b[200~wheel\rchair\n\x1b[201~")
    screen.until("leaves it): wheel chair _")
    assert watched.gate.orders == []
    screen.press("\r")
    screen.until("A1: opened for one person.")
    assert screen.end() == 0

    assert [order.what for order in watched.gate.orders] == [codes.ORDER_OPEN_ONCE]
    assert "\x1b[?2004l" in screen.drawn
    assert "stolen" not in screen.seen


@pytest.mark.parametrize("cut", range(3, 17))
def test_a_paste_in_pieces_is_one(cut):
    """However a terminal's bytes are cut, behind the two that begin a sequence; and however much is pasted."""
    data = b"k\x1b[200~o\rq\x1b[201~\x1b[A"
    keys = Keys()
    assert [*keys.feed(data[:cut]), *keys.feed(data[cut:])] == ["k", Pasted("o q"), UP]
    flood = [keys.feed(b"\x1b[200~" + b"x" * 5000), *(keys.feed(b"o\r" * 500) for _ in range(50))]
    assert flood == [[]] * 51
    assert keys.feed(b"\x1b[20") == []
    assert keys.feed(b"1~q") == [Pasted("x" * PASTED_MAX), "q"]


def test_keys_choose_lanes_and_an_order_can_be_left(watched, watcher):
    """Down to the lane whose gate is away: its refusal is said; Escape orders nothing; Enter alone neither."""
    screen = watcher(watched, "--lang", "en")
    screen.until("B2")
    screen.press("l")
    screen.until("A1 lock - reason")
    screen.press("\r")
    screen.press("x")
    screen.until("leaves it): x_")
    screen.press("\x1b")
    screen.until("q quit", screen.mark())
    screen.press("\x1b[B")
    screen.press("h")
    screen.until("B2 hold open - reason")
    screen.press("why\r")
    screen.until("B2: its gate is away, nothing was ordered.")

    assert watched.gate.orders == []
    assert whats(watched.data / "ledger.db") == []


def test_an_alarm_is_acknowledged_once_for_all(watched, watcher, gatehouse_command):
    """By key; the other watcher sees it go, each in its language; who did it, and which alarm, is in the ledger."""
    one, two = watcher(watched, "--lang", "en"), watcher(watched, "--lang", "zh")
    lines = watcher(watched, "--plain", "--lang", "zh")
    for screen in (one, two):
        screen.until("B2")
    lines.until("已连接主机")
    watched.gate.do(lambda bench: bench.end.send(Fault(codes.FAULT_READER_SILENT, 2), watched.gate.now()))
    one.until("A1: reader does not answer, being reset (2)")
    one.until("alarms: 1")
    for screen in (two, lines):
        screen.until("A1：读卡器无响应，正在复位（2）")
    place = two.mark()
    one.press("a")
    one.until("acknowledged")
    two.until("报警: 无", place)
    assert "reader does not" not in two.seen + lines.seen
    assert watched.house.end() == 0

    ledger = Ledger(watched.data / "ledger.db")
    (entry,) = ledger.entries()
    ledger.close()
    assert (entry.what, entry.detail, entry.identity) == (codes.REPORT_ORDERED, codes.ORDER_ACKNOWLEDGE, bytes(8))
    assert (entry.note.who, entry.note.reason) == (getpass.getuser(), "A1: reader does not answer, being reset (2)")
    assert "acknowledged by" in watched.house.said


@pytest.mark.parametrize("columns", [20, 30, 39])
def test_a_narrow_terminal_shows_lane_and_state_and_what_is_typed(watched, watcher, columns):
    """Whole, whatever has no room beside them."""
    screen = watcher(watched, "--lang", "both", columns=columns)
    screen.until("空闲 idle")
    screen.until("离线 no link")
    assert re.search("A1 +空闲 idle", screen.seen)
    assert re.search("B2 +离线 no link", screen.seen)
    screen.press("oan old wheelchair that is pushed")
    screen.until("that is pushed_")
    assert "A1 开闸一次" in screen.seen


def test_a_reader_that_works_again_ends_its_alarm_and_is_no_alarm_itself(watched, watcher):
    """Nothing to acknowledge; the alarm of another reader stays."""
    screen = watcher(watched, "--lang", "en")
    screen.until("B2")
    dead, other = 256 * codes.READER_SAM_V, 256 * codes.READER_PN532
    for what, detail in ((codes.FAULT_READER_SELF_TEST, dead + 96), (codes.FAULT_READER_SILENT, other)):
        fault = Fault(what, detail)
        watched.gate.do(lambda bench, fault=fault: bench.end.send(fault, watched.gate.now()))
    screen.until("alarms: 2")
    place = screen.mark()
    watched.gate.do(lambda bench: bench.end.send(Fault(codes.FAULT_READER_BACK, dead), watched.gate.now()))
    screen.until("alarms: 1", place)
    screen.until("A1: reader works again (card module)", place)
    screen.press("a")
    screen.until("alarms: none", place)
    assert watched.house.end() == 0

    ledger = Ledger(watched.data / "ledger.db")
    (entry,) = ledger.entries()
    ledger.close()
    assert entry.note.reason == "A1: reader does not answer, being reset (PN532)"
    assert "A1: reader works again (card module)" in watched.house.said


def test_a_watcher_survives_a_restart_of_the_gatehouse(watched, watcher, start):
    """It says that it is away, goes on by itself, and an order given meanwhile is refused, not kept."""
    screen = watcher(watched, "--lang", "en")
    screen.until("B2")
    watched.house.process.kill()
    watched.house.wait()
    screen.until("the gatehouse is away; tried again each second")
    screen.press("owhy\r")
    until(lambda: screen.seen.count("the gatehouse is away") > 1)
    place = screen.mark()

    watched.house = start("run", "--config", watched.config)
    screen.until("connected to the gatehouse", place)
    screen.until("idle", place)

    assert watched.gate.orders == []
    assert screen.process.poll() is None


@pytest.mark.parametrize("how", ["q", "\x03", "terminate"])
def test_leaving_puts_the_terminal_back(station, watcher, how):
    """Without a gatehouse too: echo and lines as before, no traceback, exit status 0."""
    station.enrol("A1")
    station.write_config("loop://")
    screen = watcher(station, "--lang", "en")
    screen.until("the gatehouse is away")
    if how == "terminate":
        screen.terminate()
    else:
        screen.press(how)

    assert screen.left() == 0
    assert re.search(r"[^-]icanon", screen.seen)
    assert re.search(r"[^-]echo ", screen.seen)
    assert "Traceback" not in screen.seen
    assert "\x1b[?1049l" in screen.drawn


def test_where_there_can_be_no_gatehouse_to_speak_to_the_terminal_is_left_alone(station, monkeypatch):
    """On Windows there are neither Unix sockets nor the module that reads single keys: it is said, not raised."""
    monkeypatch.setattr(place, "exists_here", lambda: False)
    monkeypatch.setitem(sys.modules, "termios", None)
    feed = Feed(station.data, None)
    with pytest.raises(NotAllowed, match="no Unix sockets on this system"):
        session.on_terminal(feed, "en", Console())


def test_without_a_terminal_each_event_is_a_line(watched, start, number_of):
    """As a file or another program reads it; Ctrl-C ends it."""
    lines = start("watch", "--lang", "en", "--config", watched.config)
    lines.until_said("connected to the gatehouse")
    tap(watched.gate, number_of(2), 1)
    lines.until_said("see staff: yellow")
    shown = subprocess.run(
        [sys.executable, "-m", "gatehouse.cli", "lane", "A1", "lock", "--reason", "spill", "--config", watched.config],
        capture_output=True,
        text=True,
        check=True,
    )
    lines.until_said("A1: order: done")

    assert shown.stdout == "A1: is locked until somebody orders: resume. No power cut ends it.\n"
    assert lines.end(signal.SIGINT) == 0
    assert f"A1: {getpass.getuser()}: lock (spill)" in lines.said
    assert number_of(2)[6:17] not in lines.said
    assert "Traceback" not in lines.said


def test_lines_that_nobody_can_keep_end_it(watched, gatehouse_command):
    """On a full disk with a sentence, into a closed pipe in silence; the station goes on."""
    command = [*gatehouse_command, "watch", "--plain", "--config", str(watched.config)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert re.fullmatch("Standard output: the disk that it goes to is full.*\n", done.stderr)

    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=20, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")
    assert watched.house.process.poll() is None
