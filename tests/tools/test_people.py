"""Travellers are synthetic, of every kind, and what is true of them is known."""

import datetime
import random

import pytest
from gatehouse.card_number import check_number
from gatehouse.number_parts import NumberInvalid
from gatetools.sim import people
from gatetools.sim.people import Behaviour, TrueColour
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014", "110101197810270029"])
def test_check_characters_are_those_of_the_standard(number):
    """The examples of GB 11643 and of published validators."""
    assert number[17] == people.check_character(number)


@pytest.mark.parametrize(("number", "wrong"), [("KAZ110090123105", "7"), ("911398199012310021", "2")])
def test_check_characters_of_other_kinds_are_those_of_published_vectors(number, wrong):
    """As the validators that publish them say."""
    assert number[-1] == people.check_character(number)
    assert wrong != people.check_character(number[:-1] + wrong)


@given(st.integers(0, 2**32), st.sampled_from(list(people.Kind)))
def test_numbers_of_every_kind_are_taken_by_the_gatehouse_as_of_that_kind(seed, kind):
    """And what is made wrong on purpose is refused."""
    number = people.number_from(random.Random(seed), kind)
    form = check_number(number.encode(), NOW.date())
    assert {"RESIDENT": "RESIDENT", "HMT_PERMIT": "PERMIT", "FOREIGN_2017": "OLD_FOREIGN"}.get(
        kind.name, "NEW_FOREIGN"
    ) == form.name
    with pytest.raises(NumberInvalid):
        check_number(people.with_wrong_check_character(number).encode(), NOW.date())


def test_a_round_shows_every_kind_of_card():
    """Each of them passes once at least, too."""
    shown = people.built_in(1, NOW, 1)
    passing = {check_number(t.number.encode(), NOW.date()) for t in shown if t.may_pass(NOW)}
    assert len(passing) >= 3
    assert len({t.card().text[248] for t in shown}) == 5


@given(st.integers(0, 2**32))
def test_numbers_check_and_are_nobodys(seed):
    """Born between 1900 and 1909."""
    number = people.number_from(random.Random(seed))
    assert (18, "190") == (len(number), number[6:9])
    assert number[17] == people.check_character(number)
    assert number[17] != people.with_wrong_check_character(number)[17]


def test_the_same_seed_gives_the_same_people():
    """And another one others."""
    numbers = [[t.number for t in people.built_in(seed, NOW, 1)] for seed in (1, 1, 2)]
    assert numbers[0] == numbers[1] != numbers[2]


def test_a_round_shows_every_oddity():
    """Every kind of status, and every behaviour that does not hold a lane up."""
    shown = people.built_in(1, NOW, 1)
    assert set(TrueColour) == {t.colour for t in shown}
    assert set(Behaviour) - {Behaviour.WRONG_WAY, Behaviour.NOBODY_CAME} == {t.behaviour for t in shown}
    assert any(t.may_pass(NOW) for t in shown)


@pytest.mark.parametrize(
    ("colour", "behaviour", "age_hours", "expected"),
    [
        (TrueColour.GREEN, Behaviour.NORMAL, 1, True),
        (TrueColour.GREEN, Behaviour.TWO_AT_ONCE, 23, True),
        (TrueColour.GREEN, Behaviour.NORMAL, 25, False),
        (TrueColour.GREEN, Behaviour.NORMAL, -1, False),
        (TrueColour.GREEN, Behaviour.EXPIRED_CARD, 1, False),
        (TrueColour.GREEN, Behaviour.UNSUPPORTED_CARD, 1, False),
        (TrueColour.GREEN, Behaviour.NOT_YET_VALID_CARD, 1, False),
        (TrueColour.GREEN, Behaviour.WRONG_CHECK_DIGIT, 1, False),
        (TrueColour.YELLOW, Behaviour.NORMAL, 1, False),
        (TrueColour.RED, Behaviour.NORMAL, 1, False),
        (TrueColour.UNKNOWN, Behaviour.NORMAL, 1, False),
    ],
)
def test_who_may_pass(colour, behaviour, age_hours, expected):
    """Only a fresh green on a sound card."""
    assert expected == people.one(1, colour, behaviour, age_hours=age_hours, now=NOW).may_pass(NOW)


def test_the_register_gets_those_whom_it_can_know():
    """Neither the unknown nor numbers that do not check, and nobody twice."""
    shown = people.built_in(1, NOW, 1)
    rows = list(people.register_rows(shown + shown))
    numbers = [number for number, _, _ in rows]
    assert len(set(numbers)) == len(numbers)
    assert {t.number for t in shown if t.known()} == set(numbers)
    assert all(people.check_character(number) == number[-1] for number in numbers)


@pytest.mark.parametrize("text", ["", "1", "1234567", "12345678", "11010519491231002X", "9" * 40])
def test_masks_hide_the_middle(text):
    """At most the first character and the last two show."""
    masked = people.mask(text)
    assert len(text) == len(masked)
    assert len(masked.replace("*", "")) <= 3


def test_a_traveller_does_not_show_itself():
    """No repr holds the number."""
    traveller = people.one(1, TrueColour.GREEN, now=NOW)
    assert traveller.number not in repr(traveller)
    assert traveller.number not in str(traveller)
