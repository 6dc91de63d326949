"""Scenario files as anybody might write them: read whole, or refused with every mistake and its line."""

import pytest
from gatetools.sim import conditions, script
from gatetools.sim.conditions import ConditionWrong
from gatetools.sim.script import CommandWrong, ScriptWrong
from hypothesis import given
from hypothesis import strategies as st


def parse(data):
    return script.parse("it.txt", "it", data)


def problems(data):
    with pytest.raises(ScriptWrong) as refused:
        parse(data)
    return refused.value.problems


def test_a_scenario_is_its_title_its_settings_and_its_steps():
    """Empty lines and comments say nothing, but they count as lines."""
    found = parse(
        b"\xef\xbb\xbf# A title\r\n\r\nsettings relays=2 direction=both\r\n tap red\tas bob # who\n# more\nwalk exit\n"
    )

    assert (found.name, found.title) == ("it", "A title")
    assert (found.setup.wiring.relays, found.setup.station.direction) == (2, "both")
    assert [(step.line, str(step)) for step in found.steps] == [(4, "tap red as bob"), (6, "walk exit")]
    assert [(tap.status, tap.bearer) for tap in found.taps()] == [("red", "bob")]


def test_every_mistake_is_told_with_its_line():
    """In one go, but no more of them than somebody reads."""
    assert problems(b"tap\nfly\nfire maybe\n") == [
        f"it.txt, line 2: fly is no command; there are: {', '.join(script.VERBS)}",
        "it.txt, line 3: write: fire on | off",
    ]
    assert problems(b"fly\n" * 500)[-1] == "it.txt: and 490 lines more"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it.txt: holds no command"),
        (b"# nothing\n", "it.txt: holds no command"),
        (b"\xff\xfe", "line 1: is not UTF-8 text"),
        (b"tap\x00\n", "line 1: holds characters that cannot be printed"),
        (b"tap\x1b[2J\n", "line 1: holds characters that cannot be printed"),
        (b"x" * 201 + b"\ntap", "line 1: longer than 200 characters"),
        (b"x" * 200_000, "it.txt: longer than 100000 bytes"),
        (b"\n" * 5000, "it.txt: more than 1000 lines"),
        (b"tap\nsettings relays=2\n", "line 2: settings come once, before every command"),
        (b"settings\nsettings\ntap\n", "line 2: settings come once, before every command"),
        (b"settings relays=3\ntap\n", "line 1: relays: allowed is 1, 2"),
        (b"settings relays\ntap\n", "line 1: relays: write each setting once, as NAME=VALUE"),
        (b"settings relays=1 relays=2\ntap\n", "line 1: relays: write each setting once"),
        (b"settings pulse_ms=99\ntap\n", "line 1: pulse_ms: allowed is whole milliseconds from 100 to 500"),
        (b"settings pulse_ms=9999999999999\ntap\n", "line 1: pulse_ms: allowed is whole milliseconds"),
        (b"settings direction=up\ntap\n", 'line 1: direction: allowed is "entry", "exit" or "both"'),
        (b"settings colour=red\ntap\n", "line 1: colour: no such setting; there are relays, control"),
        (b"settings relays=2 reader_side=either\ntap\n", "line 1: reader_side: either needs control=level"),
        (b"settings readers=nose\ntap\n", "line 1: readers: allowed is sam_v, qr, pn532, wiegand"),
        (b"settings readers=qr,pn532\ntap\n", "line 1: readers: each once, and either qr or pn532"),
        (b"settings readers=\ntap\n", "line 1: readers: allowed is"),
        (b"settings signs=flag\ntap\n", "line 1: signs: allowed is voice, display"),
        (b"settings signs=voice readers=pn532\ntap\n", "line 1: signs: beside a pn532 there is no line"),
        (b"settings volume=31\ntap\n", "line 1: volume: allowed is a whole number up to 30"),
        (b"settings journal_blocks=5\ntap\n", "line 1: journal_blocks: allowed is 4, 8, 16, 32"),
        (b"settings qr_ending=bang\ntap\n", "line 1: qr_ending: allowed is cr, lf"),
    ],
)
def test_what_is_no_scenario_is_refused(data, why):
    """With the place and what is allowed."""
    assert why in problems(data)[0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("tap purple", "write: tap [WORD ...]; at most one word of each line; green | yellow"),
        ("tap green anna", "write: tap"),
        ("walk around", "write: walk"),
        ("take it", "write: take"),
        ("order beer", "write: order open | hold"),
        ("fault sleepy", "write: fault READER KIND | none; allowed is sam_v silent | sam_v frozen"),
        ("fault wiegand frozen", "write: fault"),
        ("unplug it", "write: unplug [READER | sign]; allowed is sam_v | qr | pn532 | wiegand | sign"),
        ("lag 11", "lag: seconds are a number from 0 to 10"),
        ("lag", "lag: seconds are a number"),
        ("expect fault reader_silent me", "fault reader_silent: allowed is sam_v, qr"),
        ("expect told", "told: allowed is the number of a saying, or words of it"),
        ("expect told 14", "told: allowed is a whole number up to 13"),
        ("expect volume 31", "volume: allowed is a whole number up to 30"),
        ("expect language fr", "language: allowed is zh, en, both"),
        ("wait 601", "seconds are a number from 0 to 600"),
        ("wait 1e999", "seconds are a number"),
        ("wait 1_", "seconds are a number"),
        ("wait nan", "no such condition"),
        ("expect", "no such condition; there are: relay open | shut"),
        ("expect 3", "no such condition"),
        ("expect relay c open", "relay, relay a, relay b: allowed is open, shut"),
        ("expect relay ajar", "allowed is open, shut"),
        ("expect barrier open entry", "barrier: allowed is open, shut"),
        ("expect light blue", "light: allowed is amber, green, red"),
        ("expect state happy", "state: allowed is idle, asking"),
        ("expect report eaten", "report: allowed is booted, opening"),
        ("expect report passed green", "report passed: it has no detail"),
        ("expect report opening purple", "report opening: allowed is green"),
        ("expect no thanks", "no: allowed is no report KIND"),
        ("expect openings many", "openings: allowed is a whole number"),
        ("expect openings ²", "openings: allowed is a whole number"),
        ("expect openings 1000", "openings: allowed is a whole number"),
        ("expect link maybe", "link: allowed is up, down"),
        ("expect order beer", "order: allowed is done"),
    ],
)
def test_a_command_that_is_none_is_answered_by_what_is_allowed(text, why):
    """Whoever typed it can go on."""
    with pytest.raises(CommandWrong) as refused:
        script.command(text)
    assert why in str(refused.value)


@given(st.binary(max_size=300))
def test_no_bytes_are_more_than_refused(data):
    """Whatever a file holds."""
    try:
        found = parse(data)
    except ScriptWrong:
        return
    assert found.steps


@given(
    st.lists(st.sampled_from([*conditions.MAKERS, "open", "shut", "a", "exit", "passed", "report", "1", "idle", "é"]))
)
def test_no_words_are_more_than_no_condition(words):
    """Whatever stands behind expect."""
    try:
        found = conditions.parse(words)
    except ConditionWrong:
        return
    assert found.text == " ".join(words)


def test_the_manual_names_everything():
    """Each command and each condition, within a terminal's width or not much more."""
    said = script.manual()
    assert all(verb.usage in said for verb in script.VERBS.values())
    assert all(form in said for form in conditions.MEANINGS)
