"""The states of a gate's enrolment: proposed, enrolled, revoked, and what each step does to the others."""

import contextlib
import os
import sqlite3

import pytest
from gatehouse.gate_record import MOVED, REKEYED, REPLACED, TAKEN_BACK
from gatehouse.keyfile import KeyFile, KeyFileError


@pytest.fixture
def keys(tmp_path):
    with contextlib.closing(KeyFile(tmp_path / "keys.db", create=True, protector="file")) as opened:
        yield opened


@pytest.fixture
def propose(keys):
    """Proposes a gate with new keys; its identity."""

    def propose(lane, former=None):
        identity = os.urandom(8)
        keys.propose(identity, lane, os.urandom(32), os.urandom(32), former=former)
        return identity

    return propose


@pytest.fixture
def enrol(keys, propose):
    """The same, confirmed."""

    def enrol(lane, former=None):
        identity = propose(lane, former)
        keys.confirm(identity)
        return identity

    return enrol


def states(keys):
    return {gate.identity: (gate.state, gate.reason) for gate in keys.gates()}


def outcome(revoked):
    return [(gate.identity, gate.state, gate.reason) for gate in revoked]


def test_a_proposal_is_there_with_its_keys_when_propose_returns(keys, tmp_path):
    """For other processes too; with count 0, what it was before, and from which report on it counts."""
    keys.propose(b"GATE-A1.", "A", b"s" * 32, b"c" * 32, former=b"GATE-A0.", begins=17)
    with contextlib.closing(KeyFile(tmp_path / "keys.db")) as other:
        gate = other.gate(b"GATE-A1.")

    assert (gate.lane, gate.state, gate.revoked) == ("A", "proposed", False)
    assert (gate.former, gate.begins, gate.ended_s, gate.reason, gate.booked) == (b"GATE-A0.", 17, None, 0, False)
    assert (gate.keys.static_key, gate.keys.count, gate.keys.chain_key) == (b"s" * 32, 0, b"c" * 32)


def test_a_proposal_changes_nothing_for_the_lanes_gate(keys, enrol, propose):
    """Both count until one proves itself."""
    old, new = enrol("A"), propose("A")

    assert states(keys) == {old: ("enrolled", 0), new: ("proposed", 0)}


def test_an_identity_is_proposed_once(keys, propose):
    """The second is refused and the first stays."""
    identity = propose("A")

    with pytest.raises(KeyFileError, match="in the key file already"):
        keys.propose(identity, "B", bytes(32), bytes(32))
    assert [gate.lane for gate in keys.gates()] == ["A"]


@pytest.mark.parametrize("identity", [b"", b"GATE-A1", b"GATE-A1.."])
def test_an_identity_has_eight_bytes(keys, identity):
    """The table itself refuses others."""
    with pytest.raises(KeyFileError, match="constraint"):
        keys.propose(identity, "A", bytes(32), bytes(32))
    assert keys.gates() == []


def test_the_first_gate_of_a_lane_revokes_nobody(keys, propose):
    """Confirmed, it is the lane's gate."""
    identity = propose("A")

    assert keys.confirm(identity) == []
    assert states(keys) == {identity: ("enrolled", 0)}


def test_a_replacement_revokes_the_gate_that_was_there(keys, enrol, propose):
    """Another device: reason replaced, with the time, not booked yet."""
    old, elsewhere, new = enrol("A"), enrol("B"), propose("A")

    revoked = keys.confirm(new)

    assert outcome(revoked) == [(old, "revoked", REPLACED)]
    assert revoked[0].ended_s >= revoked[0].made_s > 0
    assert not revoked[0].booked
    assert states(keys) == {old: ("revoked", REPLACED), new: ("enrolled", 0), elsewhere: ("enrolled", 0)}


def test_new_keys_for_the_same_device_revoke_its_old_ones(keys, enrol, propose):
    """Reason rekeyed; a proposal in between too, for the device may have recorded something under it."""
    old = enrol("A")
    skipped = propose("A", old)
    new = propose("A", skipped)

    assert outcome(keys.confirm(new)) == [(old, "revoked", REKEYED), (skipped, "revoked", REKEYED)]
    assert states(keys) == {old: ("revoked", REKEYED), skipped: ("revoked", REKEYED), new: ("enrolled", 0)}


def test_a_device_that_moves_leaves_its_lane_and_takes_the_place_of_another(keys, enrol, propose):
    """Reasons moved for itself, replaced for the other."""
    mine, other = enrol("A"), enrol("B")
    new = propose("B", mine)

    assert sorted(outcome(keys.confirm(new))) == sorted([(mine, "revoked", MOVED), (other, "revoked", REPLACED)])
    assert states(keys) == {mine: ("revoked", MOVED), other: ("revoked", REPLACED), new: ("enrolled", 0)}


def test_older_proposals_of_the_lane_are_dropped_and_a_newer_replacement_stays(keys, enrol, propose):
    """Whoever is under way after this one goes on."""
    enrol("A")
    older = propose("A")
    new = propose("A")
    newer = propose("A")
    elsewhere = propose("B")

    keys.confirm(new)

    assert keys.gate(older) is None
    assert states(keys)[newer] == states(keys)[elsewhere] == ("proposed", 0)


def test_other_proposals_for_the_same_device_are_dropped_wherever_they_are(keys, enrol, propose):
    """A device has one set of keys: the one that it proved."""
    old = enrol("A")
    new = propose("A", old)
    dropped = [propose("A", old), propose("B", old), propose("C", new)]

    keys.confirm(new)

    assert [keys.gate(one) for one in dropped] == [None, None, None]


def test_a_gate_that_proves_its_old_keys_drops_what_never_reached_it(keys, enrol, propose):
    """Everything else stays; a second time changes nothing."""
    old = enrol("A")
    lost, replacement, elsewhere = propose("A", old), propose("A"), propose("B", old)

    for _ in range(2):
        assert keys.confirm(old) == []
        assert states(keys) == {old: ("enrolled", 0), replacement: ("proposed", 0)}
    assert keys.gate(lost) is keys.gate(elsewhere) is None


def test_who_is_unknown_or_revoked_is_not_confirmed(keys, enrol):
    """The message says which, and the lane's gate stays."""
    old, new = enrol("A"), enrol("A")

    with pytest.raises(KeyFileError, match=f"{old.hex()} is revoked on lane A"):
        keys.confirm(old)
    with pytest.raises(KeyFileError, match="is unknown"):
        keys.confirm(b"STRANGER")
    assert states(keys)[new] == ("enrolled", 0)


def test_revoking_a_lane_leaves_nobody_who_could_come(keys, enrol, propose):
    """Its gate, its proposals, and what was proposed for that device on another lane."""
    gate, other = enrol("A"), enrol("B")
    proposed = [propose("A"), propose("A", gate), propose("C", gate)]

    assert outcome(keys.revoke("A")) == [(gate, "revoked", TAKEN_BACK)]
    assert states(keys) == {gate: ("revoked", TAKEN_BACK), other: ("enrolled", 0)}
    assert [keys.gate(one) for one in proposed] == [None, None, None]


def test_revoking_a_lane_that_only_has_a_proposal_drops_it(keys, propose):
    """Nobody was enrolled, so nobody is revoked."""
    propose("A")

    assert keys.revoke("A") == []
    assert keys.gates() == []


def test_revoking_a_lane_without_a_gate_is_told(keys, enrol):
    """By its name; a gate that is revoked already does not count."""
    enrol("A")
    keys.revoke("A")

    for lane in ("A", "B"):
        with pytest.raises(KeyFileError, match=f"lane {lane} has no gate"):
            keys.revoke(lane)


def test_a_revocation_is_booked_once_it_stands_in_the_ledger(keys, enrol):
    """Who is not revoked has nothing to book."""
    gate = enrol("A")
    keys.booked(gate)
    assert not keys.gate(gate).booked

    keys.revoke("A")
    keys.booked(gate)
    assert keys.gate(gate).booked


def test_the_lineage_of_a_device_is_told_from_its_oldest_identity(keys, enrol):
    """As far as it is known; and a circle, which no enrolment makes, ends."""
    first = enrol("A", b"UNKNOWN.")
    second = enrol("A", first)
    third = enrol("B", second)

    assert [gate.identity for gate in keys.lineage(third)] == [first, second, third]
    assert [gate.identity for gate in keys.lineage(first)] == [first]
    assert keys.lineage(b"UNKNOWN.") == []
    keys._db.execute("update gates set former = ? where identity = ?", (third, first))
    assert [gate.identity for gate in keys.lineage(third)] == [first, second, third]


def test_gates_are_listed_by_lane_and_age(keys, enrol):
    """The newest of a lane last."""
    listed = [enrol("B"), enrol("A"), enrol("B")]

    assert [gate.identity for gate in keys.gates()] == [listed[1], listed[0], listed[2]]


def test_a_lane_has_one_gate_whatever_two_processes_do(keys, enrol, propose, tmp_path):
    """Both confirm; the later one is the lane's gate. The database itself refuses two."""
    first, second = propose("A"), propose("A")
    with contextlib.closing(KeyFile(tmp_path / "keys.db")) as other:
        keys.confirm(first)
        assert outcome(other.confirm(second)) == [(first, "revoked", REPLACED)]

    with pytest.raises(sqlite3.IntegrityError):
        keys._db.execute("update gates set state = 'enrolled'")


@pytest.mark.parametrize("step", ["propose", "confirm", "revoke", "booked"])
def test_a_step_that_cannot_be_written_changes_nothing(keys, enrol, propose, tmp_path, step):
    """Another program holds the file for writing; afterwards the same step works."""
    enrol("A")
    new = propose("A")
    before = states(keys)
    steps = {
        "propose": lambda: keys.propose(b"GATE-C3.", "C", bytes(32), bytes(32)),
        "confirm": lambda: keys.confirm(new),
        "revoke": lambda: keys.revoke("A"),
        "booked": lambda: keys.booked(new),
    }
    keys._db.execute("pragma busy_timeout = 1")
    with contextlib.closing(sqlite3.connect(tmp_path / "keys.db", isolation_level=None)) as blocker:
        blocker.execute("begin immediate")
        with pytest.raises(KeyFileError, match="locked"):
            steps[step]()
        assert states(keys) == before
    steps[step]()


def test_steps_are_on_the_disk_before_they_return(keys, propose):
    """SQLite waits for the disk at each commit; for a count, which may be lost, it does not."""
    waits = []
    keys._db.set_trace_callback(lambda said: waits.append(said) if "synchronous" in said else None)
    identity = propose("A")
    keys.confirm(identity)
    assert keys._db.execute("pragma synchronous").fetchone() == (2,)
    keys.advance(identity, 1, bytes(32))
    keys._db.set_trace_callback(None)

    assert waits == ["pragma synchronous", "pragma synchronous = normal", "pragma synchronous = full"]
