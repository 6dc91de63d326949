"""A card module that is at another rate, freezes, babbles, is pulled and plugged: told in time, and used again."""

from gate import settings
from gate.readers.sam_v import RATES
from gatelink import codes
from gatelink.ticks import diff
from sam_v_bench import (
    AGAIN,
    BACK,
    FIND,
    FOUND,
    NO_CARD,
    NUMBER,
    OK,
    PROBE,
    READ,
    RESET,
    SELECT,
    SELECTED,
    SILENT,
    VECTORS,
    SamVBench,
    frame,
    read_reply,
    status,
)

CHANGES = {bytes.fromhex(text): baud for text, baud in VECTORS["rates"]}
TOLD_MS = 5000  # in which a dead reader is reported
GARBAGE = bytes(range(1, 200, 7))


class Module:
    """A module at the other end. `replies`: what it says to a request; what is not named there is no command to it.

    early: the reply to a change of the rate comes at the old one. deaf: it does not change, and says it did.
    """

    def __init__(self, baud=115200, early=True, deaf=False, replies=None):
        self.baud = baud
        self.early = early
        self.deaf = deaf
        self.alive = True
        self.heard = []
        self.replies = {PROBE: OK, RESET: OK, FIND: NO_CARD, SELECT: SELECTED, READ: read_reply()}
        self.replies.update(replies or {})

    def answer(self, request, baud):
        """What arrives at the gate, whose port has this rate."""
        if not self.alive:
            return b""
        if baud != self.baud:
            return GARBAGE
        self.heard.append(request)
        if request in self.replies or request not in CHANGES:
            return self.replies.get(request, status(0x21))
        if self.deaf:
            return OK
        self.baud = CHANGES[request]
        return OK if self.early else GARBAGE


class Line(SamVBench):
    """A driver and its module, each at its rate. `told_at`: when each fact came."""

    def __init__(self, module, baud=115200):
        super().__init__()
        self.module = module
        self.driver.baud = self.baud = baud
        self.told_at = []

    def run(self, ms):
        """Both go on for so long."""
        end = self.now + ms
        while diff(end, self.now) > 0:
            request = self.driver.bytes_to_send(self.now)
            if request:
                self.now += 3  # the wire
                self.feed(self.module.answer(request, self.baud))
            else:
                self.now += 10
                self.feed()
            if self.rates:
                self.baud = self.rates.pop()
                self.rates.clear()
            while len(self.told_at) < len(self.facts):
                self.told_at.append(self.now)
        return self

    def lay_card(self):
        """A card is found from now on, until it was read."""
        self.module.replies[FIND] = FOUND
        self.run(700)
        self.module.replies[FIND] = NO_CARD
        return self.run(700)


def test_the_rates_are_those_that_the_settings_allow():
    """And have the published numbers."""
    assert sorted(RATES) == sorted(settings.ONE_OF["sam_v_baud"])
    assert tuple(baud for _, baud in VECTORS["rates"]) == RATES


def test_a_module_at_any_rate_is_found_and_set_to_the_configured_one():
    """Whether its reply to the change comes at the old rate or at the new one."""
    for own in RATES:
        for at in RATES:
            for early in (True, False):
                line = Line(Module(at, early), own).run(9000)
                assert (line.module.baud, line.baud) == (own, own), (own, at)
                assert line.facts == ([] if own == at else [SILENT, BACK]), (own, at)
                line.lay_card()
                assert line.cards == [(NUMBER, 20300101)], (own, at)


def test_a_module_that_keeps_its_rate_is_used_at_it():
    """It refuses the change, or says yes and does not change."""
    for module in (Module(19200, deaf=True), Module(19200, replies={one: status(0x21) for one in CHANGES})):
        line = Line(module).run(20000)
        assert line.baud == 19200
        assert line.facts == [SILENT, BACK]
        assert line.lay_card().cards == [(NUMBER, 20300101)]


def test_a_module_that_comes_back_at_its_factory_rate_is_set_again():
    """After a power cycle, if it keeps nothing."""
    line = Line(Module(57600), 57600).run(3000)
    line.module.baud = 115200
    line.run(9000)
    assert (line.module.baud, line.baud, line.facts) == (57600, 57600, [SILENT, BACK])
    line.module.alive = False
    line.run(9000)
    line.module.baud, line.module.alive = 115200, True
    line.run(12000)
    assert (line.module.baud, line.baud, line.facts) == (57600, 57600, [SILENT, BACK] * 2)


def test_no_rate_is_tried_while_the_module_answers():
    line = Line(Module()).run(30000)
    assert line.rates == []
    assert set(line.module.heard) == {PROBE, FIND}


def test_whatever_way_it_is_dead_is_told_in_time_and_reset():
    """From its last good word to the fault; the reset is asked for as soon."""
    damaged = NO_CARD[:-1] + bytes((NO_CARD[-1] ^ 0x5A,))
    for name, replies in (
        ("silent", {PROBE: b"", RESET: b"", FIND: b""}),
        ("garbage", {PROBE: GARBAGE, RESET: GARBAGE, FIND: GARBAGE}),
        ("damaged", {FIND: damaged, PROBE: damaged, RESET: damaged}),
        ("damaged looks", {FIND: damaged}),
        ("cut", {FIND: NO_CARD[:6]}),
        ("only its status", {FIND: b""}),
        ("only good words", {FIND: OK}),
        ("does not understand", {FIND: status(0x10)}),
        ("order", {FIND: status(0x21)}),
        ("order, status too", {FIND: status(0x21), PROBE: status(0x21)}),
        ("unknown error", {FIND: status(0x24)}),
        ("never again", {FIND: status(0x24), PROBE: status(0x24), RESET: status(0x24)}),
        ("unknown words", {FIND: frame(b"\0\0\x77"), PROBE: frame(b"\0\0\x77")}),
    ):
        line = Line(Module()).run(3000)
        line.module.heard.clear()
        sane = dict(line.module.replies)
        line.module.replies.update(replies)
        since = line.now
        line.run(TOLD_MS)
        assert line.facts == [SILENT], name
        assert line.told_at[0] - since < TOLD_MS, name
        assert RESET in line.module.heard, name
        line.run(20000)
        assert line.facts == [SILENT], name
        line.module.replies.update(sane)
        line.run(6000)
        assert line.facts == [SILENT, BACK], name
        assert line.lay_card().cards == [(NUMBER, 20300101)], name


def test_one_that_dies_while_it_reads_is_told_in_time():
    """At each byte of the reply that a test has time for."""
    reply = read_reply()
    for size in (0, 1, 6, 7, 14, 200, 1294):
        line = Line(Module()).run(2000)
        line.module.replies[FIND] = FOUND
        line.module.replies[READ] = reply[:size]
        while READ not in line.module.heard:
            line.run(10)
        line.module.alive = False
        line.run(TOLD_MS)
        assert (line.facts, line.cards) == ([AGAIN, SILENT], []), size


def test_pulled_and_plugged_in_the_middle_of_anything_it_serves_again():
    """The rest of the old frame arrives first, or nothing does, or noise; never a card that was not read whole."""
    reply = read_reply()
    for size in (0, 3, 7, 9, 10, 150, 269, 270, 1294):
        for rest in (b"", reply[size:], reply[size + 1 :], GARBAGE, reply[:size]):
            line = Line(Module()).run(2000)
            line.module.replies[FIND] = FOUND
            line.module.replies[READ] = reply[:size]
            while READ not in line.module.heard:
                line.run(10)
            line.module.alive = False
            line.run(1500)
            whole = list(line.cards)
            line.feed(rest)
            line.module.alive = True
            line.module.replies.update({FIND: NO_CARD, READ: reply})
            line.run(9000)
            assert whole == [] and line.cards in ([], [(NUMBER, 20300101)]), size
            assert rest == reply[size:] or line.cards == [], size
            line.cards.clear()
            assert line.lay_card().cards == [(NUMBER, 20300101)], size


def test_a_card_that_lies_there_while_the_module_is_power_cycled_is_one_tap():
    """The module finds it again; nobody has laid it down again."""
    line = Line(Module())
    line.module.replies[FIND] = FOUND
    line.run(3000)
    line.module.alive = False
    line.run(6000)
    line.module.alive = True
    line.run(9000)
    assert line.cards == [(NUMBER, 20300101)]
    assert line.facts == ["card", SILENT, BACK]


def test_a_module_without_licence_is_not_said_to_be_silent():
    """It answers and says what it lacks; it is not reset for that."""
    line = Line(Module(replies={FIND: status(0x66)})).run(30000)
    assert line.facts == [("fault", codes.FAULT_READER_UNLICENSED, 0x66)]
    assert RESET not in line.module.heard


def test_real_card_identities_change_nothing():
    """Modules that give IIN and serial number, and a card status of their own."""
    replies = {
        SELECT: frame(b"\x12\x34\x90\x01\x02\x03\x04\x05\x06\x07\x08"),
        READ: read_reply(),
    }
    line = Line(Module(replies=replies)).run(2000)
    line.module.replies[FIND] = frame(b"\x12\x34\x9f\x01\x02\x03\x04")
    assert line.run(1000).cards == [(NUMBER, 20300101)]
