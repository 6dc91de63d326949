"""Orders of staff: `gatehouse lane` to a running gatehouse, real gates, the ledger before and after."""

import getpass
import json
import os
import subprocess
import threading
import time

import pytest
from click.testing import CliRunner
from gatehouse import words
from gatehouse.cli import main
from gatehouse.control.client import Control
from gatelink import codes
from gatelink.gate_to_house import Tap
from gatelink.house_to_gate import Verdict
from gatelink.limits import ORDER_FRESH_MS
from host.staffed import Obedient, whats
from host.watcher import until

REASON = "wheelchair, through by hand"
ORDERED, COMPLETED = codes.REPORT_ORDERED, codes.REPORT_COMPLETED


@pytest.fixture
def staffed(station, start, new_pty, bench_gate):
    """A running gatehouse and the obedient gate of lane A1; a lane B2 whose gate has never come."""
    keys, tty = station.enrol("A1"), new_pty()
    station.enrol("B2")
    house = start("run", "--config", station.write_config(tty.name))
    gate = Obedient(bench_gate(keys, tty.fd), station.data / "ledger.db")
    house.until_said("A1: gate is up")
    station.gate, station.house = gate, house
    yield station
    gate.end()
    house.end()


@pytest.fixture
def lane(gatehouse_command):
    """Runs `gatehouse lane ...` for a station."""

    def run(station, *arguments):
        command = [*gatehouse_command, "lane", *arguments, "--config", str(station.config)]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    return run


@pytest.fixture
def ask():
    """Asks the gatehouse of a station over its socket, as the command does."""

    def run(station, do, **facts):
        control = Control(station.data)
        try:
            return control.ask(do, 10.0, **facts)
        finally:
            control.close()

    return run


def lane_state(name):
    return next(code for code, (_, english) in words.LANE_STATES.items() if english == name)


def order(ask, station, what="open", lane="A1", reason=REASON, name=None):
    return ask(station, "order", lane=lane, order=what, reason=reason, name=name)["result"]


def test_an_order_is_in_the_ledger_before_it_leaves_and_its_outcome_after(staffed, lane, gatehouse_command):
    """With who gave it and why; `--as` beside the account; the ledger list shows it to people and programs."""
    shown = lane(staffed, "A1", "open", "--reason", REASON, "--as", "王莉")

    assert (shown.returncode, shown.stdout, shown.stderr) == (0, "A1: opened for one person.\n", "")
    assert [one.what for one in staffed.gate.orders] == [codes.ORDER_OPEN_ONCE]
    assert staffed.gate.recorded == [[(ORDERED, codes.ORDER_OPEN_ONCE)]]
    assert staffed.house.end() == 0
    listing = [*gatehouse_command, "ledger", "list", "--config", str(staffed.config)]
    whole = subprocess.run([*listing, "--json"], capture_output=True, text=True, check=True).stdout
    first, second = (one for one in map(json.loads, whole.splitlines()) if one["what"])
    assert (first["what_name"], second["what_name"]) == ("ordered", "completed")
    assert (first["who"], first["reason"]) == (f"{getpass.getuser()} (王莉)", REASON)
    assert (first["order"], second["detail"]) == (second["order"], codes.COMPLETION_DONE)
    assert (first["tap"], first["person"], second["who"]) == (None, None, None)
    people = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
    assert "ordered by staff 人工指令" in people
    assert "open once" in people
    assert REASON in people


def test_staff_answer_for_a_traveller_without_a_usable_card(staffed, lane, gatehouse_command):
    """Each kind of grounds opens once and is in the ledger with who gave it; a reason may stand beside it."""
    kinds = ("paper-code", "child", "unreadable", "document")
    for kind in kinds:
        assert lane(staffed, "A1", "open", "--for", kind).stdout == "A1: opened for one person.\n"
    shown = lane(staffed, "A1", "open", "--for", "other", "--reason", "行动不便", "--as", "王莉")
    listed = lane(staffed, "list").stdout

    assert (shown.returncode, shown.stderr) == (0, "")
    assert [one.what for one in staffed.gate.orders] == [codes.ORDER_OPEN_ONCE] * 5
    assert f"by {getpass.getuser()} (王莉): other: 行动不便" in listed
    assert staffed.house.end() == 0
    listing = [*gatehouse_command, "ledger", "list", "--config", str(staffed.config)]
    whole = subprocess.run([*listing, "--json"], capture_output=True, text=True, check=True).stdout
    orders = [one for one in map(json.loads, whole.splitlines()) if one["what"] == ORDERED]
    assert [(one["grounds"], one["reason"]) for one in orders] == [
        *((kind, "") for kind in kinds),
        ("other", "行动不便"),
    ]
    assert [one["who"] for one in orders] == [getpass.getuser()] * 4 + [f"{getpass.getuser()} (王莉)"]
    assert {one["person"] for one in orders} == {None}
    people = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
    assert "paper code seen 已看纸质健康码" in people


def test_an_answer_names_the_tap_of_the_only_one_who_waits(staffed, lane, gatehouse_command, number_of):
    """Nobody's where two wait; that one waits no more, another one does. An order for nobody names none."""

    def refer(counter, number):
        tap = Tap(1, counter, codes.CARD_RESIDENT, number.encode(), 0, 0)
        staffed.gate.do(lambda bench: bench.end.send(tap, staffed.gate.now()))
        until(lambda: sum(isinstance(one, Verdict) for one in staffed.gate.gate.events) == counter)

    refer(1, number_of(1))
    lane(staffed, "A1", "open", "--for", "document")
    lane(staffed, "A1", "open", "--for", "child")
    refer(2, number_of(2))
    refer(3, number_of(3))
    lane(staffed, "A1", "open", "--for", "unreadable")
    lane(staffed, "A1", "open", "--for", "paper-code")
    refer(4, number_of(4))
    lane(staffed, "A1", "open", "--reason", REASON)
    assert staffed.house.end() == 0

    listing = [*gatehouse_command, "ledger", "list", "--config", str(staffed.config)]
    whole = subprocess.run([*listing, "--json"], capture_output=True, text=True, check=True).stdout
    orders = [one for one in map(json.loads, whole.splitlines()) if one["what"] == ORDERED]
    assert [one["answers"] for one in orders] == [[1, 1], None, None, [1, 3], None]
    assert {one["person"] for one in orders} == {None}
    people = subprocess.run(listing, capture_output=True, text=True, check=True, env=os.environ | {"COLUMNS": "250"})
    assert f"order {orders[0]['order']} for 1/1" in people.stdout
    assert number_of(1)[6:17] not in whole + people.stdout


def test_a_hold_that_ends_by_itself_says_when(station, start, new_pty, bench_gate, lane):
    """With the limit of the settings; so does the help, and what a power cut does."""
    keys, tty = station.enrol("A1"), new_pty()
    house = start("run", "--config", station.write_config(tty.name, more="[lane]\nhold_limit_s = 600\n"))
    gate = Obedient(bench_gate(keys, tty.fd))
    house.until_said("A1: gate is up")
    shown = lane(station, "A1", "hold", "--reason", REASON).stdout
    gate.end()
    house.end()

    ends = "as hold_limit_s says, or until somebody orders resume or its power fails."
    assert shown == f"A1: is held open for 600 s, {ends}\n"
    helped = " ".join(CliRunner().invoke(main, ["lane", "--help"]).output.split())
    assert "A hold ends by itself after hold_limit_s" in helped
    assert "A power cut or restart of the gate ends it too" in helped
    assert "over power cuts too: cards do nothing, and the key switch opens once" in helped


def test_every_order_reaches_the_gate_and_a_repeat_is_a_new_one(staffed, ask):
    """Four kinds, each given twice: eight orders with eight numbers."""
    results = [order(ask, staffed, what) for what in ("open", "hold", "lock", "resume") for _ in range(2)]

    assert results == ["done"] * 8
    assert [one.what for one in staffed.gate.orders] == [1, 1, 2, 2, 3, 3, 4, 4]
    assert len({one.order for one in staffed.gate.orders}) == 8


def test_what_the_lane_refuses_is_said_with_its_state_and_what_to_do(staffed, lane, ask):
    """Exit status 1. The state is what the gate says with its answer; one that says none was last heard so."""
    staffed.gate.outcome = codes.COMPLETION_REFUSED
    staffed.gate.state = 9
    until(lambda: ask(staffed, "scene")["scene"]["lanes"]["A1"]["state"] == 9)

    shown = lane(staffed, "A1", "open", "--reason", REASON)
    staffed.gate.answers = 4
    surely = lane(staffed, "A1", "open", "--reason", REASON)

    assert (shown.returncode, surely.returncode) == (1, 1)
    assert shown.stderr == "A1: refused; when last heard, locked: it is locked. Order first: resume\n"
    passing = "somebody is in the passage. Try again when that passage is over.\n"
    assert surely.stderr == f"A1: refused while passing: {passing}"
    until(lambda: whats(staffed.data / "ledger.db")[-1] == (COMPLETED, codes.COMPLETION_REFUSED))


def test_a_lock_during_a_passage_is_said_to_hold_after_it(staffed, lane):
    """Exit status 0: it is ordered, and the passage ends first. A resume does not mend what is broken."""
    passing, shut = (lane_state(name) for name in ("passing", "locked"))
    said = {}
    for state in (passing, shut):
        staffed.gate.answers = state
        shown = lane(staffed, "A1", "lock", "--reason", REASON)
        said[state] = (shown.returncode, shown.stdout)
    staffed.gate.answers = lane_state("out of service")

    assert said[shut] == (0, "A1: is locked until somebody orders: resume. No power cut ends it.\n")
    assert said[passing][0] == 0
    assert said[passing][1].startswith("A1: a passage is under way. The lock is ordered: it holds when that has ended")
    assert "still out of service" in lane(staffed, "A1", "resume", "--reason", REASON).stdout


def test_an_order_that_was_kept_back_on_the_cable_is_not_obeyed(staffed, ask):
    """The gate stands still for longer than an order is fresh: stale, and recorded as that."""
    results = []
    asking = threading.Thread(target=lambda: results.append(order(ask, staffed)))
    staffed.gate.pause()
    asking.start()
    until(lambda: whats(staffed.data / "ledger.db"))
    time.sleep((ORDER_FRESH_MS + 200) / 1000)  # the time itself is what is tested
    staffed.gate.go_on()
    asking.join()

    assert results == ["stale"]
    assert staffed.gate.orders == []
    assert len(staffed.gate.stale) == 1
    until(lambda: whats(staffed.data / "ledger.db")[-1] == (COMPLETED, codes.COMPLETION_STALE))


def test_a_gate_that_does_not_answer_is_no_success_and_no_refusal(staffed, lane):
    """Exit status 3: somebody must look. An answer that comes after all is recorded too."""
    staffed.gate.outcome = None
    shown = lane(staffed, "A1", "hold", "--reason", REASON)
    given = staffed.gate.orders[0].order
    staffed.gate._complete(given, codes.COMPLETION_DONE)

    assert shown.returncode == 3
    assert "It may have obeyed: look at the lane." in shown.stderr
    ended = [(COMPLETED, codes.COMPLETION_NO_WORD), (COMPLETED, codes.COMPLETION_DONE)]
    until(lambda: whats(staffed.data / "ledger.db") == [(ORDERED, codes.ORDER_HOLD_OPEN), *ended])


CANNOT = (
    (("B2", "open", "--reason", REASON), 1, "B2: its gate is away, nothing was ordered."),
    (("C3", "open", "--reason", REASON), 1, "C3: there is no such lane. There are: A1, B2"),
    (("A1", "open"), 2, "Say why"),
    (("A1",), 2, "Say what to order A1: open, hold, lock, resume."),
    (("A1", "explode", "--reason", REASON), 2, "'explode' is not one of"),
    (("A1", "open", "--reason", "  "), 2, "The reason is empty"),
    (("A1", "open", "--reason", "x" * 121), 2, "at most 120"),
    (("A1", "open", "--reason", "two\nlines"), 2, "cannot be printed"),
    (("A1", "open", "--reason", "\x1b[2J"), 2, "cannot be printed"),
    (("A1", "open", "--reason", "\u202egnol"), 2, "cannot be printed"),
    (("A1", "open", "--for", "other"), 2, "Say why"),
    (("A1", "open", "--for", "other", "--reason", " "), 2, "The reason is empty"),
    (("A1", "open", "--for", "red-code"), 2, "'red-code' is not one of"),
    (("A1", "hold", "--for", "child", "--reason", REASON), 2, "A traveller is answered for by opening once"),
    (("A1", "lock", "--for", "child"), 2, "A traveller is answered for by opening once"),
    (("A1", "open", "--for", "document", "--reason", "passport E1234 5678"), 2, "somebody's number"),
    (("A1", "open", "--for", "child", "--reason", "\x1b[2J"), 2, "cannot be printed"),
    (("A1", "open", "--reason", "for 110105 19491231 002X"), 2, "somebody's number"),
    (("A1", "open", "--reason", REASON, "--as", "１１０１０５１９"), 2, "somebody's number"),
    (("A1", "open", "--reason", REASON, "--as", "y" * 41), 2, "at most 40"),
    (("A1", "open", "--reason", REASON, "--as", ""), 2, "The name is empty"),
)


def test_what_cannot_be_ordered_is_said_and_nothing_happens(staffed):
    """No entry, no order."""
    for arguments, status, says in CANNOT:
        shown = CliRunner().invoke(main, ["lane", *arguments, "--config", str(staffed.config)])
        assert (shown.exit_code, says in shown.output) == (status, True), (arguments, shown.output)
    assert staffed.gate.orders == []
    assert whats(staffed.data / "ledger.db") == []


def test_the_lanes_are_listed_with_their_states(staffed, lane, ask):
    """Enrolled ones whose gate has never come too; a reason is text, not markup."""
    assert order(ask, staffed, "hold", reason="[bold]school[/] class", name="Wang") == "done"
    shown = lane(staffed, "list").stdout

    assert "no gate yet" in next(line for line in shown.splitlines() if "B2" in line)
    assert "hold open, done" in shown
    assert f"by {getpass.getuser()} (Wang): [bold]school[/] class" in shown


def test_without_a_gatehouse_nothing_is_ordered(station, lane):
    """Not started, and one that was killed and left its socket behind."""
    station.enrol("A1")
    station.write_config("loop://")
    never = lane(station, "A1", "open", "--reason", REASON)

    assert never.returncode == 1
    assert never.stderr == "The gatehouse is not running. Start it: gatehouse run Nothing was ordered.\n"


def test_a_gatehouse_that_was_killed_takes_orders_again_after_its_start(staffed, start, ask, lane):
    """What is left of its socket says that nobody listens, and is in nobody's way."""
    staffed.house.process.kill()
    staffed.house.wait()
    assert (staffed.data / "control.sock").is_socket()
    assert "is not running" in lane(staffed, "A1", "open", "--reason", REASON).stderr

    again = start("run", "--config", staffed.config)
    again.until_said("A1: gate is up")
    assert order(ask, staffed) == "done"
    assert again.end() == 0
    assert not (staffed.data / "control.sock").exists()
