"""A PN532 driver on the bench: replies by name, on a clock that only moves when told. Invented UIDs only."""

from gate.facts import CardSeen, CardUnreadable, ReaderFault
from gate.readers.pn532 import Pn532
from gatelink import codes
from gatelink.ticks import add, diff

# As the public drivers send and expect them (libnfc, Adafruit), byte by byte.
ACK = bytes.fromhex("0000ff00ff00")
WAKE = bytes.fromhex("5555" + 14 * "00" + "0000ff03fdd414011700")
ASK = bytes.fromhex("0000ff02fed4022a00")
SET = bytes.fromhex("0000ff06fad43205ff0101f400")
LIST = bytes.fromhex("0000ff04fcd44a0100e100")
FIELD_OFF = bytes.fromhex("0000ff04fcd4320100f900")
AWAKE = bytes.fromhex("0000ff02fed5151600")
VERSION = bytes.fromhex("0000ff06fad50332010607e800")
DONE = bytes.fromhex("0000ff02fed533f800")
EMPTY = bytes.fromhex("0000ff03fdd54b00e000")
LISTED = bytes.fromhex("0000ff0cf4d54b0101000408 04fb0ee20bd800".replace(" ", ""))
NOT_UNDERSTOOD = bytes.fromhex("0000ff01ff7f8100")
UID = b"FB0EE20B"
COMMANDS = (WAKE, ASK, SET, LIST, FIELD_OFF)
REPLIES = {WAKE: AWAKE, ASK: VERSION, SET: DONE, LIST: EMPTY, FIELD_OFF: DONE}
# What the driver tells, as `facts` shows it.
AGAIN = ("unreadable", codes.REASON_CARD_UNREADABLE)
UNSUPPORTED = ("unreadable", codes.REASON_CARD_KIND_UNSUPPORTED)
SILENT = ("fault", codes.FAULT_READER_SILENT)
BACK = ("fault", codes.FAULT_READER_BACK)
LOW = ("line", True)
HIGH = ("line", False)


def frame(body):
    """A frame around TFI, code and data, extended where it has to be."""
    size = len(body)
    head = (size, -size & 0xFF) if size < 256 else (255, 255, size >> 8, size & 0xFF, -(size >> 8) - size & 0xFF)
    return b"\x00\x00\xff" + bytes(head) + body + bytes((-sum(body) & 0xFF, 0))


def listed(uid, ats=b"", sak=0x20, count=1):
    """The reply to a look that found a card. ats: without its first byte, which is its length."""
    tail = bytes((len(ats) + 1,)) + ats if ats else b""
    return frame(bytes((0xD5, 0x4B, count, 1, 0, 4, sak, len(uid))) + uid + tail)


class Pn532Bench:
    """`facts` collects what the driver tells, with the number of a card in place of the card."""

    def __init__(self, now=1000):
        self.now = now
        self.driver = Pn532(now)
        self.facts = []
        self.sent = []

    def feed(self, data=b"", chunk=None):
        """Bytes, in one piece or in pieces of `chunk`."""
        pieces = [data] if chunk is None else [data[i : i + chunk] for i in range(0, len(data), chunk)]
        for piece in pieces:
            for fact in self.driver.feed(piece, self.now):
                if isinstance(fact, CardSeen):
                    assert fact.card.kind == codes.CARD_UID
                    self.facts.append(bytes(fact.card.number))
                    fact.card.wipe()
                elif isinstance(fact, CardUnreadable):
                    self.facts.append(("unreadable", fact.reason))
                elif isinstance(fact, ReaderFault):
                    self.facts.append(("fault", fact.what))
                else:
                    self.facts.append(("line", fact.active))
        return self

    def cards(self):
        """Numbers of the cards told."""
        return [fact for fact in self.facts if isinstance(fact, bytes)]

    def request(self):
        """The next bytes for the chip, waiting for them if nothing is due."""
        for _ in range(20):
            request = self.driver.bytes_to_send(self.now)
            if request:
                self.sent.append(request)
                return request
            self.now = (
                max(self.now, self.driver.deadline()) if diff(self.driver.deadline(), self.now) >= 0 else self.now
            )
            self.feed()
        raise AssertionError("nothing is sent")

    def wait(self, ms):
        """Time passes; what the driver sends meanwhile is kept in `sent` and not answered."""
        end = add(self.now, ms)
        while True:
            request = self.driver.bytes_to_send(self.now)
            if request:
                self.sent.append(request)
            due = self.driver.deadline()
            if diff(end, due) < 0:
                break
            self.now = due
            self.feed()
        self.now = end
        return self.feed()

    def until(self, wanted):
        """Answer as a sound chip with an empty field until it sends `wanted`."""
        for _ in range(30):
            request = self.request()
            if request == wanted:
                return self
            if request in REPLIES:
                self.feed(ACK + REPLIES[request])
        raise AssertionError("it is never sent")

    def look(self, reply=EMPTY):
        """One look for a card, answered with `reply`."""
        return self.until(LIST).feed(ACK + reply)


def ready():
    """A driver that has set its chip up and just asked it for a card."""
    return Pn532Bench().until(LIST)
