"""The steps of a tap going out and a verdict coming in, each alone, and the lane's own part of a swipe."""

from boards import lane_a
from far_end import FLOOR_MS, KEY, NOW, SUITE
from gate import facts
from gate.card import Card
from gate.chosen import Chosen
from gate.lane import Lane
from gate.orders import Ask, Record
from gate.settings import Settings
from gatelink import gate_to_house, house_to_gate
from gatelink.counters import Counters
from gatelink.delivery import Delivery
from gatelink.framing import Deframer, frame
from gatelink.message import from_array
from gatelink.sealing import AAD, Sealer, envelope, nonce
from kinds import NUMBER

# gatelink's own constants are folded away in the compiled tree.
HOUSE_BODY_MAX_BYTES = 192
ENTRY = 1
PROTECTED = b"\xa1\x01\x0a"


def steps():
    """(name, what is done): the readers, then in the order of a tap going out and a verdict coming in."""
    tap = gate_to_house.Tap(1, 7, 1, bytearray(NUMBER), 20301231, 3)
    array = [3, 4, 0, 9] + tap.to_array()
    plain = SUITE.encode(array)
    cipher = SUITE.cipher(KEY[:16])
    iv = bytes(range(13))
    body = Sealer(SUITE, KEY[:16], iv, b"id").seal(array)
    sealer = Sealer(SUITE, KEY[:16], iv, b"id")
    verdict = house_to_gate.Verdict(1, 7, 1, 1, 1500)
    answer = [3, 4, 0, 9] + verdict.to_array()
    answer_plain = SUITE.encode(answer)
    answer_sealed = cipher.seal(nonce(iv, 7), answer_plain, AAD)
    answer_body = SUITE.encode([PROTECTED, {4: b"id", 6: b"\x07"}, answer_sealed])
    answer_stuffed = SUITE.stuff(answer_body)
    answer_frame = b"\0" + answer_stuffed + b"\0"
    answer_outer = SUITE.decode(answer_body)
    deframer = Deframer(SUITE, HOUSE_BODY_MAX_BYTES)
    lane = Lane(1, Chosen(Settings({}, lane_a).values()), NOW)
    lane.handle(facts.LinkUp(), NOW)
    outgoing = Delivery(house_to_gate.KINDS, FLOOR_MS, Counters(), NOW)
    incoming = Delivery(house_to_gate.KINDS, FLOOR_MS, Counters(), NOW)

    def deliver():
        outgoing.send(tap, NOW)
        outgoing.next_array(NOW)

    def take():
        incoming.seen[0] = 0
        incoming.receive(answer, NOW)

    from readers import rows  # not before the kinds of message are measured: drivers take heap

    return rows() + (
        ("lane", lambda: swipe(lane)),
        ("tap.message", lambda: gate_to_house.Tap(1, 7, 1, tap.number, 20301231, 3)),
        ("tap.delivery", deliver),
        ("tap.encode", lambda: SUITE.encode(array)),
        ("tap.cipher", lambda: cipher.seal(nonce(iv, 7), plain, AAD)),
        ("tap.seal", lambda: sealer.seal(array)),
        ("tap.stuff", lambda: SUITE.stuff(body)),
        ("tap.frame", lambda: frame(SUITE, body)),
        ("verdict.deframe", lambda: deframer.feed(answer_frame)),
        ("verdict.unstuff", lambda: SUITE.unstuff(answer_stuffed)),
        ("verdict.decode_envelope", lambda: SUITE.decode(answer_body)),
        ("verdict.envelope", lambda: envelope(answer_outer)),
        ("verdict.open", lambda: cipher.open(nonce(iv, 7), answer_sealed, AAD)),
        ("verdict.decode", lambda: SUITE.decode(answer_plain)),
        ("verdict.message", lambda: from_array(house_to_gate.KINDS, answer[4:])),
        ("verdict.delivery", take),
    )


def swipe(lane):
    """The lane's own part of one swipe: card, verdict, recorded, entered, passed."""

    def given(kind):
        found = None
        order = lane.next_order()
        while order is not None:
            found = order if isinstance(order, kind) else found
            order = lane.next_order()
        return found

    lane.handle(facts.CardSeen(Card(1, bytearray(NUMBER), 20301231), 2), NOW)
    verdict = house_to_gate.Verdict(1, given(Ask).counter, 1, 1, 1500)
    lane.handle(facts.VerdictGiven(verdict), NOW)
    lane.handle(facts.Recorded(given(Record)), NOW)
    lane.handle(facts.Entered(ENTRY), NOW)
    lane.handle(facts.Passed(ENTRY), NOW)
    given(Record)
