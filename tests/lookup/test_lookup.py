"""What is known without asking, and who is asked, over real databases."""

import ssl

import pytest
from gatehouse.lookup.answers import Answers, Told
from gatehouse.lookup.lookup import Lookup, Sources
from gatehouse.lookup.lookup_settings import LookupSettings, RouteSettings
from gatehouse.lookup.routes import Route, Routes
from gatehouse.person import pseudonym
from gatehouse.platforms.account import Account
from gatehouse.platforms.dialect_file import shipped
from gatehouse.platforms.platform import Platform
from gatehouse.register import Register
from gatehouse.status import Colour, Freshness, Outcome, Status
from gatelink import codes

KEY = b"k" * 32
NOW_S = 1_790_000_000
HOUR_S = 3600
NUMBER = b"110101190001010014"


@pytest.fixture
def lookup(tmp_path):
    """Asks plain and beijing; nothing is known yet."""
    register, answers = Register(tmp_path / "register.db", KEY), Answers(tmp_path / "answers.db", KEY)
    tls = ssl.create_default_context()
    platforms = {
        name: Platform(Account(shipped(name), "http://127.0.0.1:1", {"key": b"x"}, tls))
        for name in ("plain", "beijing")
    }
    routes = Routes([RouteSettings(ask=["plain"], then=["beijing"])], list(platforms))
    yield Lookup(register, Sources(platforms, routes, answers), LookupSettings(fresh_minutes=60, keep_hours=24))
    register.close()
    answers.close()


def tell(lookup, source, outcome=Outcome.GREEN, age_s=0):
    answers = lookup.sources.answers
    status = Status(outcome, NOW_S - age_s, source, fetched_s=NOW_S - age_s)
    answers.write([Told(answers.pseudonym(codes.CARD_RESIDENT, NUMBER), source, status)], 0, NOW_S + 60)


def kept(lookup, kind=codes.CARD_RESIDENT):
    return [(one.source, one.outcome, one.freshness) for one in lookup.kept(kind, NUMBER, NOW_S) if one.source]


def test_what_is_kept_is_fresh_then_older_then_nothing(lookup):
    """By when it was told; an import is as old as its status, and the rules say for how long that is of use."""
    for age_s, found in ((HOUR_S, Freshness.FRESH), (HOUR_S + 1, Freshness.OLDER), (24 * HOUR_S + 1, None)):
        tell(lookup, "plain", Outcome.YELLOW)
        lookup.sources.answers.write([], NOW_S + 1, NOW_S + 1)
        tell(lookup, "plain", age_s=age_s)
        assert kept(lookup) == ([("plain", Outcome.GREEN, found)] if found else [])
    lookup._register.load([[(pseudonym(KEY, NUMBER), int(Colour.RED), "", NOW_S - 99 * HOUR_S, "office", None)]])
    assert kept(lookup) == [("office", Outcome.RED, Freshness.OLDER)]


def test_nothing_stands_in_for_a_platform_that_is_asked_no_more(lookup):
    tell(lookup, "shanghai")
    assert kept(lookup) == []


def test_a_code_has_no_answers_and_no_route(lookup):
    """Whatever its bytes are."""
    tell(lookup, "plain")
    for kind in (codes.CARD_CODE, codes.CARD_UID, codes.CARD_WIEGAND):
        assert kept(lookup, kind) == []
        assert lookup.route(kind, NUMBER, []) == Route(())


def test_who_told_a_colour_before_is_asked_first(lookup):
    known = lookup.kept(codes.CARD_RESIDENT, NUMBER, NOW_S)
    assert lookup.route(codes.CARD_RESIDENT, NUMBER, known) == Route(("plain",), ("beijing",))
    tell(lookup, "beijing")
    known = lookup.kept(codes.CARD_RESIDENT, NUMBER, NOW_S)
    assert lookup.route(codes.CARD_RESIDENT, NUMBER, known) == Route(("plain", "beijing"))


def test_a_station_without_platforms_has_its_register_alone(lookup):
    alone = Lookup(lookup._register)
    assert alone.route(codes.CARD_RESIDENT, NUMBER, []) == Route(())
    assert [one.outcome for one in alone.kept(codes.CARD_RESIDENT, NUMBER, NOW_S)] == [Outcome.NOT_FOUND]
