"""The model of a QR module: true bytes, and the real driver against it on one clock."""

import pytest
from gate.facts import CardSeen, CardUnreadable, ReaderFault, ResetLine
from gate.readers.qr import Qr as Driver
from gatelink import codes
from gatetools.sim import qr

CODE = b"GH1:7Q2M-K4XW"
# Published: the manual of the GM812 and public drivers of the GM60.
COMMANDS = {
    "7e000a01000000301a": "03000001003331",
    "7e000901000000dec8": "02000001003331",
    "7e000802002a3901a7ea": "02000001003331",
    "7e000801000201abcd": "02000001003331",
}


class Line:
    """Driver and module on one clock of milliseconds; the wire takes no time."""

    def __init__(self, **options):
        self.module = qr.Qr(**options)
        self.driver = Driver(0)
        self.now_ms = 0
        self.facts = []

    def run(self, ms):
        for _ in range(ms):
            self.now_ms += 1
            out = self.driver.bytes_to_send(self.now_ms)
            sent = self.module.feed(out, self.now_ms * 1000)
            for fact in self.driver.feed(b"".join(one.data for one in sent), self.now_ms):
                self._take(fact)
        return self

    def show(self, code, ms=500):
        self.module.place(code)
        self.run(ms)
        self.module.remove()
        return self.run(200)

    def _take(self, fact):
        if isinstance(fact, CardSeen):
            self.facts.append(bytes(fact.card.number))
        elif isinstance(fact, CardUnreadable | ReaderFault):
            self.facts.append(fact.reason if isinstance(fact, CardUnreadable) else fact.what)
        elif isinstance(fact, ResetLine) and fact.active:
            self.module.power_cycle(self.now_ms * 1000)


@pytest.mark.parametrize(("command", "reply"), COMMANDS.items())
def test_commands_have_their_published_replies(command, reply):
    """After the time that a module takes; a wrong checksum has none."""
    module = qr.Qr()
    wrong = bytes.fromhex(command)[:-1] + b"\x00"
    assert module.feed(wrong, 0) == module.feed(b"", qr.REPLY_US) == []
    assert module.feed(bytes.fromhex(command), qr.REPLY_US) == []
    (sent,) = module.feed(b"", 2 * qr.REPLY_US)
    assert (sent.data.hex(), sent.card) == (reply, None)


def test_what_was_written_is_read_back():
    """And the reply has its own checksum."""
    module = qr.Qr()
    module.feed(bytes.fromhex("7e000802002a3901a7ea7e000701002a02d80f"), 0)
    assert module.feed(b"", qr.REPLY_US)[-1].data == qr.reply(b"\x39\x01")


@pytest.mark.parametrize("ending", qr.ENDINGS)
def test_every_ending_gives_the_driver_the_code(ending):
    """Once, however often the module reads it while it is held there."""
    line = Line(ending=ending)
    assert line.show(CODE, 5000).facts == [CODE]


def test_a_frozen_module_is_told_reset_and_told_back():
    """Within five seconds."""
    line = Line().run(10_000)
    line.module.fault = qr.FROZEN
    assert line.run(5000).facts == [codes.FAULT_READER_SILENT]
    assert line.run(6000).facts == [codes.FAULT_READER_SILENT, codes.FAULT_READER_BACK]


def test_a_module_without_a_heartbeat_is_never_told_dead():
    """It cannot be told from an idle one."""
    line = Line(heartbeat=False).run(30_000)
    assert line.show(CODE).facts == [CODE]


def test_a_code_that_halts_never_becomes_another_one_with_the_next():
    """Its half is a code that nobody knows; the other half and the next code stay apart."""
    line = Line(ending="none", again_us=None)
    line.module.fault = qr.HALTING
    line.show(CODE, 60).run(1000)
    line.module.fault = None
    line.show(b"NEXT")
    assert line.facts == [CODE[:6], CODE[6:], b"NEXT"]


@pytest.mark.parametrize("ending", ["cr", "lf", "crlf", "tab"])
@pytest.mark.parametrize("known", [True, False])
def test_a_module_with_an_ending_that_halts_tells_no_halves(ending, known):
    """Held there for long. Only before its first ending the gate has nothing to know the first half by."""
    line = Line(ending=ending)
    if known:
        line.show(CODE).run(3000)
        assert line.facts == [CODE]
    line.module.fault = qr.HALTING
    line.show(b"LONGSECRET-hall4", 10_000).run(3000)
    told = [fact for fact in line.facts if isinstance(fact, bytes)]
    text = b"LONGSECRET-hall4" + qr.ENDINGS[ending]
    assert told == ([CODE] if known else [text[: len(text) // 2]])
    assert codes.FAULT_READER_SILENT not in line.facts
    line.module.fault = None
    assert line.show(b"NEXT").facts[-1] == b"NEXT"


def test_damaged_replies_are_no_codes():
    """A module that is heard badly for a minute is a fault and tells nobody's code."""
    line = Line(ending="none", seed=3).run(10_000)
    line.module.fault = qr.DAMAGED
    line.run(60_000)
    assert [fact for fact in line.facts if isinstance(fact, bytes)] == []
