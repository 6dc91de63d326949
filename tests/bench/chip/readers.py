"""From the bytes of a card to the card, for each driver: what the gate does, the wire apart.

A row for another reader is made the same way: its driver, and one card's bytes in the pieces of a port.
"""

from far_end import NOW
from gate.readers.pn532 import Pn532
from gate.readers.qr import Qr
from gate.readers.sam_v import SamV
from gate.readers.wiegand import Wiegand
from gatelink.ticks import add
from kinds import NUMBER

PIECE_BYTES = 115  # what 10 ms bring at 115200 Bd
CODE_PIECE_BYTES = 10  # the same at 9600 Bd
ON_D1 = 0x80000000  # of a Wiegand pulse
NO_TAG = b"\x4b\x00"
# To SAMConfiguration, GetFirmwareVersion and RFConfiguration.
SAID = {0x14: b"\x15", 0x02: b"\x03\x32\x01\x06\x07", 0x32: b"\x33"}


def rows():
    """(name, what is done) for each driver."""
    return (
        ("reader.sam_v", SamVModule().read),
        ("reader.qr", QrModule().read),
        ("reader.pn532", Pn532Chip().read),
        ("reader.wiegand", WiegandWires().read),
    )


class SamVModule:
    """A driver, and what its module says to each request."""

    def __init__(self):
        self.driver = SamV(NOW)
        self.now = NOW
        text = bytearray(b"\x20\x00" * 128)
        for at, field in ((122, NUMBER), (188, b"20200101"), (204, b"20301231")):
            for place, character in enumerate(field):
                text[at + 2 * place] = character
        self.card = sam_v_frame(b"\0\0\x90\1\0\4\0" + bytes(text) + bytes(1024))
        self.say(b"\0\0\x90")  # to the probe
        self.empty = sam_v_frame(b"\0\0\x80")
        self.found = sam_v_frame(b"\0\0\x9f" + bytes(4))
        self.chosen = sam_v_frame(b"\0\0\x90" + bytes(8))

    def say(self, body):
        self.driver.bytes_to_send(self.now)
        self.driver.feed(sam_v_frame(body), self.now)

    def ask(self, reply):
        while not self.driver.bytes_to_send(self.now):
            self.now = self.driver.deadline()
            self.driver.feed(b"", self.now)
        return self.driver.feed(reply, self.now)

    def read(self):
        """An empty field, then a card: every request and reply of it, the read piece by piece."""
        for reply in (self.empty, self.found, self.chosen):
            self.ask(reply)
        found = self.ask(self.card[:PIECE_BYTES])
        for at in range(PIECE_BYTES, len(self.card), PIECE_BYTES):
            found = self.driver.feed(self.card[at : at + PIECE_BYTES], self.now)
        found[0].card.wipe()


def sam_v_frame(body):
    """A reply's bytes, by the format of GA 467."""
    rest = (len(body) + 1).to_bytes(2, "big") + body
    check = 0
    for byte in rest:
        check ^= byte
    return b"\xaa\xaa\xaa\x96\x69" + rest + bytes((check,))


class QrModule:
    """A driver and a code that is shown to its module; every three seconds, so that it is a new one each time."""

    def __init__(self):
        self.driver = Qr(NOW)
        self.now = NOW
        self.code = b"GH1:7Q2M-K4XW-99TB-H3CD-0001-ABC\r"

    def read(self):
        """The code piece by piece, as 10 ms bring it at 9600 Bd."""
        self.now = add(self.now, 3000)
        self.driver.feed(b"", self.now)
        for at in range(0, len(self.code), CODE_PIECE_BYTES):
            found = self.driver.feed(self.code[at : at + CODE_PIECE_BYTES], self.now)
        found[0].card.wipe()


class Pn532Chip:
    """A driver, and what its chip says to each command: the acknowledgement, then a reply."""

    def __init__(self):
        self.driver = Pn532(NOW)
        self.now = NOW
        self.number = 0
        self.look(NO_TAG)

    def look(self, listed):
        """Every command up to InListPassiveTarget, and what came of that."""
        while True:
            out = self.driver.bytes_to_send(self.now)
            while not out:
                self.now = self.driver.deadline()
                self.driver.feed(b"", self.now)
                out = self.driver.bytes_to_send(self.now)
            command = out[out.find(b"\xd4") + 1]
            found = self.driver.feed(ACK + pn532_frame(SAID.get(command, listed)), self.now)
            if command not in SAID:
                return found

    def read(self):
        """Looks at an empty field until the card before is forgotten, then one with a card."""
        self.number = self.number + 1 & 0xFF
        self.look(NO_TAG)
        self.look(NO_TAG)
        uid = b"\x04\xa1\xb2\xc3\xd4\xe5" + bytes((self.number,))
        found = self.look(b"\x4b\x01\x01\x00\x44\x00\x07" + uid)
        found[0].card.wipe()


ACK = b"\x00\x00\xff\x00\xff\x00"


def pn532_frame(data):
    """A reply's bytes, by the format of the PN532's user manual."""
    body = b"\xd5" + data
    return b"\x00\x00\xff" + bytes((len(body), -len(body) & 0xFF)) + body + bytes((-sum(body) & 0xFF, 0))


class WiegandWires:
    """A driver, and the pulses of frames of 26 bits."""

    def __init__(self):
        self.driver = Wiegand(NOW)
        self.now = NOW
        self.number = 0

    def read(self):
        """A frame pulse by pulse, each two milliseconds later, and the silence behind it."""
        self.number = self.number + 1 & 0xFFF
        value = 123 << 16 | self.number
        bits = [value >> place & 1 for place in range(23, -1, -1)]
        bits = [sum(bits[:12]) & 1] + bits + [sum(bits[12:]) & 1 ^ 1]
        self.now = add(self.now, 3000)
        for place in range(26):
            at_us = (1000000 + 2000 * place) | (ON_D1 if bits[place] else 0)
            self.driver.feed(at_us.to_bytes(4, "little"), self.now)
            self.now = add(self.now, 2)
        found = self.driver.feed(b"", add(self.now, 60))
        found[0].card.wipe()
