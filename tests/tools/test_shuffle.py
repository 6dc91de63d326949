"""Frames that come twice or out of turn, and bytes that are left alone."""

import random

from gatetools.sim.shuffle import Shuffle

A, B, C = b"\0one\0", b"\0two\0", b"\0three\0"


def in_pieces(shuffle, data, chance):
    out = b""
    while data:
        size = chance.randint(1, 4)
        out += shuffle.pass_on(data[:size])
        data = data[size:]
    return out


def test_frames_that_nobody_asked_for_pass_as_they_come():
    """Byte by byte, without waiting for an end."""
    shuffle = Shuffle()
    assert [shuffle.pass_on(bytes([byte])) for byte in A] == [bytes([byte]) for byte in A]


def test_frames_come_twice_and_change_places():
    """However the bytes arrive; what is behind is left alone."""
    chance = random.Random(7)
    for asked, wanted in (
        ({"twice": 2}, A + A + B + B + C + A),
        ({"swap": 1}, B + A + C + A),
        ({"swap": 1, "twice": 1}, B + A + C + C + A),
    ):
        shuffle = Shuffle()
        shuffle.ask(**asked)
        assert in_pieces(shuffle, A + B + C + A, chance) == wanted, asked


def test_what_is_held_back_is_let_go():
    """Nothing is lost when it ends; noise without an end is not hoarded."""
    shuffle = Shuffle()
    shuffle.ask(swap=1)
    assert shuffle.pass_on(A + b"\0th") == b""
    assert shuffle.ask(twice=1) == A + b"\0th"
    assert shuffle.pass_on(b"ree\0" + B) == b"ree\0" + B + B
    shuffle.ask(twice=1)
    assert len(shuffle.pass_on(b"x" * 5000)) > 4000
