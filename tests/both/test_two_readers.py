"""A card module and a QR module at one gate, both real drivers, whose bytes come mixed as two people mix them.

What was read for one person never combines with what was read for another: each question holds one reader's card or
code, whole, and a lane opens for the tap that was allowed and no other.
"""

from gate.readers.qr import Qr
from gate.readers.sam_v import SamV
from gate_bench import GateBench, NoPort
from gatelink import codes
from gatelink.house_to_gate import Verdict
from lane_walk import Chance
from sam_v_bench import FIND, FOUND, NO_CARD, NUMBER, OK, PROBE, READ, SELECT, SELECTED, read_reply

CODE = b"GH1:7Q2M-K4XW-99TB"
CARD_TAP, CODE_TAP = (codes.CARD_RESIDENT, NUMBER), (codes.CARD_CODE, CODE)
REPLY = read_reply()
SEEDS = 40


class Line(NoPort):
    """A port on which a test puts bytes. `sent`: what the gate asked for last."""

    def __init__(self):
        self.coming = b""
        self.sent = b""

    def read(self):
        data, self.coming = self.coming, b""
        return data

    def write(self, data):
        self.sent = data

    def reset(self, active):
        return None


class TwoReaders(GateBench):
    """A card lies on the module from `place` on, and is read as far as a test lets it; a code comes by `show`."""

    def readers(self):
        self.cards, self.scanner = Line(), Line()
        self.placed = False
        module, window = SamV(self.now), Qr(self.now)
        module.baud, window.baud = 115200, 9600
        return [(module, self.cards), (window, self.scanner)]

    def turn(self):
        super().turn()
        reply = {FIND: FOUND if self.placed else NO_CARD, SELECT: SELECTED, PROBE: OK}.get(self.cards.sent)
        if reply:
            self.cards.coming += reply
            self.cards.sent = b""

    def place(self):
        """Up to the request whose reply holds the card; that is the test's."""
        self.placed = True
        self.run_until(lambda: self.cards.sent == READ)
        self.cards.sent = b""
        self.placed = False

    def show(self):
        """A code, and what a module of factory settings ends it with."""
        self.scanner.coming += CODE + b"\r"

    def asked(self):
        """(kind, number) of each question so far."""
        return [(tap.card, bytes(tap.number)) for tap in self.taps()]

    def answer_to(self, tap, verdict):
        """The house's word on one tap, on the wire."""
        reason = codes.REASON_GREEN if verdict == codes.ALLOW else codes.REASON_RED
        self.house.send(Verdict(tap.boot, tap.counter, verdict, reason, 1500), self.now)
        self.flush_house()

    def opened_for(self):
        """Counters of the taps that the lane has opened for."""
        return [counter for what, counter, _ in self.ledger if what == codes.REPORT_OPENING]


def ready():
    return TwoReaders().bring_up()


def test_a_code_that_comes_while_a_card_is_half_read_is_a_question_of_its_own():
    """And the card's second half joins its first one only."""
    bench = ready()
    bench.place()
    bench.cards.coming += REPLY[:700]
    bench.run(20)
    bench.show()
    bench.run(20)
    assert bench.asked() == [CODE_TAP]

    bench.answer_to(bench.taps()[0], codes.DENY)
    bench.run(20)
    bench.cards.coming += REPLY[700:]
    bench.run(100)

    assert bench.asked() in ([CODE_TAP], [CODE_TAP, CARD_TAP])
    bench.run(8000)
    assert not bench.opened_for()
    assert not bench.chip.relay


def test_a_code_that_comes_while_a_verdict_is_awaited_gets_nothing_of_it():
    """The card is allowed: its tap opens, the code is not asked about with it."""
    bench = ready()
    bench.place()
    bench.cards.coming += REPLY
    bench.run(20)
    assert bench.asked() == [CARD_TAP]
    bench.show()
    bench.run(100)
    assert bench.asked() == [CARD_TAP]

    bench.answer_to(bench.taps()[0], codes.ALLOW)
    bench.run_until(lambda: bench.chip.relay)
    bench.run(15000)
    assert bench.opened_for() == [bench.taps()[0].counter]


def test_a_card_that_comes_while_a_code_is_asked_about_does_not_open_for_the_code():
    """The code is refused; the late word on it opens for nobody, however the card stands."""
    bench = ready()
    bench.place()
    bench.show()
    bench.run(20)
    code = bench.taps()[0]
    bench.cards.coming += REPLY
    bench.run(20)
    bench.answer_to(code, codes.DENY)
    bench.run(20)
    bench.answer_to(code, codes.ALLOW)
    bench.run(5000)

    assert not bench.opened_for()
    assert not bench.chip.relay


def test_halves_that_come_in_any_order_make_no_third_person():
    """Bytes of both in pieces, drawn by the seed; the card is green and the code is not, or the other way round."""
    opened = 0
    for seed in range(1, SEEDS + 1):
        opened += _mixed(seed)
    assert opened >= SEEDS // 4, opened


def _is_of_code(asked):
    """A pause in the midst of a code ends it: what comes is a shorter one, and nothing but it."""
    kind, number = asked
    return kind == codes.CARD_CODE and number in CODE


def _mixed(seed):
    chance = Chance(seed)
    green = (CARD_TAP, CODE_TAP)[chance.below(2)]
    bench = ready()
    bench.place()
    left = [[bench.cards, REPLY], [bench.scanner, CODE + b"\r"]]
    answered = 0
    for _ in range(400):
        for one in left:
            if chance.below(3) == 0:
                size = 1 + chance.below(len(one[1]) // 2 + 1)
                one[0].coming += one[1][:size]
                one[1] = one[1][size:]
        bench.run(5 * (1 + chance.below(6)))
        asked = bench.asked()
        assert all(one == CARD_TAP or _is_of_code(one) for one in asked), (seed, asked)
        if answered < len(asked) and chance.below(2):
            tap = bench.taps()[answered]
            bench.answer_to(tap, codes.ALLOW if asked[answered] == green else codes.DENY)
            answered += 1
        if not left[0][1] and not left[1][1] and answered == len(asked):
            break
    bench.run(9000, 50)
    may = [tap.counter for tap, one in zip(bench.taps(), bench.asked()) if one == green]
    for counter in bench.opened_for():
        assert counter in may, (seed, bench.asked(), bench.opened_for())
    return len(bench.opened_for())
