"""Words of cards and codes in commands: which card they are, or what is allowed instead."""

import datetime

import pytest
from gatetools.sim import cards, shown_code, staff_cards, tap
from gatetools.sim.people import check_character
from gatetools.sim.play import Cast
from gatetools.sim.script import CommandWrong, command, parse, uncommented
from gatetools.sim.tap import Tap, TapWrong
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
FLAGS = {"resident": " ", "permit": "J", "foreign2017": "I", "foreign2023": "Y"}


def text(card):
    return card.text.decode("utf-16-le")


def laid(words):
    of = Tap.of(words.split())
    return text(of.card(of.traveller(7, NOW)))


@pytest.mark.parametrize("kind", tap.KINDS)
def test_a_card_is_of_its_kind(kind):
    """Its flag, and a number that checks in the form of that kind."""
    block = laid(kind)
    number = block[61:79].strip() if kind != "foreign2017" else block[61:76]
    assert block.encode("utf-16-le")[248:250].decode("utf-16-le") == FLAGS[kind]
    assert number[-1] == check_character(number)


def test_validity_and_name_are_printed_as_the_words_say():
    """Whatever the kind, in whatever order."""
    assert "20391231" in laid("green permit")
    assert "长期" in laid("long_term permit")
    assert str(tap.people.CARD_EXPIRED_ON) in laid("foreign2023 expired")
    assert str(tap.people.CARD_BEGINS_ON) in laid("not_yet_valid resident")
    for kind in tap.KINDS:
        block = laid(f"rare_name {kind}")
        assert cards.RARE_NAME in block
        assert len(block.encode("utf-16-le")) == cards.TEXT_BYTES


def test_the_same_words_are_the_same_person():
    """However the card is laid; another name, another person."""
    script = parse("it", "it", b"tap green\ntap taken_away\ntap as bob\ntap red\ncode green\ncode unknown\n")
    cast = Cast([script])
    first, again, bob, red = (cast.card(of) for of in script.taps())

    assert first == again
    assert len({first, bob, red}) == 3
    assert [cast.may_pass(card) for card in (first, bob, red)] == [True, True, False]
    assert cast.codes() == {shown_code.of(["green"]).text: "green"}
    assert cast.codes_that_may_pass() == {shown_code.of(["green"]).data}


@pytest.mark.parametrize(
    "words", ["green red", "permit foreign2017", "as", "as " + "x" * 21, "exired", "green bob", "红"]
)
def test_words_that_are_no_card_are_answered_by_those_that_are(words):
    """Also a slip of the pen."""
    with pytest.raises(TapWrong, match=r"at most one word of each line; green \| yellow"):
        Tap.of(words.split())


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("green", "stands in the register"),
        ("as bob", "stands in the register"),
        ("11010519491231002X permit", "leave the kind out"),
        ("1101051949123100", "synthetic NUMBER"),
    ],
)
def test_where_the_register_is_somebody_elses_a_card_has_a_number_and_no_status(words, why):
    """What stands there is theirs."""
    assert Tap.of(["11010519491231002x"], alone=True).made_up() == cards.card(
        "11010519491231002X", cards.Print(valid_to=tap.VALID_TO)
    )
    with pytest.raises(TapWrong, match=why):
        Tap.of(words.split(), alone=True)


def test_codes():
    """By word, or as they are between quotation marks, where a # begins no comment."""
    assert command('code "GH1: a # b"').code.data == b"GH1: a # b"
    assert len(command("code too_long").code.data) > 384
    assert uncommented('code "a # b" # c') == ('code "a # b" ', " c")
    assert uncommented('it "s # not closed') == ('it "s ', " not closed")
    for words in ("code", 'code "', 'code ""', "code purple", "code red red"):
        with pytest.raises(CommandWrong, match=r"write: code WORD"):
            command(words)
    with pytest.raises(CommandWrong, match=r"allowed is too_long"):
        command("code green", alone=True)


def test_staff_cards():
    """UIDs as readers have them, and frames of 26 or 34 bits."""
    assert staff_cards.tag([]).uid.hex().upper() == staff_cards.UID
    assert [len(staff_cards.frame([card])) for card in ("123-45678", "300-7", staff_cards.DAMAGED)] == [26, 34, 25]
    assert [len(staff_cards.frame([card], 34)) for card in ("123-45678", "300-7", staff_cards.DAMAGED)] == [34, 34, 33]
    for words in ("staff 04", "staff 04A1B2C3 04A1B2C3", "staff xyzw", "wiegand 1", "wiegand 1-65536", "wiegand ²-1"):
        with pytest.raises(CommandWrong, match=r"write: (staff|wiegand) "):
            command(words)


@given(
    st.sampled_from(["tap", "code", "staff", "wiegand", "fault", "lag", "unplug"]),
    st.lists(st.sampled_from(["green", "as", "permit", '"', "04A1B2C3", "1-1", "9e9", "nan", "sam_v", "frozen", "é"])),
    st.booleans(),
)
def test_no_words_are_more_than_no_command(verb, words, alone):
    """Whatever stands behind a verb."""
    try:
        step = command(" ".join([verb, *words]), alone=alone)
    except CommandWrong:
        return
    assert step.verb == verb
