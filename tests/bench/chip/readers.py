"""From the bytes of a card to the card, for each driver: what the gate does, the wire apart.

A row for another reader is made the same way: its driver, and one card's bytes in the pieces of a port.
"""

from far_end import NOW
from gate.readers.sam_v import SamV
from kinds import NUMBER

PIECE_BYTES = 115  # what 10 ms bring at 115200 Bd


def rows():
    """(name, what is done) for each driver."""
    return (("reader.sam_v", SamVModule().read),)


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
