"""A running gatehouse that asks health platforms: real processes, real HTTP, a real link; one tap, one verdict."""

import asyncio
import contextlib
import sqlite3
import time

import pytest
from gatehouse.lookup.routes import Route
from gatehouse.status import Colour
from gatelink import codes
from gatelink.gate_to_house import Tap
from gatelink.house_to_gate import Verdict
from gatetools.sim.platforms import faults
from host.conftest import now_ticks
from platforms.province import Province, person

FAR_FROM_A_STALL_S = 10.0  # which takes 30 s
UNKNOWN = 9


@pytest.fixture
def province():
    """Makes one; it ends with the test."""
    made = []

    def make(*names, people=()):
        made.append(Province(*names, people=people))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def serve(station, start, new_pty, bench_gate):
    """Starts a gatehouse that asks a province, with a gate on each lane."""

    def run(province, lanes=("A1",), more=""):
        enrolled = {lane: (station.enrol(lane), new_pty()) for lane in lanes}
        config = station.write_config(
            *(tty.name for _, tty in enrolled.values()), more=province.settings(station.folder) + more
        )
        house = start("run", "--config", config)
        gates = [bench_gate(keys, tty.fd).bring_up() for keys, tty in enrolled.values()]
        return house, *gates

    return run


def answer(gate, number, **how):
    verdict = gate.tap(number, **how)
    return verdict.verdict, verdict.reason


def lay(gate, number):
    """A card, without waiting for what comes of it; its counter."""
    gate.counter += 1
    gate.end.send(Tap(gate.boot, gate.counter, codes.CARD_RESIDENT, number.encode(), 0, 0), now_ticks())
    gate.turn()
    return gate.counter


def verdicts(gate):
    return [one.counter for one in gate.got(Verdict)]


def stalls(province, name):
    """It answers nobody any more."""
    province.servers[name].faults.rates = {faults.STALL: 1.0}


def kept(station):
    with contextlib.closing(sqlite3.connect(station.data / "answers.db")) as database:
        return database.execute("select source, colour, result, doses from answer").fetchall()


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_each_colour_has_its_answer_and_a_second_swipe_costs_no_request(province, serve, station, number_of):
    """Nobody here is in the register; what was told is in the station's memory, with its test."""
    people = [person(number_of(1)), person(number_of(2), "red"), person(number_of(3), "yellow")]
    here = province("plain", people=[*people, person(number_of(4), result="positive")])
    _, gate = serve(here)

    expected = {
        1: (codes.ALLOW, codes.REASON_GREEN),
        2: (codes.DENY, codes.REASON_RED),
        3: (codes.REFER, codes.REASON_YELLOW),
        4: (codes.REFER, codes.REASON_TEST_POSITIVE),
        UNKNOWN: (codes.REFER, codes.REASON_NOT_FOUND),
    }
    assert {nth: answer(gate, number_of(nth)) for nth in expected} == expected
    asked = here.seen("plain")
    assert asked == len(expected)
    assert {nth: answer(gate, number_of(nth)) for nth in expected} == expected
    assert here.seen("plain") == asked
    until(lambda: len(kept(station)) == 4)
    assert sorted(kept(station)) == sorted(
        [
            ("plain", 1, "negative", 2),
            ("plain", 3, "negative", 2),
            ("plain", 2, "negative", 2),
            ("plain", 1, "positive", 2),
        ]
    )


def test_a_card_that_decides_by_itself_is_asked_about_nowhere(province, serve, number_of):
    """Expired, malformed, of another kind: no platform learns who holds it."""
    here = province("plain", people=[person(number_of(1))])
    _, gate = serve(here)

    assert answer(gate, number_of(1), valid_until=20200101) == (codes.REFER, codes.REASON_CARD_EXPIRED)
    assert answer(gate, number_of(1)[:-1] + "A") == (codes.REFER, codes.REASON_NUMBER_INVALID)
    assert answer(gate, "04A1B2C3", card=codes.CARD_UID) == (codes.REFER, codes.REASON_CARD_UNPROVEN)
    assert answer(gate, "GH1:7q2m", card=codes.CARD_CODE) == (codes.REFER, codes.REASON_NOT_FOUND)
    assert here.seen("plain") == 0


def test_a_stall_delays_its_own_traveller_and_nobody_else(province, serve, number_of):
    """One lane waits for a platform that says nothing for 30 s; the next lane's travellers pass meanwhile."""
    here = province("plain", "national", people=[person(number_of(nth)) for nth in range(9)])
    routes = '[[route]]\ncards = ["resident"]\nask = ["plain"]\n[[route]]\nask = ["national"]\n'
    _, stuck, free = serve(here, ("A1", "A2"), routes)
    stalls(here, "plain")
    permit, foreign = "810000199408230021", "911398199012310021"

    began_s = time.monotonic()
    counter = lay(stuck, number_of(1))
    until(lambda: here.seen("plain") or stuck.turn())
    passed = [answer(free, permit, card=codes.CARD_HMT_PERMIT), answer(free, foreign, card=codes.CARD_FOREIGN_2023)]
    before = verdicts(stuck)
    stuck.until(lambda: verdicts(stuck), "a verdict")

    assert passed == [(codes.REFER, codes.REASON_NOT_FOUND)] * 2
    assert before == []
    assert verdicts(stuck) == [counter]
    assert stuck.got(Verdict)[0].reason == codes.REASON_LOOKUP_TIMED_OUT
    assert time.monotonic() - began_s < FAR_FROM_A_STALL_S


def test_what_comes_too_late_fills_the_memory_and_reaches_no_verdict(province, serve, station, number_of):
    """A platform that takes longer than the budget: staff for the first swipe, and the answer for the second."""
    here = province("plain", people=[person(number_of(1))])
    _, gate = serve(here, more="[lookup]\nbudget_ms = 200\n")
    here.takes_s("plain", 1.0)

    assert answer(gate, number_of(1)) == (codes.REFER, codes.REASON_LOOKUP_TIMED_OUT)
    until(lambda: kept(station))
    here.takes_s("plain", 0)
    assert (answer(gate, number_of(1)), here.seen("plain")) == ((codes.ALLOW, codes.REASON_GREEN), 1)
    assert verdicts(gate) == [1, 2]


def test_a_card_that_is_taken_away_gets_no_verdict_and_gives_none_to_the_next(province, serve, number_of):
    """The first one's green comes while somebody else's card lies there."""
    here = province("plain", people=[person(number_of(1)), person(number_of(2), "red")])
    _, gate = serve(here)
    here.takes_s("plain", 0.3)

    lay(gate, number_of(1))
    until(lambda: here.seen("plain") or gate.turn())
    second = lay(gate, number_of(2))
    gate.until(lambda: verdicts(gate), "a verdict")
    here.takes_s("plain", 0)
    third = gate.tap(number_of(2)).counter

    assert verdicts(gate) == [second, third]
    assert {one.verdict for one in gate.got(Verdict)} == {codes.DENY}


def test_while_a_platform_is_silent_what_it_told_before_stands_in(province, serve, station, start, number_of):
    """After a restart too, and for nobody of whom it has told nothing; not for longer than the settings say."""
    here = province("plain", people=[person(number_of(1)), person(number_of(2), "red")])
    house, gate = serve(here, more="[lookup]\nbudget_ms = 300\nkeep_hours = 1\n")
    for nth in (1, 2):
        answer(gate, number_of(nth))
    until(lambda: len(kept(station)) == 2)
    house.end()
    stalls(here, "plain")
    house = start("run", "--config", station.config)
    gate.events.clear()
    gate.bring_up()

    assert answer(gate, number_of(1)) == (codes.ALLOW, codes.REASON_GREEN)
    assert answer(gate, number_of(2)) == (codes.DENY, codes.REASON_RED)
    assert answer(gate, number_of(3)) == (codes.REFER, codes.REASON_LOOKUP_TIMED_OUT)
    house.end()
    with sqlite3.connect(station.data / "answers.db") as database:
        database.execute("update answer set fetched_s = fetched_s - 3601, updated_s = updated_s - 3601")
    database.close()
    start("run", "--config", station.config)
    gate.events.clear()
    gate.bring_up()
    assert answer(gate, number_of(1)) == (codes.REFER, codes.REASON_LOOKUP_TIMED_OUT)


def test_the_register_speaks_where_no_platform_does_and_against_one_where_it_is_younger(
    province, serve, station, number_of
):
    """An import of this hour outweighs a green of the hour before; an import stands in while a platform is silent."""
    station.know((number_of(1), Colour.RED, 60), (number_of(2), Colour.GREEN, 60))
    here = province("plain", people=[person(number_of(1), set_h=1.0)])
    _, gate = serve(here, more="[lookup]\nbudget_ms = 300\n")

    assert answer(gate, number_of(1)) == (codes.DENY, codes.REASON_RED)
    assert answer(gate, number_of(2)) == (codes.ALLOW, codes.REASON_GREEN)
    stalls(here, "plain")
    assert answer(gate, number_of(2)) == (codes.ALLOW, codes.REASON_GREEN)


def test_of_several_platforms_the_one_whose_colour_is_younger_counts(province, serve, station, number_of):
    """Asked at once; both answers are kept."""
    here = province("plain", "national", people=[person(number_of(nth)) for nth in (1, 2)])
    here.knows("national", person(number_of(1), "red", set_h=3.0), person(number_of(2), "red", set_h=0.5))
    house, gate = serve(here, more='[[route]]\nask = ["plain", "national"]\n')
    assert answer(gate, number_of(1)) == (codes.ALLOW, codes.REASON_GREEN)
    assert answer(gate, number_of(2)) == (codes.DENY, codes.REASON_RED)
    until(lambda: len(kept(station)) == 4)
    house.end()


def test_a_gatehouse_does_not_start_with_a_platform_that_cannot_be_asked(province, serve, station, start, number_of):
    """Which one and why, and no secret."""
    here = province("plain", people=[person(number_of(1))])
    station.enrol()
    station.write_config("loop://", more=here.settings(station.folder))
    (station.folder / "plain.credentials").chmod(0o644)
    house = start("run", "--config", station.config)

    assert house.wait() == 1
    assert "[platforms.plain]" in house.said
    assert "chmod 600" in house.said
    assert "plain-test-key" not in house.said


def test_a_platform_that_fails_is_told_of_once(province, serve, number_of):
    """An alarm when it begins to rest; its travellers go to staff at once, without waiting."""
    here = province("plain", people=[person(number_of(nth)) for nth in range(9)])
    here.servers["plain"].faults.rates = {faults.ERROR: 1.0}
    house, gate = serve(here)
    for nth in range(6):
        assert answer(gate, number_of(nth))[0] == codes.REFER
    assert here.seen("plain") == 5
    assert answer(gate, number_of(6)) == (codes.REFER, codes.REASON_NOT_ASKED)
    house.until_said("platform plain fails and is asked less until it answers;")
    assert number_of(0) not in house.said


def test_an_internal_error_in_an_answer_opens_nothing_and_stops_nothing(
    running, station, new_pty, bench_gate, number_of, caplog
):
    """While somebody is asked: the traveller is answered by what is known, nobody is named, and the next one passes."""
    station.know((number_of(1), Colour.GREEN, 60))
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            lookup, held = run.house.answering.lookup, []
            lookup.route = lambda kind, number, kept: Route(("plain",))

            async def broken(question, route, since_s):
                held.append(question)
                raise KeyError(question.number.decode())

            lookup.ask = broken
            known = await asyncio.to_thread(gate.tap, number_of(1))
            unknown = await asyncio.to_thread(gate.tap, number_of(2))
            return known, unknown, [bytes(one.number) for one in held]

    known, unknown, held = asyncio.run(story())
    assert (known.verdict, known.reason) == (codes.ALLOW, codes.REASON_GREEN)
    assert (unknown.verdict, unknown.reason) == (codes.REFER, codes.REASON_LOOKUP_FAILED)
    assert "internal error: KeyError" in caplog.text
    assert number_of(1) not in caplog.text
    assert held == [bytes(18)] * 2


@pytest.mark.parametrize("gone", ["next card", "cable"])
def test_what_was_presented_is_wiped_however_its_tap_ends(running, station, new_pty, bench_gate, number_of, gone):
    """The next card is laid down, or the line ends, while somebody is asked about the first one."""
    keys, tty = station.enrol(), new_pty()

    async def story():
        async with running(station) as run:
            line = run.line(tty.name)
            gate = await asyncio.to_thread(bench_gate(keys, tty.fd).bring_up)
            lookup, held, asked = run.house.answering.lookup, [], asyncio.Event()
            lookup.route = lambda kind, number, kept: Route(("plain",)) if not held else Route(())

            async def waiting(question, route, since_s):
                held.append(question)
                asked.set()
                await asyncio.Event().wait()

            lookup.ask = waiting
            await asyncio.to_thread(lay, gate, number_of(1))
            await asyncio.wait_for(asked.wait(), 20)
            during = bytes(held[0].number)
            if gone == "cable":
                line.stop()
            else:
                await asyncio.to_thread(gate.tap, number_of(2))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            return during, bytes(held[0].number), verdicts(gate)

    during, after, given = asyncio.run(story())
    assert (during, after) == (number_of(1).encode(), bytes(18))
    assert given == ([2] if gone == "next card" else [])
