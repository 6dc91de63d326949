"""Each end of the package against an end written from the specification alone."""

from pathlib import Path

import cbor2
import pytest
from gatelink import codes, events
from gatelink.gate_end import GateEnd
from gatelink.gate_to_house import Tap
from gatelink.house_end import HouseEnd
from gatelink.house_to_gate import Verdict
from gatelink.keys import GateKeys
from link_pair import CHAIN_KEY, IDENTITY, STATIC_KEY, OneGate
from oracles import link_oracle as oracle
from pycose.keys import SymmetricKey
from pycose.keys.keyparam import KpBaseIV
from pycose.messages import Enc0Message
from suites import gate_suite, house_suite

NOW = 5000


def fetch(end, cls):
    while (event := end.next_event()) is not None:
        if isinstance(event, cls):
            return event
    pytest.fail(f"no {cls.__name__}")


def session_with_oracle_house():
    gate = GateEnd(GateKeys(IDENTITY, STATIC_KEY, 3, CHAIN_KEY), gate_suite(), 115200, 1, NOW)
    old = CHAIN_KEY
    house = oracle.House(STATIC_KEY, 3, old)
    (hello,) = oracle.bodies(gate.bytes_to_send(NOW))
    gate.receive(oracle.wire(house.answer(hello)), NOW)
    (proof,) = oracle.bodies(gate.bytes_to_send(NOW))
    gate.receive(oracle.wire(house.ready(proof)), NOW)
    stored = fetch(gate, events.StoreKeys)
    assert (stored.count, stored.chain_key) == (4, oracle.step(CHAIN_KEY))
    gate.keys_stored(NOW)
    return gate, house


def test_our_gate_talks_to_a_house_written_from_the_specification():
    """A tap opens under the oracle's keys, and the oracle's verdict reaches the gate's program."""
    gate, house = session_with_oracle_house()
    gate.send(Tap(1, 2, codes.CARD_RESIDENT, b"11010519491231002X", 20301231, 4), NOW)
    arrays = [house.incoming.open(body) for body in oracle.bodies(gate.bytes_to_send(NOW))]

    assert [0, 0, 0, 1, 1, 1, 2, 1, b"11010519491231002X", 20301231, 4] in arrays
    gate.receive(oracle.wire(house.outgoing.seal([1, 0, 1, 1, 16, 1, 2, 1, 1, 1500])), NOW)
    verdict = fetch(gate, Verdict)
    assert (verdict.boot, verdict.counter, verdict.verdict) == (1, 2, codes.ALLOW)


def test_our_house_talks_to_a_gate_written_from_the_specification():
    """The house takes the oracle's tap and the oracle opens the house's verdict."""
    roster = OneGate()
    house = HouseEnd(roster, house_suite(), 115200, NOW)
    gate = oracle.Gate(IDENTITY, STATIC_KEY, 2, oracle.step(oracle.step(CHAIN_KEY)))
    assert oracle.bodies(house.bytes_to_send(NOW)) == [cbor2.dumps([4])]
    house.receive(oracle.wire(gate.hello()), NOW)
    (answer,) = oracle.bodies(house.bytes_to_send(NOW))
    house.receive(oracle.wire(gate.proof(answer)), NOW)
    (ready,) = oracle.bodies(house.bytes_to_send(NOW))
    assert gate.incoming.open(ready) == [0, 0, 0]

    house.receive(oracle.wire(gate.outgoing.seal([0, 0, 0, 0, 3, 1, 0, 0])), NOW)
    assert fetch(house, events.Up).identity == IDENTITY
    advanced = fetch(house, events.KeysAdvanced)
    assert (advanced.count, advanced.chain_key) == (3, oracle.step(gate.chain_key))
    tap = [0, 0, 0, 1, 1, 9, 9, 1, b"11010519491231002X", 0, 0]
    house.receive(oracle.wire(gate.outgoing.seal(tap)), NOW)
    assert fetch(house, Tap).number == b"11010519491231002X"
    house.send(Verdict(9, 9, codes.REFER, codes.REASON_NOT_FOUND, 0), NOW)
    sent = [gate.incoming.open(body) for body in oracle.bodies(house.bytes_to_send(NOW))]
    assert [1, 0, 1, 1, 16, 9, 9, codes.REFER, codes.REASON_NOT_FOUND, 0] in sent


def test_pycose_opens_a_captured_frame():
    """A frame is COSE as an implementation of the standard reads it: partial IV, base IV on the key."""
    for _ in range(50):
        gate, house = session_with_oracle_house()
        # pycose strips leading zero bytes of the nonce.
        if house.incoming.context_iv[0]:
            break
    body = oracle.bodies(gate.bytes_to_send(NOW))[0]
    message = Enc0Message.from_cose_obj(cbor2.loads(body), allow_unknown_attributes=True)
    message.key = SymmetricKey(k=house.incoming.key, optional_params={KpBaseIV: house.incoming.context_iv})

    assert cbor2.loads(message.decrypt()) == house.incoming.open(body)


def test_the_oracle_stays_independent():
    """The oracle imports nothing of the project."""
    source = Path(oracle.__file__).read_text(encoding="utf-8")

    assert "gatelink" not in [line.split()[1].split(".")[0] for line in source.splitlines() if "import" in line[:7]]
