"""A QR driver on the bench: bytes as a module sends them, on a clock that only moves when told."""

from gate.facts import CardSeen, CardUnreadable, ReaderFault, ResetLine
from gate.readers.qr import Qr
from gatelink import codes
from gatelink.ticks import add, diff

# Manual of the GM812: the heartbeat and the reply to it.
HEARTBEAT = bytes.fromhex("7e000a01000000301a")
REPLY = bytes.fromhex("03000001003331")
AGAIN = ("unreadable", codes.REASON_CARD_UNREADABLE)
TOO_LONG = ("unreadable", codes.REASON_CODE_TOO_LONG)
SILENT = ("fault", codes.FAULT_READER_SILENT, 0)
BABBLES = ("fault", codes.FAULT_READER_SILENT, 1)
BACK = ("fault", codes.FAULT_READER_BACK, 0)


class QrBench:
    """`told` collects codes as bytes, (what, ...) for the rest; `resets` the reset line's levels."""

    def __init__(self, now=1000):
        self.now = now
        self.driver = Qr(now)
        self.told = []
        self.ages_ms = []
        self.resets = []
        self.sent = []  # (when, what)
        self.answered = 0  # how many of these
        self._work(b"")

    def feed(self, data, chunk=None):
        """Bytes at this moment, in one piece or in pieces of `chunk`."""
        for at in range(0, len(data), chunk or max(1, len(data))):
            self._work(data[at : at + (chunk or len(data))])
        return self

    def wait(self, ms):
        """Time passes; the driver looks at the clock whenever it wants to."""
        end = add(self.now, ms)
        while True:
            due = self.driver.deadline()
            if due is None or diff(end, due) < 0:
                break
            assert diff(due, self.now) > 0, "a deadline that is past is work undone"
            self.now = due
            self._work(b"")
        self.now = end
        self._work(b"")
        return self

    def away(self, ms):
        """Time passes and nobody looks."""
        self.now = add(self.now, ms)
        return self

    def show(self, code, ending=b"\r"):
        """A code, and a pause after it."""
        return self.feed(code + ending).wait(100)

    def alive(self, ms):
        """So much time with a module that answers each heartbeat 200 ms later."""
        end = add(self.now, ms)
        while diff(end, self.now) > 0:
            if len(self.sent) > self.answered:
                self.answered = len(self.sent)
                self.wait(200).feed(REPLY)
            self.wait(50)
        return self

    def codes(self):
        """The codes among what was told."""
        return [one for one in self.told if isinstance(one, bytes)]

    def _work(self, data):
        for fact in self.driver.feed(data, self.now):
            if isinstance(fact, CardSeen):
                assert fact.card.kind == codes.CARD_CODE
                self.told.append(bytes(fact.card.number))
                self.ages_ms.append(fact.age_ms)
                fact.card.wipe()
            elif isinstance(fact, CardUnreadable):
                self.told.append(("unreadable", fact.reason))
            elif isinstance(fact, ReaderFault):
                self.told.append(("fault", fact.what, fact.detail))
            elif isinstance(fact, ResetLine):
                self.resets.append(fact.active)
        out = self.driver.bytes_to_send(self.now)
        if out:
            self.sent.append((self.now, bytes(out)))
