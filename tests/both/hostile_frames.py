"""What somebody without keys can put on the wire, as frames: one of each trick, anew from each nonce."""

from gatelink.sealing import PROTECTED
from link_pair import IDENTITY
from ram_flash import Noise
from tapped_bench import framed

OTHER_ALGORITHM = b"\xa1\x01\x01"  # {1: 1}: A128GCM, RFC 9053 table 5
NO_ALGORITHM = b"\xa0"


class Forger:
    """Makes frames from a seed; knows identity and key count, which are seen on every cable."""

    def __init__(self, seed, count=0, identity=IDENTITY):
        self.noise = Noise(seed)
        self.identity = identity
        self.count = count

    def some(self, size):
        """That many bytes of noise."""
        return bytes(self.noise.below(256) for _ in range(size))

    def hellos(self):
        """HELLO of the gate with this and other counts, of a stranger, of other versions, and out of shape."""
        head = [1, self.identity, self.some(16)]
        return [
            framed([1, identity, self.some(16), count, versions])
            for identity, count, versions in (
                (self.identity, self.count, [1, 1]),
                (self.identity, self.count + 1, [1, 1]),
                (self.identity, 0, [1, 1]),
                (self.identity, 0xFFFFFFFF, [1, 1]),
                (b"STRANGER", 0, [1, 1]),
                (self.identity, self.count, [0, 0]),
                (self.identity, self.count, [2, 9]),
                (self.identity, self.count, [1, 1, self.noise.below(9)]),
            )
        ] + [framed(head), framed(head + [-1, [1, 1]]), framed(head + [True, [1, 1]]), framed(head + [0, []])]

    def answers(self):
        """ANSWER that proves nothing, of this and other versions."""
        return [framed([2, self.some(16), versions, self.some(16)]) for versions in ([1], [0], [2], [], [1, 1])] + [
            framed([2, self.some(16), [1]]),
            framed([2, self.some(16), [1], b""]),
        ]

    def proofs(self):
        """PROOF that proves nothing."""
        return [framed([3, self.some(16)]), framed([3, b""]), framed([3])]

    def whos(self):
        """WHO, which nobody needs a key for."""
        return [framed([4]), framed([4, 0])]

    def unsealed(self):
        """Messages in the clear, in each form that a careless end might take."""
        verdict, order, tap = [16, 1, 1, 1, 1, 1500], [17, 1, 1], [1, 1, 1, 1, b"11010519491231002X", 0, 0]
        found = []
        for message in (verdict, order, tap):
            found += [framed(message), framed([0, 0, 0, 1] + message), framed([0, [0, 0, 0, 1] + message])]
        return found

    def sealed(self, kid):
        """Sealed in outline, under a session's id, with and without what an honest end would put there."""
        inner = framed([0, 0, 0, 1, 16, 1, 1, 1, 1, 1500])[2:-1]
        found = []
        for protected in (PROTECTED, OTHER_ALGORITHM, NO_ALGORITHM, b""):
            for counter in (b"\x01", b"\x02", b"\xff", b"\xff\xff\xff", b"\x00", b""):
                found.append(framed([protected, {4: kid, 6: counter}, inner + bytes(8)]))
        found.append(framed([PROTECTED, {4: kid, 6: b"\x03"}, self.some(30)]))
        found.append(framed([PROTECTED, {4: kid, 6: b"\x04"}, b""]))
        found.append(framed([PROTECTED, {4: kid}, self.some(30)]))
        found.append(framed([PROTECTED, {1: 0, 4: kid, 6: b"\x05"}, self.some(30)]))
        return found

    def garbage(self):
        """No frames at all: noise, endless frames, single bytes, deep nesting."""
        return [
            self.some(40),
            b"\x01" * 700,
            b"\x00\x01" * 20,
            b"\xff" * 300,
            b"\x00" * 50,
            framed(b"\x81" * 100 + b"\x00"),
            framed(b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff"),
            framed(b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff"),
        ]

    def everything(self, kid=b"xx"):
        """All of it."""
        return (
            self.hellos()
            + self.answers()
            + self.proofs()
            + self.whos()
            + self.unsealed()
            + self.sealed(kid)
            + self.sealed(b"xx")
            + self.garbage()
        )
