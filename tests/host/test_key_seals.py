"""Seals in the key file: changed or exchanged rows do not open, and say which."""

import contextlib
import random

import pytest
from gatehouse.keyfile import KeyFile, KeyFileError

A, B = b"GATE-A1.", b"GATE-B2."


@pytest.fixture
def keys(tmp_path):
    with contextlib.closing(KeyFile(tmp_path / "keys.db", create=True, protector="file")) as opened:
        opened.add_gate(A, "A", b"1" * 32, b"2" * 32)
        opened.add_gate(B, "B", b"3" * 32, b"4" * 32)
        yield opened


def sealed(keys, identity):
    return keys._db.execute("select sealed from gates where identity = ?", (identity,)).fetchone()[0]


def put(keys, identity, blob):
    keys._db.execute("update gates set sealed = ? where identity = ?", (blob, identity))


def test_keys_of_two_gates_cannot_be_exchanged(keys):
    """A row's keys are bound to its identity."""
    mine, other = sealed(keys, A), sealed(keys, B)
    put(keys, A, other)
    put(keys, B, mine)

    for identity, lane in ((A, "A"), (B, "B")):
        with pytest.raises(KeyFileError, match=f"keys of lane {lane} cannot be opened.*gatehouse restore keys"):
            keys.gate(identity)


def test_an_older_chain_key_does_not_open_under_a_newer_count(keys):
    """A row's keys are bound to its count."""
    old = sealed(keys, A)
    keys.advance(A, 5, b"5" * 32)
    put(keys, A, old)

    with pytest.raises(KeyFileError, match="lane A"):
        keys.gate(A)


@pytest.mark.parametrize("count", [-1, 1, 2**63 - 1])
def test_a_count_that_was_changed_does_not_open(keys, count):
    """Whatever number stands there."""
    keys._db.execute("update gates set count = ? where identity = ?", (count, A))

    with pytest.raises(KeyFileError, match="lane A"):
        keys.gate(A)


def test_keys_of_two_purposes_cannot_be_exchanged(keys):
    """Bound to the purpose's name."""
    keys.secret("register")
    keys.secret("ledger 20261123")
    keys._db.execute("update secrets set sealed = (select sealed from secrets where name = 'register')")

    with pytest.raises(KeyFileError, match="key of the ledger 20261123 cannot be opened"):
        keys.secret("ledger 20261123")
    assert len(keys.secret("register")) == 32


def test_every_changed_byte_of_a_seal_is_found(keys):
    """One bit anywhere, a byte less, a byte more, nothing at all."""
    whole = sealed(keys, A)
    seed = random.randrange(2**32)
    print("seed", seed)
    bits = random.Random(seed)
    damaged = [whole[:at] + bytes([whole[at] ^ 1 << bits.randrange(8)]) + whole[at + 1 :] for at in range(len(whole))]
    for blob in [*damaged, whole[:-1], whole + b"\0", whole[:12], whole[:11], b""]:
        put(keys, A, blob)
        with pytest.raises(KeyFileError, match="lane A"):
            keys.gate(A)
    put(keys, A, whole)
    assert keys.gate(A).keys.static_key == b"1" * 32


def test_a_damaged_row_costs_its_own_gate_only(keys):
    """The others are served; it is listed without its keys, does not step, and can be revoked."""
    put(keys, A, bytes(92))

    assert keys.gate(B).keys.static_key == b"3" * 32
    with pytest.raises(KeyFileError, match="lane A"):
        keys.advance(A, 9, bytes(32))
    assert sealed(keys, A) == bytes(92)
    assert [(gate.lane, gate.keys.count) for gate in keys.gates()] == [("A", 0), ("B", 0)]
    with pytest.raises(KeyFileError, match="lane A"):
        keys.gates()[0].keys.chain_key_at(0)
    assert [gate.identity for gate in keys.revoke("A")] == [A]


def test_the_same_keys_are_never_sealed_alike(keys):
    """A copy of the file does not show that nothing has changed."""
    keys._db.execute("delete from gates")
    keys.add_gate(A, "A", b"1" * 32, b"2" * 32)
    first = sealed(keys, A)
    keys._db.execute("delete from gates")
    keys.add_gate(A, "A", b"1" * 32, b"2" * 32)

    assert sealed(keys, A) != first
