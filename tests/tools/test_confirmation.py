"""The first handshake over the service cable: whoever is on the port, it ends in time, and the key file is right."""

import contextlib
import os
import time

import pytest
from gatehouse.gate_record import ENROLLED, PROPOSED
from gatehouse.house import now_ticks
from gatehouse.keyfile import KeyFile
from gatelink import events
from gatelink.gate_end import GateEnd
from gatelink.keys import GateKeys
from gatetools import confirmation
from gatetools.confirmation import NotConfirmed
from suites import gate_suite
from tools.device import Device

LIMIT_S = 0.8
HANG_S = 10  # far beyond what a busy machine takes
IDENTITY, STATIC_KEY, CHAIN_KEY = b"GATE-A1.", bytes(range(32)), bytes(range(50, 82))


@pytest.fixture
def keys(tmp_path):
    """A key file in which the gate has keys that it has not used yet."""
    with contextlib.closing(KeyFile(tmp_path / "keys.db", create=True, protector="file")) as made:
        made.add_gate(b"GATE-A0.", "A1", bytes(32), bytes(32))
        made.propose(IDENTITY, "A1", STATIC_KEY, CHAIN_KEY)
        yield made


def gate(identity=IDENTITY, static_key=STATIC_KEY, chain_key=CHAIN_KEY):
    """A gate with these keys, as an answer of a device."""
    end = GateEnd(GateKeys(identity, static_key, 0, chain_key), gate_suite(), 115200, 1, now_ticks())

    def answer(_came, data):
        end.receive(data, now_ticks())
        while (event := end.next_event()) is not None:
            if isinstance(event, events.StoreKeys):
                end.keys_stored(now_ticks())
        return end.bytes_to_send(now_ticks())

    return answer


def state(keys):
    return {one.identity: one.state for one in keys.gates()}


def test_a_gate_that_proves_its_keys_is_enrolled(keys):
    """At once, and its next key is kept."""
    with Device(gate()) as device:
        confirmation.over(device.path, 115200, keys, IDENTITY, 20)

    assert state(keys) == {IDENTITY: ENROLLED, b"GATE-A0.": "revoked"}
    assert keys.gate(IDENTITY).keys.count == 1


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda came, data: b"", "press reset; the gatehouse confirms it"),
        (lambda came, data: os.urandom(1000), "press reset; the gatehouse confirms it"),
        (lambda came, data: b"\0" * 4000, "press reset; the gatehouse confirms it"),
        (lambda came, data: data, "press reset; the gatehouse confirms it"),
        (lambda came, data: b">>> \r\n" * 100, "press reset; the gatehouse confirms it"),
        (gate(b"GATE-B2.", bytes(32), bytes(32)), "Run the same command again"),
        (gate(b"GATE-A0.", bytes(32), bytes(32)), "or it kept its old keys"),
        (gate(static_key=bytes(32)), "no handshake came to its end|was refused"),
    ],
    ids=["silence", "flood", "zeros", "echo", "prompts", "another gate", "old keys", "wrong key"],
)
def test_who_does_not_prove_the_new_keys_is_not_enrolled(keys, answer, says):
    """It ends within its limit and says what to do; the lane keeps what it had."""
    began_s = time.monotonic()
    with Device(answer) as device, pytest.raises(NotConfirmed, match=says):
        confirmation.over(device.path, 115200, keys, IDENTITY, LIMIT_S)

    assert time.monotonic() - began_s < LIMIT_S + HANG_S
    assert state(keys) == {IDENTITY: PROPOSED, b"GATE-A0.": ENROLLED}


def test_a_port_that_is_missing_or_pulled_is_told(keys):
    """The gatehouse confirms the gate when it comes."""
    with pytest.raises(NotConfirmed, match=r"no such port.*The gatehouse confirms the gate"):
        confirmation.over("/dev/there-is-no-such-port", 115200, keys, IDENTITY, LIMIT_S)
    began_s = time.monotonic()
    with Device(lambda came, data: b"") as device:
        device.pull_after(0.2)
        with pytest.raises(NotConfirmed, match="The gatehouse confirms the gate"):
            confirmation.over(device.path, 115200, keys, IDENTITY, 2 * HANG_S)

    assert time.monotonic() - began_s < HANG_S
    assert state(keys) == {IDENTITY: PROPOSED, b"GATE-A0.": ENROLLED}


def test_keys_that_cannot_be_confirmed_here_are_told_by_the_key_file(keys, tmp_path):
    """They were revoked meanwhile."""
    with contextlib.closing(KeyFile(tmp_path / "keys.db")) as other:
        other.revoke("A1")
    with Device(gate()) as device, pytest.raises(NotConfirmed, match="revoked or replaced meanwhile"):
        confirmation.over(device.path, 115200, keys, IDENTITY, LIMIT_S)
    with pytest.raises(NotConfirmed, match="revoked or replaced meanwhile"):
        confirmation.by_the_gatehouse(keys, IDENTITY, LIMIT_S)

    assert state(keys) == {b"GATE-A0.": "revoked"}
