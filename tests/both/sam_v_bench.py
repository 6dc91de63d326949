"""A SAM_V driver on the bench: replies by name, on a clock that only moves when told. Synthetic cards only."""

from gate.facts import CardSeen, CardUnreadable, SetBaud
from gate.readers.sam_v import SamV
from gatelink import codes
from gatelink.ticks import add, diff
from primitives import vectors

PREAMBLE = bytes.fromhex("aaaaaa9669")
VECTORS = vectors("samv")
NUMBER = b"11010519491231002X"  # the example of GB 11643-1999
FIND = bytes.fromhex("aaaaaa96690003200122")
SELECT = bytes.fromhex("aaaaaa96690003200221")
READ = bytes.fromhex("aaaaaa96690003300132")
PROBE = bytes.fromhex("aaaaaa9669000311ffed")
RESET = bytes.fromhex("aaaaaa9669000310ffec")
FOUND = bytes.fromhex("aaaaaa9669000800009f0000000097")
SELECTED = bytes.fromhex("aaaaaa9669000c00009000000000000000009c")
# What the driver tells, as `facts` shows it.
AGAIN = ("unreadable", codes.REASON_CARD_UNREADABLE)
REJECTED = ("unreadable", codes.REASON_CARD_REJECTED)
UNSUPPORTED = ("unreadable", codes.REASON_CARD_KIND_UNSUPPORTED)
SILENT = ("fault", codes.FAULT_READER_SILENT, 0)
BACK = ("fault", codes.FAULT_READER_BACK, 0)


def frame(body):
    """A frame around status and data."""
    rest = (len(body) + 1).to_bytes(2, "big") + body
    check = 0
    for byte in rest:
        check ^= byte
    return PREAMBLE + rest + bytes((check,))


def status(code):
    """A bare status reply."""
    return frame(bytes((0, 0, code)))


OK = status(0x90)
NO_CARD = status(0x80)
PHOTO = bytes((i * 37 + 11) & 0xFF for i in range(1024))


def field(text, chars):
    """UTF-16LE, padded with spaces."""
    return b"".join(
        bytes((ord(character) & 0xFF, ord(character) >> 8)) for character in text + " " * (chars - len(text))
    )


# flag -> what lies before the number, behind the number, behind the dates: (text, characters) each. Made up.
LAYOUTS = {
    " ": (
        (("\u6837\u672c", 15), ("1", 1), ("01", 2), ("19491231", 8), ("\u67d0\u8def\u4e00\u53f7", 35)),
        (("\u67d0\u5c40", 15),),
        (("", 14),),
    ),
    "J": (
        (("\u6837\u672c", 15), ("1", 1), ("", 2), ("19491231", 8), ("\u67d0\u8def\u4e00\u53f7", 35)),
        (("\u67d0\u5c40", 15),),
        (("H00000000", 9), ("01", 2), ("", 3)),
    ),
    "I": (
        (("SPECIMEN, DOCUMENT", 60), ("1", 1)),
        (("KAZ", 3), ("\u6837\u672c", 15)),
        (("19900123", 8), ("01", 2), ("1100", 4)),
    ),
    "Y": (
        (("\u6837\u672c", 15), ("1", 1), ("01", 2), ("19901231", 8), ("SPECIMEN, DOCUMENT", 35)),
        (("", 15),),
        (("", 11), ("KAZ", 3)),
    ),
}
# One of each kind: published examples. flag, CARD_ code, number.
KINDS = (
    (" ", codes.CARD_RESIDENT, "11010519491231002X"),
    ("J", codes.CARD_HMT_PERMIT, "810000199408230021"),
    ("I", codes.CARD_FOREIGN_2017, "KAZ110090123105"),
    ("Y", codes.CARD_FOREIGN_2023, "911398199012310021"),
)


def text_block(number="11010519491231002X", valid_to="20300101", flag=" ", valid_from="20200101", name=None):
    """The text of a card, 256 bytes; a flag that no layout is known for is put into a resident card's."""
    before, behind, end = LAYOUTS.get(flag, LAYOUTS[" "])
    if name is not None:
        before = ((name, before[0][1]),) + before[1:]
    fields = before + ((number, 15 if flag == "I" else 18),) + behind + ((valid_from, 8), (valid_to, 8)) + end
    return b"".join([field(text, chars) for text, chars in fields]) + field(flag, 1) + field("", 3)


def read_reply(text=None, sizes=b"\x01\x00\x04\x00", photo=PHOTO):
    """The 1295 bytes that answer 30 01."""
    return frame(b"\x00\x00\x90" + sizes + (text_block() if text is None else text) + photo)


class SamVBench:
    """`facts` collects what the driver tells, `rates` those that its port is set to.

    The card of a CardSeen is kept as (number, valid_until).
    """

    def __init__(self, now=1000):
        self.now = now
        self.driver = SamV(now)
        self.facts = []
        self.cards = []
        self.rates = []

    def feed(self, data=b"", chunk=None):
        """Bytes, in one piece or in pieces of `chunk`."""
        pieces = [data] if chunk is None else [data[i : i + chunk] for i in range(0, len(data), chunk)]
        for piece in pieces:
            for fact in self.driver.feed(piece, self.now):
                if isinstance(fact, CardSeen):
                    self.cards.append((bytes(fact.card.number), fact.card.valid_until))
                    fact.card.wipe()
                    self.facts.append("card")
                elif isinstance(fact, CardUnreadable):
                    self.facts.append(("unreadable", fact.reason))
                elif isinstance(fact, SetBaud):
                    self.rates.append(fact.baud)
                else:
                    self.facts.append(("fault", fact.what, fact.detail))
        return self

    def request(self):
        """The next request, waiting for it if it is not due."""
        for _ in range(20):
            request = self.driver.bytes_to_send(self.now)
            if request:
                return request
            self.wait(max(0, diff(self.driver.deadline(), self.now)))
        raise AssertionError("no request comes")

    def wait(self, ms):
        """Let time pass and the driver look at the clock whenever it wants to."""
        end = add(self.now, ms)
        while diff(end, self.driver.deadline()) >= 0 and not self.driver._request:
            if diff(self.driver.deadline(), self.now) > 0:
                self.now = self.driver.deadline()
            self.feed()
        if diff(end, self.now) > 0:
            self.now = end
        return self.feed()

    def answer(self, *replies):
        """Each reply to whatever is asked next."""
        for reply in replies:
            self.request()
            self.feed(reply)
        return self

    def until(self, request, *replies):
        """Answer with `replies` and see that the next request is the expected one."""
        self.answer(*replies)
        assert self.request() == request
        return self


def ready():
    """A driver whose module answers, asked to find a card."""
    return SamVBench().until(FIND, OK)


def selected():
    """... that has found and selected one, asked to read it."""
    bench = ready().feed(FOUND)
    assert bench.request() == SELECT
    bench.feed(SELECTED)
    assert bench.request() == READ
    return bench


def kind_reply(flag, **fields):
    """A read of a card of this kind."""
    number = {of: number for of, _, number in KINDS}[flag]
    return read_reply(text_block(number=number, flag=flag, **fields))
