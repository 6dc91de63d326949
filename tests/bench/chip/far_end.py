"""As much of a gatehouse's end as a gate needs to go on talking, on the gate's own suite."""

from gate.suite import GateSuite
from gatelink import gate_to_house, handshake
from gatelink.counters import Counters
from gatelink.delivery import Delivery
from gatelink.framing import Deframer, frame
from gatelink.keys import SessionKeys
from gatelink.sealing import Opener, Sealer, envelope
from gatelink.session import Session

SUITE = GateSuite()
KEY = bytes(range(32))
FLOOR_MS = 28
NOW = 1000
BODY_MAX_BYTES = 512  # gatelink.limits: its constants are folded away in the compiled tree


class FarEnd:
    def __init__(self):
        self.session = None
        self._deframer = Deframer(SUITE, BODY_MAX_BYTES)

    def answer(self, hello):
        self._hello = self._deframer.feed(hello)[0]
        self._answer = handshake.answer(SUITE, KEY, self._hello, bytes(16))
        return frame(SUITE, self._answer)

    def ready(self):
        keys = SessionKeys(KEY, self._hello, self._answer)
        sealer = Sealer(SUITE, keys.house_key, keys.house_iv, keys.kid)
        opener = Opener(SUITE, keys.gate_key, keys.gate_iv)
        counters = Counters()
        delivery = Delivery(gate_to_house.KINDS, FLOOR_MS, counters, NOW)
        self.session = Session(keys.kid, sealer, opener, delivery, counters, NOW)
        return frame(SUITE, self.session.seal([0, 0, 0]))

    def take(self, data, now):
        for body in self._deframer.feed(data):
            _, counter, sealed = envelope(SUITE.decode(body))
            self.session.open(counter, sealed, now)

    def say(self, now):
        self.session.delivery.acknowledge()
        body = self.session.next_body(now)
        return frame(SUITE, body)
