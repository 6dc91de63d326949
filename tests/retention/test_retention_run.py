"""Retention: what is over goes from every file, what is not stays, and the proof of all of it too."""

import contextlib
import datetime

import pytest
from click.testing import CliRunner
from gatehouse import continuity, deeds, schema
from gatehouse.cli import main
from gatehouse.growth import leaf_hash
from gatehouse.heads import HEAD_KEY, Signer
from gatehouse.ledger import decoded
from gatehouse.merkle import Peaks
from gatehouse.retention.entry_sweep import ROWS_A_STEP
from gatehouse.retention.run import SERVED, Retention, as_number
from gatehouse.sole import RunsAlready, SoleRun
from gatelink import codes
from retention.aged_station import GATE, TODAY, AgedStation, day, noon_s, passed, person, raw, seeded

LEDGER_DAYS = 184


@pytest.fixture
def station(tmp_path):
    return AgedStation(tmp_path)


def run(station, today=TODAY, **options):
    return Retention(station.settings, lambda: False).run(today, "gatehouse", **options)


def deed_of(station):
    """The newest entry, which is the house's own."""
    *_, (_, salt, body) = station.leaves()
    assert salt is not None
    return deeds.decoded(body)


def test_entries_that_are_over_are_deleted_and_their_leaves_stay(station):
    """By whole days: what was heard on the first day that is kept stays."""
    agos = [300, LEDGER_DAYS + 1, LEDGER_DAYS, 1]
    station.commit(*(passed(index, ago) for index, ago in enumerate(agos, start=1)))
    before = station.leaves()

    outcome = run(station)

    after = station.leaves()
    assert [leaf for leaf, _, _ in after[:4]] == [leaf for leaf, _, _ in before]
    assert [(salt, body) for _, salt, body in after[:2]] == [(None, None)] * 2
    assert after[2:4] == before[2:]
    assert outcome.finished
    assert outcome.settled
    assert outcome.deleted == {"entries": 2}


def test_a_run_is_an_entry_that_says_until_when_and_how_many(station):
    """Appended to the same tree, whose root goes on from what it was before the deletion."""
    station.commit(passed(1, 300), passed(2, 1))
    leaves = [leaf for leaf, _, _ in station.leaves()]

    run(station)

    deed = deed_of(station)
    assert (deed.what, deed.who) == (deeds.What.RETENTION_RUN, "gatehouse")
    assert deed.detail == {"ledger_before": as_number(day(184)), "day_keys_before": as_number(day(31)), "entries": 1}
    *old, (leaf, salt, body) = station.leaves()
    assert [one for one, _, _ in old] == leaves
    assert leaf == leaf_hash(salt, body)
    peaks = Peaks()
    for one in [*leaves, leaf]:
        list(peaks.add(one))
    station.commit(passed(3, 0))  # appended to what the table holds, or TornTree
    assert peaks.size == 3


def test_the_ledger_is_still_proven_whole_by_a_head_from_before(station):
    """A head that was signed before holds for what is left, and a deletion that retention did not make is found."""
    station.commit(passed(1, 300), passed(2, 299), passed(3, 1))
    with contextlib.closing(station.keys()) as keys, contextlib.closing(station.ledger()) as ledger:
        ledger.sign(Signer(keys.secret(HEAD_KEY)), noon_s(0))

    run(station)

    verify = ["ledger", "verify", "--config", str(station.config)]
    whole = CliRunner().invoke(main, verify)
    assert whole.exit_code == 0, whole.output
    with contextlib.closing(schema.sqlite3.connect(station.data / "ledger.db")) as connection, connection:
        connection.execute("update ledger set leaf = zeroblob(32) where number = 2")
    assert CliRunner().invoke(main, verify).exit_code == 1


def test_a_second_run_of_a_day_adds_nothing(station):
    """And the next day's is an entry again: that retention was at work is provable, also where nothing was over."""
    station.commit(passed(1, 1))
    run(station)
    run(station)
    assert len(station.leaves()) == 2

    run(station, TODAY + datetime.timedelta(days=1))
    assert len(station.leaves()) == 3


def test_day_keys_go_and_other_keys_stay(station):
    """Also one whose name only looks like a day's; and that there were days stays known."""
    station.serve_days(300, 32, 31, 0)
    others = {"register", "lists", "ledger head", "ledger 2026", "ledger 20260101x", "ledger ２０２６０１０１"}
    with contextlib.closing(station.keys()) as keys:
        for name in others:
            keys.secret(name)

    outcome = run(station)

    kept = {f"ledger {day(ago):%Y%m%d}" for ago in (31, 0)}
    assert station.purposes() == others | kept | {SERVED}
    assert outcome.deleted == {"day_keys": 2}


def test_a_lost_ledger_is_missed_when_no_day_key_is_left(station):
    """A station that has served nobody for a month is still told from a new one."""
    station.serve_days(300)
    run(station)
    purposes = station.purposes()
    assert not [name for name in purposes if name.startswith("ledger 2")]
    with pytest.raises(continuity.DataLost):
        continuity.check(station.data / "register.db", station.data / "gone.db", purposes, new_ledger=False)


def test_lanes_and_commands_have_the_databases_between_any_two_steps(station):
    """A commit and a lookup, each with no patience at all."""
    count = 3 * ROWS_A_STEP
    station.commit(*(passed(index, 300) for index in range(1, count)))
    station.know([(person(index), noon_s(400), None) for index in range(5000, 5100)])
    turns = []

    def others():
        with contextlib.closing(schema.sqlite3.connect(station.data / "register.db", timeout=0)) as register, register:
            register.execute("update meta set value = value")
        with contextlib.closing(schema.sqlite3.connect(station.data / "ledger.db", timeout=0)) as ledger, ledger:
            ledger.execute("update meta set value = value")
        turns.append(station.commit(passed(count + len(turns), 0))[0])
        return False

    assert Retention(station.settings, others).run(TODAY, "gatehouse", clock_is_right=True).finished
    assert len(turns) > 3
    assert all(turn.new for turn in turns)
    assert [turn.missing for turn in turns] == [0] * len(turns)


def test_register_lists_and_answers_lose_what_is_over(station):
    """By the end that an issuer gave, and by age; without an end a status has a year."""
    station.know(
        [
            (person(1), noon_s(1), noon_s(1)),
            (person(2), noon_s(400), None),
            (person(3), noon_s(366), None),
            (person(4), noon_s(2), noon_s(-2)),
        ]
    )
    station.list_people(noon_s(1), noon_s(-1))
    station.answer(0, 1, 2, 30)

    outcome = run(station)

    assert outcome.deleted == {"statuses": 2, "listings": 1, "answers": 2}
    assert station.count("register.db", "status") == 2
    assert station.count("lists.db", "listing") == 1
    assert station.count("answers.db", "answer") == 2


def test_nothing_that_was_deleted_is_left_in_any_file(station):
    """Pages, free pages, write-ahead logs: the files are searched byte by byte."""
    count = 3 * ROWS_A_STEP
    station.commit(*(passed(index, 300) for index in range(1, count)))
    station.commit(passed(count, 1))
    station.serve_days(300, 0)
    station.know([(person(index), noon_s(400), None) for index in range(5000, 6000)])
    with contextlib.closing(schema.sqlite3.connect(station.keys_path)) as keys:
        (sealed,) = keys.execute("select sealed from secrets where name = ?", (f"ledger {day(300):%Y%m%d}",)).fetchone()
    salts = [salt for _, salt, _ in station.leaves()[:-1]]
    before = raw(station.data, station.keys_path.parent)
    assert person(7) in before
    assert sealed in before

    assert run(station).settled

    after = raw(station.data, station.keys_path.parent)
    assert sealed not in after
    assert not [index for index in range(1, count) if person(index) in after]
    assert not [salt for salt in salts if salt in after]
    assert not [index for index in range(5000, 6000) if person(index) in after]
    assert person(count) in after
    assert all(path.stat().st_size == 0 for path in station.data.glob("*-wal"))


def test_entries_and_people_stay_unreadable_beside_a_reader_and_are_settled_later(station):
    """Somebody who reads holds up the emptying of the log; the run says so instead of waiting."""
    station.commit(passed(1, 300), passed(2, 1))
    with contextlib.closing(schema.sqlite3.connect(station.data / "ledger.db")) as reader:
        reader.execute("begin")
        reader.execute("select count(*) from ledger").fetchone()
        assert not run(station).settled
    assert run(station).settled
    assert person(1) not in raw(station.data)


@pytest.mark.parametrize("ahead_days", [9, 365, 36500])
def test_a_clock_that_leaps_forward_deletes_nothing_and_is_told(station, ahead_days):
    """In both languages, until somebody says that it is right."""
    station.commit(passed(1, 180), passed(2, 0))
    station.serve_days(30, 0)
    station.list_people(noon_s(-1))
    run(station)
    before, purposes = station.leaves(), station.purposes()

    outcome = run(station, TODAY + datetime.timedelta(days=ahead_days))

    assert outcome.refusal is not None
    assert str(TODAY) in outcome.refusal.said[0]
    assert "--clock-is-right" in outcome.refusal.said[1]
    assert (station.leaves(), station.purposes()) == (before, purposes)
    assert station.count("lists.db", "listing") == 1
    assert run(station, TODAY + datetime.timedelta(days=ahead_days), clock_is_right=True).finished
    assert station.leaves()[0][1:] == (None, None)


def test_the_first_run_of_all_believes_the_ledger_more_than_the_clock(station):
    """A station that was updated has no earlier run, but its newest entry."""
    station.commit(passed(1, 180))
    assert run(station).refusal is not None
    station.commit(passed(2, 8))
    assert run(station).finished


def test_a_clock_that_was_lost_deletes_nothing(station):
    """A PC without a battery begins in 1970."""
    station.commit(passed(1, 180))
    assert run(station, datetime.date(1970, 1, 2)).refusal is not None


def test_days_that_follow_each_other_are_believed_for_ever(station):
    """A station that works each week, for a year, deletes on its own."""
    station.commit(passed(1, 0))
    outcomes = [run(station, TODAY + datetime.timedelta(days=8 * week)) for week in range(1, 30)]
    assert all(outcome.finished for outcome in outcomes)
    assert sum(outcome.deleted.get("entries", 0) for outcome in outcomes) >= 1
    assert station.leaves()[0][1:] == (None, None)


def test_times_that_a_wrong_clock_wrote_delete_nothing_too_early_and_hold_nothing_up(station):
    """Of an entry between others of which one is kept nobody knows that it is over."""
    times = [noon_s(200), 1000, noon_s(-400), noon_s(199), 1000, noon_s(100), 1000, noon_s(250), noon_s(-400)]
    station.commit(*(passed(index, 0, heard_s=time_s) for index, time_s in enumerate(times, start=1)))
    station.commit(passed(10, 1))

    run(station)

    assert [body is None for _, _, body in station.leaves()[:10]] == [True] * 4 + [False] * 6


def test_a_lane_that_comes_back_later_finds_what_it_needs(station):
    """The cursor, a repeat of a record that is gone, and the opening whose end is told after half a year."""
    station.commit(passed(1, 300), passed(2, 299, what=codes.REPORT_OPENING, counter=7), passed(3, 299, counter=6))
    station.commit(passed(1, 1, identity=b"GATE-B2."))
    run(station)
    assert [body is None for _, _, body in station.leaves()[:3]] == [True, False, True]

    (again,) = station.commit(passed(1, 300))
    (outcome,) = station.commit(passed(4, 0, counter=7, person=None))
    assert (again.new, again.renumbered, outcome.cursor, outcome.missing) == (False, False, 4, 0)
    with contextlib.closing(station.ledger()) as ledger:
        newest = decoded(ledger.leaves()[-1][2])
    assert newest.person == person(2)

    run(station, TODAY + datetime.timedelta(days=1))
    assert station.leaves()[1][2] is None


def test_a_gate_that_is_retired_stays_so(station):
    """Revoking it is entered once, however often it is given, and an opening without an end gets one all the same."""
    station.commit(passed(1, 300, what=codes.REPORT_OPENING))
    station.commit(passed(1, 1, identity=b"GATE-B2."))
    run(station)
    retired = passed(1, 0, what=codes.REPORT_RETIRED, boot=0, counter=0, person=None, detail=codes.RETIRED_REVOKED)
    assert station.commit(retired)[0].new
    bodies = [decoded(body) for _, _, body in station.leaves() if body is not None and body[1:2] != b"\4"]
    assert [one.what for one in bodies if one.identity == GATE][1:] == [codes.REPORT_UNKNOWN, codes.REPORT_RETIRED]

    later = TODAY + datetime.timedelta(days=200)
    run(station, later, clock_is_right=True)
    assert not station.commit(retired)[0].new


def test_two_runs_at_once_are_refused(station):
    """By the second one."""
    with contextlib.closing(SoleRun(station.data, "retention.running")), pytest.raises(RunsAlready):
        run(station)


@pytest.mark.parametrize("left", ["", "nonsense", "[]", '{"next": 0}', '{"next": "x"}', '{"known": "2026-13-01"}'])
def test_a_damaged_note_of_how_far_it_came_is_begun_anew(station, left):
    """It decides nothing about what is over."""
    station.commit(passed(1, 300), passed(2, 1))
    with contextlib.closing(schema.sqlite3.connect(station.data / "ledger.db")) as connection, connection:
        connection.execute("insert into meta values ('retention', ?)", (left,))
    assert run(station).deleted == {"entries": 1}


def test_interrupted_after_any_step_the_next_run_ends_it(station):
    """What was deleted before counts in the one deed that tells of it."""
    rng = seeded()
    count = 4 * ROWS_A_STEP
    station.commit(*(passed(index, 300) for index in range(1, count)))
    station.commit(passed(count, 1))
    station.answer(20, 21)
    steps = rng.randint(0, 4)
    left = iter(range(steps))
    stopped = Retention(station.settings, lambda: next(left, None) is None).run(TODAY, "gatehouse")
    outcome = run(station)
    assert outcome.finished
    assert not stopped.finished
    assert deed_of(station).detail["entries"] == count - 1
    assert len(station.leaves()) == count + 1
