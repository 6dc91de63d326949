"""The template of a reader's driver: what the gate is told of whatever its line brings. Copied with the template."""

from gate.facts import CardSeen, CardUnreadable, ReaderFault, ResetLine
from gate.readers.template import Driver
from gatelink import codes
from gatelink.ticks import add, diff

QUESTION = b"?\r"
UID = b"04A1B2C3D4E5F6"
AGAIN = ("unreadable", codes.REASON_CARD_UNREADABLE)
SILENT, BACK = ("fault", codes.FAULT_READER_SILENT), ("fault", codes.FAULT_READER_BACK)
SOON_MS = 5000
SEED = 20261125


class Bench:
    """The driver on a clock that only moves when told. `told`: numbers as bytes, (what, ...) for the rest."""

    def __init__(self, now=1000):
        self.now = now
        self.driver = Driver(now)
        self.told = []
        self.sent = b""
        self._work(b"")

    def feed(self, data):
        self._work(data)
        return self

    def wait(self, ms, answer=None):
        """Time passes; each question is answered at once if there is an `answer`."""
        end = add(self.now, ms)
        while diff(end, self.driver.deadline()) >= 0:
            due = self.driver.deadline()
            assert diff(due, self.now) > 0, "a deadline that is past is work undone"
            self.now = due
            self._work(b"")
            if answer is not None and self.sent:
                self.sent = b""
                self._work(answer)
        self.now = end
        self._work(b"")
        return self

    def answer(self, data):
        """Time passes up to a question, and this answers it."""
        limit = add(self.now, 400)
        while not self.sent:
            self.now = self.driver.deadline()
            assert diff(limit, self.now) > 0, "it asks three times a second"
            self._work(b"")
        assert self.sent == QUESTION
        self.sent = b""
        return self.feed(data)

    def _work(self, data):
        for fact in self.driver.feed(data, self.now):
            if isinstance(fact, CardSeen):
                assert (fact.card.kind, fact.age_ms) == (codes.CARD_UID, 0)
                self.told.append(bytes(fact.card.number))
                fact.card.wipe()
            elif isinstance(fact, CardUnreadable):
                self.told.append(("unreadable", fact.reason))
            elif isinstance(fact, ReaderFault):
                self.told.append(("fault", fact.what))
            elif isinstance(fact, ResetLine):
                self.told.append(("reset", fact.active))
        self.sent += self.driver.bytes_to_send(self.now)


def test_a_card_is_told_once_while_it_lies_there():
    """And again when it was away in between."""
    bench = Bench()
    for line in (b"-\r", b"=" + UID + b"\r", b"=" + UID + b"\r", b"-\r", b"=" + UID + b"\r"):
        bench.answer(line)
    assert bench.told == [UID, UID]


def test_an_answer_may_come_in_pieces():
    """Byte by byte, over several passes; meanwhile the flash has to wait."""
    bench = Bench().answer(b"")
    for byte in b"=" + UID:
        bench.feed(bytes((byte,)))
        assert bench.driver.busy()
    bench.feed(b"\r")
    assert bench.told == [UID]
    assert not bench.driver.busy()


def test_a_card_that_could_not_be_read_is_asked_for_again():
    """Once, until it is taken away."""
    assert Bench().answer(b"!\r").answer(b"!\r").answer(b"-\r").told == [AGAIN]


def test_what_is_no_answer_is_nothing():
    """Empty, too short, too long, not hexadecimal, two in one, binary; the next answer counts."""
    for line in (
        b"",
        b"=",
        b"=04A1",
        b"=" + UID + b"0",
        b"=04a1b2c3",
        b"=" + b"0" * 500,
        b"-=",
        b"!!",
        b"\x00\xff",
        b"%s",
    ):
        bench = Bench().answer(line + b"\r")
        assert bench.told == [], line
        bench.feed(b"=" + UID + b"\r")
        assert bench.told == [UID], line


def test_an_answer_that_nobody_asked_for_is_nothing():
    """What was said before a reset, or to somebody else."""
    bench = Bench().answer(b"-\r")
    bench.feed(b"=" + UID + b"\r")
    assert bench.told == []


def test_a_dead_reader_is_told_and_reset_and_its_return_too():
    """Once each, within five seconds, and not across the wrap of the ticks; its reset line again and again."""
    for start in (1000, (1 << 30) - 2000):
        bench = Bench(start).answer(b"-\r")
        bench.wait(SOON_MS)
        assert bench.told[:3] == [SILENT, ("reset", True), ("reset", False)], start
        assert bench.told.count(SILENT) == 1
        bench.wait(60000)
        assert bench.told.count(SILENT) == 1
        assert bench.told.count(("reset", True)) > 10
        bench.wait(400, answer=b"-\r")
        assert bench.told[-1] == BACK
        assert bench.wait(20000, answer=b"-\r").told[-1] == BACK


def test_no_number_is_left_behind():
    """Neither of a whole answer nor of one that was no card."""
    for line in (b"=" + UID + b"\r", b"=" + UID + b"7\r"):
        bench = Bench().answer(line)
        for value in bench.driver.__dict__.values():
            assert not isinstance(value, (bytes, bytearray)) or UID[:8] not in bytes(value)


def test_noise_raises_nothing_and_makes_no_card():
    """Any bytes, seeded; a driver that was told noise still reads."""
    state = SEED
    bench = Bench()
    for _ in range(300):
        data = bytearray()
        for _ in range(40):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            data.append(state >> 16 & 0xFF)
        bench.feed(bytes(data)).wait(10)
    assert [one for one in bench.told if isinstance(one, bytes)] == [], SEED
    bench.feed(b"\r").wait(1000, answer=b"=" + UID + b"\r")
    assert bench.told[-1] == UID
