"""One purpose, one key: a database tells nothing of another one, and a day of the ledger nothing of the next."""

import contextlib
import sqlite3
import time

from gatehouse.answering import Answering
from gatehouse.clock import StationClock
from gatehouse.lists import Lists, StationLists
from gatehouse.lookup.answers import ANSWERS_KEY, Answers, Told
from gatehouse.lookup.lookup import Lookup
from gatehouse.rules.book import RuleBook
from gatehouse.rules.usual import usual
from gatehouse.status import Colour, Outcome, Status
from gatelink import codes
from gatelink.gate_to_house import Tap

GATE = b"GATE-A1."
RULES = RuleBook.fixed(usual(86400, 120, codes.REFER, codes.DENY))
DAYS = 3


def pseudonyms_in(file):
    """Every value of 16 bytes in a database, whatever table it is in."""
    with contextlib.closing(sqlite3.connect(file)) as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        rows = [row for name in tables for row in database.execute(f'select * from "{name}"')]
    return {value for row in rows for value in row if isinstance(value, bytes) and len(value) == 16}


def test_one_person_is_somebody_else_in_every_database_and_on_every_day(station, number_of):
    """Register, answers kept, lists and ledger, over three days."""
    number = number_of(1)
    station.know((number, Colour.GREEN, 60))
    with contextlib.closing(station.keys()) as keys:
        now_s = int(time.time())
        with contextlib.closing(Answers(station.data / "answers.db", keys.secret(ANSWERS_KEY))) as answers:
            person = answers.pseudonym(codes.CARD_RESIDENT, number.encode())
            status = Status(Outcome.GREEN, now_s, "plain", fetched_s=now_s)
            answers.write([Told(person, "plain", status)], 0, now_s)
        with contextlib.closing(Lists(station.data / "lists.db", keys)) as lists:
            lists.add("crew", [number.encode()], now_s + 86400, "crew")
        days = set()
        with contextlib.closing(station.register()) as register:
            for day in range(DAYS):
                clock = StationClock(lambda day=day: time.time() + 86400 * day, time.monotonic)
                stationed = StationLists(station.data / "lists.db", keys)
                answering = Answering(Lookup(register), keys, RULES, stationed, 1500)
                answering.answer(GATE, Tap(1, 1, codes.CARD_RESIDENT, number.encode(), 0, 5, 0), clock.now())
                days.add(bytes(answering.person(GATE, 1, 1)))
                stationed.close()

    found = [pseudonyms_in(station.data / f"{name}.db") for name in ("register", "answers", "lists")]
    assert [len(one) for one in found] == [1, 1, 1]
    assert len(set.union(days, *found)) == DAYS + 3
