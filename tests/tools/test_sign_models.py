"""The models of voice module and display: what they take, and that noise says nothing."""

import random

import pytest
from gate.signs.voice import PLAY, STOP, VOLUME, command
from gatetools import sayings
from gatetools.sim.text_display import TextDisplay
from gatetools.sim.voice import BUSY_US, INTER_BYTE_US, PLAYS_US, UP_US, Voice

SEED = 20260301
GO = "请通行"


@pytest.fixture
def voice():
    made = Voice()
    made.feed(b"", UP_US)
    return made


def said(voice):
    return [one.recording.number for one in voice.said]


def test_a_module_says_the_file_of_a_number_and_is_then_silent(voice):
    """At the volume that it was told."""
    voice.feed(command(VOLUME, 7), UP_US)
    voice.feed(command(PLAY, 2), UP_US + BUSY_US)
    assert voice.heard(UP_US + 2 * BUSY_US) == GO
    assert voice.said[0].volume == 7
    assert voice.heard(UP_US + BUSY_US + PLAYS_US) == ""


def test_a_new_file_cuts_the_old_one_off_and_stop_ends_it(voice):
    """One voice."""
    voice.feed(command(PLAY, 3), UP_US)
    voice.feed(command(PLAY, 2), UP_US + 200_000)
    voice.feed(command(STOP, 0), UP_US + 400_000)
    assert [(one.recording.number, one.until_us - one.at_us) for one in voice.said] == [(3, 200_000), (2, 200_000)]
    assert voice.heard(UP_US + 400_000) == ""


def test_what_comes_before_it_is_up_or_too_soon_is_lost():
    """As on the desk."""
    voice = Voice()
    voice.feed(command(PLAY, 2), UP_US - 1)
    assert said(voice) == []
    voice.feed(command(PLAY, 2), UP_US + BUSY_US)
    voice.feed(command(PLAY, 3), UP_US + BUSY_US + 10)
    assert said(voice) == [2]


def test_damaged_commands_say_nothing(voice):
    """Each single bit of one, and every half of one."""
    whole = command(PLAY, 2)
    at_us = UP_US
    for bit in range(8 * len(whole)):
        at_us += INTER_BYTE_US + 1
        voice.feed((int.from_bytes(whole, "big") ^ 1 << bit).to_bytes(len(whole), "big"), at_us)
    for size in range(len(whole)):
        at_us += INTER_BYTE_US + 1
        voice.feed(whole[:size], at_us)
    assert said(voice) == []
    voice.feed(b"\x7e\x7e\xff" + whole, at_us + INTER_BYTE_US + 1)
    assert said(voice) == [2]


def test_noise_says_nothing_and_what_is_said_after_it_is_heard(voice):
    """Nor does a number that is not on the card, or a volume that there is not."""
    chance = random.Random(SEED)
    print(f"seed {SEED}")
    at_us = UP_US
    for _ in range(2000):
        at_us += 1000
        voice.feed(chance.randbytes(chance.randrange(30)), at_us)
    voice.feed(command(PLAY, 99), at_us + 1_000_000)
    voice.feed(command(VOLUME, 31), at_us + 2_000_000)
    assert (said(voice), voice.volume) == ([], 30)
    voice.feed(command(PLAY, 2), at_us + 3_000_000)
    assert said(voice) == [2]


def test_a_display_shows_whole_lines_only():
    """In pieces, after noise, and never what is no word of the contract."""
    display = TextDisplay()
    line = f"go\t{GO}\tPlease go through\n".encode()
    for at in range(len(line)):
        display.feed(line[at : at + 1])
    assert (display.word, display.texts) == ("go", (GO, "Please go through"))
    for wrong in (
        b"open\tx\n",
        b"go\n",
        b"go\t\n",
        b"go\ta\tb\tc\n",
        b"go\t\xff\n",
        b"go\t\x1b[2J\n",
        b"stop\t" + b"x" * 200 + b"\n",
        b"x" * 1000 + b"\n",
        b"\n",
        b"st",
    ):
        display.feed(wrong)
        assert display.word == "go", wrong
    display.feed(b"\nstop\tPlease do not go through\n")
    assert display.word == "stop"


def test_every_saying_is_on_the_card_once_for_each_language():
    """And each file's name has four digits."""
    found = sayings.recordings()
    assert len({one.number for one in found}) == len(found) == 3 * 13
    assert all(one.file == f"MP3/{one.number:04}.mp3" for one in found)
    both = {one.saying: one.text for one in found if one.language == "both"}
    for one in found:
        assert one.text in both[one.saying]
