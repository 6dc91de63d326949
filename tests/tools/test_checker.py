"""The judge finds each kind of wrong, and nothing in a sound run."""

import sqlite3

import cbor2
import pytest
from gatetools.sim.checker import GAP, OPENING, PASSED, Checker, Manner

S = 1_000_000
GATE = b"gate-id8"


@pytest.fixture
def ledger(tmp_path):
    """Writes a ledger of (index, what, counter, detail, boot, at_s) of lane A; boot 1 and at_s 0 if left out."""

    def write(*entries):
        path = tmp_path / "ledger.db"
        path.unlink(missing_ok=True)
        with sqlite3.connect(path) as database:
            database.execute("create table ledger (number integer primary key, entry blob)")
            for entry in entries:
                index, what, counter, detail, boot, at_s = entry if len(entry) == 6 else (*entry, 1, 0)
                body = cbor2.dumps([1, GATE, "A", index, what, boot, counter, detail, at_s, 0, None])
                database.execute("insert into ledger (entry) values (?)", (body,))
        database.close()
        return path

    return write


@pytest.fixture
def checker():
    return Checker()


def swipe(checker, at_s, *, may_pass=True, lane="A"):
    checker.card_read(lane, at_s * S, may_pass=may_pass)


def pulse(checker, at_s, lane="A", length_us=300_000):
    checker.relay(lane, at_s * S, active=True)
    checker.relay(lane, at_s * S + length_us, active=False)


def test_a_sound_run_is_clean(checker, ledger):
    """Card, opening, entry, passage."""
    swipe(checker, 1)
    pulse(checker, 1.01)
    swipe(checker, 3, may_pass=False)

    found = checker.judge(ledger((1, OPENING, 1, 1), (2, PASSED, 1, 0)))

    assert found.clean
    assert (1, []) == (found.pulses, found.sentences)


@pytest.mark.parametrize(
    ("may_pass", "read_s", "lane"),
    [(False, 1.0, "A"), (True, 1.02, "A"), (True, -1.0, "A"), (True, 1.0, "B")],
    ids=["denied", "before the card", "long ago", "another lane"],
)
def test_an_opening_without_its_traveller_is_wrong(checker, ledger, may_pass, read_s, lane):
    """The card must be read, by that lane, just before, and its owner must be allowed."""
    if read_s <= 1.01:
        swipe(checker, read_s, may_pass=may_pass, lane=lane)
    pulse(checker, 1.01)
    swipe(checker, read_s, may_pass=may_pass, lane=lane)

    assert 1 == checker.judge(ledger((1, OPENING, 1, 1))).wrong_opens


def test_one_read_opens_once(checker, ledger):
    """A second pulse on the same card is wrong."""
    swipe(checker, 1)
    pulse(checker, 1.01)
    pulse(checker, 1.5)

    assert 1 == checker.judge(ledger((1, OPENING, 1, 1), (2, OPENING, 2, 1))).wrong_opens


def test_an_opening_without_an_entry_is_lost(checker, ledger):
    """What is not in the ledger did not get recorded."""
    for at in (1, 3):
        swipe(checker, at)
        pulse(checker, at + 0.01)

    assert 1 == checker.judge(ledger((1, OPENING, 1, 1))).lost


def test_without_a_ledger_every_opening_is_lost(checker, tmp_path):
    """The file may not be there at all."""
    swipe(checker, 1)
    pulse(checker, 1.01)

    assert 1 == checker.judge(tmp_path / "none.db").lost


def test_an_entry_without_an_opening_is_not_lost(checker, ledger):
    """Power may go between the entry and the pulse."""
    assert checker.judge(ledger((1, OPENING, 1, 1))).clean


def test_a_gap_in_the_reports_is_lost(checker, ledger):
    """A number that is missing between others, or that the house itself says is missing."""
    assert 2 == checker.judge(ledger((1, PASSED, 1, 0), (4, PASSED, 2, 0))).lost


def test_a_gap_that_the_house_wrote_down_counts(checker, ledger):
    """Its entry says how many."""
    assert 3 == checker.judge(ledger((1, PASSED, 1, 0), (2, GAP, 0, 3))).lost


@pytest.mark.parametrize("second", [(1, OPENING, 1, 1), (2, OPENING, 1, 1)])
def test_entries_that_stand_twice_are_found(checker, ledger, second):
    """By report number, and by tap."""
    swipe(checker, 1)
    pulse(checker, 1.01)

    found = checker.judge(ledger((1, OPENING, 1, 1), second))

    assert found.duplicates >= 1
    assert not found.clean


def test_a_relay_that_stays_is_found(checker, ledger):
    """Active for too long, or still."""
    swipe(checker, 1)
    pulse(checker, 1.01, length_us=2 * S)
    swipe(checker, 5)
    checker.relay("A", 5 * S + 1, active=True)

    assert 2 == checker.judge(ledger((1, OPENING, 1, 1), (2, OPENING, 2, 1))).stuck


def test_fire_opens_for_everybody(checker, tmp_path):
    """No traveller is needed and no length is too long, while it lasts."""
    checker.released_by_hand("A", released=True)
    checker.relay("A", 1 * S, active=True)
    found = checker.judge(tmp_path / "none.db")

    assert found.clean


def test_levels_that_are_no_edges_count_nothing(checker, ledger):
    """Repeated levels, and a fall before any rise."""
    checker.relay("A", 0, active=False)
    swipe(checker, 1)
    for _ in range(3):
        checker.relay("A", int(1.01 * S), active=True)

    assert 1 == len(checker.pulses)


def test_sentences_name_no_traveller(checker, ledger):
    """Lanes and times only."""
    pulse(checker, 1)
    (sentence,) = checker.judge(ledger((1, OPENING, 1, 1))).sentences
    assert sentence.startswith("A: opened at 1000000 us")


UNIX_S = 1_000_000


def opens(checker, *times_s):
    for at_s in times_s:
        swipe(checker, at_s)
        pulse(checker, at_s + 0.01)


def test_an_entry_without_a_pulse_does_not_stand_for_a_pulse_without_an_entry(ledger):
    """The power went before the pulse of one boot; another boot's pulse was never recorded."""
    checker = Checker(UNIX_S)
    checker.power_lost("A", 5 * S)
    opens(checker, 10, 11)
    checker.power_lost("A", 12 * S)
    opens(checker, 20)

    found = checker.judge(
        ledger(
            (1, OPENING, 1, 1, 1, UNIX_S + 2),
            (2, OPENING, 1, 1, 2, UNIX_S + 10),
            (3, OPENING, 1, 1, 3, UNIX_S + 20),
        )
    )

    assert 1 == found.lost


def test_an_entry_belongs_to_one_boot(checker, ledger):
    """Two pulses without a loss of power between them are not recorded by two boots, whatever the clock."""
    opens(checker, 1)
    checker.power_lost("A", 2 * S)
    opens(checker, 3, 4)

    assert 1 == checker.judge(ledger((1, OPENING, 1, 1, 1, 0), (2, OPENING, 1, 1, 2, 0), (3, OPENING, 1, 1, 3, 0))).lost


@pytest.mark.parametrize(("at_s", "lost"), [(10, 0), (5, 0), (11, 0), (3, 1), (12, 1), (-UNIX_S, 0)])
def test_an_entry_of_another_time_is_another_opening(ledger, at_s, lost):
    """Too early or too late for the pulse; a gate that knows no time is believed."""
    checker = Checker(UNIX_S)
    opens(checker, 10)

    assert lost == checker.judge(ledger((1, OPENING, 1, 1, 1, UNIX_S + at_s))).lost


def test_boots_with_and_without_pulses_are_sound(ledger):
    """Boots that opened nothing, entries whose pulse the power took, runs too short for a boot: nothing is lost."""
    checker = Checker(UNIX_S)
    entries = []
    for run in range(60):
        start_s, boot = 100 * run, run // 2 + 1
        if run % 2 == 0:
            opens(checker, *(start_s + 5 * nth for nth in range(run % 3)))
            for nth in range(run % 3 + run % 5 // 4):
                entries.append((len(entries) + 1, OPENING, nth + 1, 1, boot, UNIX_S + start_s + 5 * nth))
        checker.power_lost("A", (start_s + 50) * S)

    assert checker.judge(ledger(*entries)).clean


def test_lanes_are_judged_apart(checker, ledger):
    """What is wrong elsewhere is no finding of this lane."""
    opens(checker, 1)
    pulse(checker, 5, lane="B")

    assert checker.judge(ledger((1, OPENING, 1, 1)), ["A"]).clean
    found = checker.judge(ledger(), ["B"])
    assert (1, 1) == (found.wrong_opens, found.lost)
    assert all(sentence.startswith("B:") for sentence in found.sentences)


def opened(checker, at_s, relay, length_us=300_000):
    checker.relay("A", int(at_s * S), active=True, relay=relay)
    checker.relay("A", int(at_s * S) + length_us, active=False, relay=relay)


@pytest.mark.parametrize(("allowed", "used", "wrong"), [(1, 1, 0), (1, 2, 1), (2, 2, 0), (2, 1, 1)])
def test_a_card_opens_from_its_side_alone(checker, ledger, allowed, used, wrong):
    """The other relay lets in whoever comes against it."""
    checker.lane_opens("A", Manner((allowed,)))
    swipe(checker, 1)
    opened(checker, 1.1, used)

    assert wrong == checker.judge(ledger((1, OPENING, 1, 1))).wrong_opens


def test_both_sides_together_are_one_opening(checker, ledger):
    """Where the card may be of somebody on either side."""
    checker.lane_opens("A", Manner((1, 2)))
    swipe(checker, 1)
    opened(checker, 1.1, 1)
    opened(checker, 1.1001, 2)

    found = checker.judge(ledger((1, OPENING, 1, 1)))
    assert found.clean
    assert (1, 1) == (found.pulses, checker.openings("A"))


@pytest.mark.parametrize("relay", [1, 2])
def test_a_side_that_opens_later_is_wrong(checker, ledger, relay):
    """The second relay long after the first, or one of them twice."""
    checker.lane_opens("A", Manner((1, 2)))
    swipe(checker, 1)
    opened(checker, 1.1, 1)
    opened(checker, 1.7, relay)

    assert 1 == checker.judge(ledger((1, OPENING, 1, 1), (2, OPENING, 2, 1))).wrong_opens


@pytest.mark.parametrize(("after_s", "wrong"), [(0.1, 0), (2.1, 1)])
def test_staff_open_once_and_soon(checker, ledger, after_s, wrong):
    """By key or order; the opening has its entry like any other."""
    checker.staff_may_open("A", 1 * S)
    opened(checker, 1 + after_s, 1)

    found = checker.judge(ledger((1, OPENING, 1, 18)))
    assert (wrong, 0) == (found.wrong_opens, found.lost)


def test_a_refused_order_lets_nobody_in(checker, ledger):
    """Whoever gave it was told so."""
    checker.staff_may_open("A", 1 * S).withdraw()
    opened(checker, 1.1, 1)

    assert 1 == checker.judge(ledger((1, OPENING, 1, 18))).wrong_opens


def test_no_power_opens_where_it_is_wired_so(checker, ledger):
    """Until the gate takes hold of its relay; then a card is needed again."""
    checker.power_lost("A", 0, [1])
    checker.relay("A", 60 * S, active=False)
    assert checker.judge(ledger()).clean
    opened(checker, 61, 1)

    assert 1 == checker.judge(ledger((1, OPENING, 1, 1))).wrong_opens


def test_fire_excuses_an_opening_that_it_prolongs(checker, ledger):
    """It began with a card, and nothing may shut it."""
    swipe(checker, 1)
    checker.relay("A", int(1.1 * S), active=True)
    checker.released_by_hand("A", released=True, why="fire")
    checker.relay("A", 60 * S, active=False)

    assert checker.judge(ledger((1, OPENING, 1, 1))).clean


def test_the_end_of_a_fire_does_not_end_a_hold(checker, tmp_path):
    """Each is told apart."""
    for why in ("fire", "hold"):
        checker.released_by_hand("A", released=True, why=why)
    checker.released_by_hand("A", released=False, why="fire")
    checker.relay("A", 1 * S, active=True)

    assert checker.judge(tmp_path / "none.db").clean


def test_a_lane_that_stays_open_longer_is_allowed_its_own_time(checker, ledger):
    """Level mode: as long as its setting says, and no longer."""
    checker.lane_opens("A", Manner(longest_us=6 * S))
    for at in (1, 10):
        swipe(checker, at)
    opened(checker, 1.1, 1, 5 * S)
    opened(checker, 10.1, 1, 7 * S)

    assert 1 == checker.judge(ledger((1, OPENING, 1, 1), (2, OPENING, 2, 1))).stuck


@pytest.mark.parametrize("what", range(14, 19))
def test_the_gatehouses_own_entries_are_nobodys_reports(checker, ledger, what):
    """They bear no number of the gate, and as many as there are of them none stands twice."""
    assert not checker.judge(ledger((0, what, 0, 0), (0, what, 0, 0))).duplicates
