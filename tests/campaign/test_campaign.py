"""The campaign's short version, and the proof that it notices when a promise is broken."""

import logging

import pytest
from gate.conductor import Conductor
from gate.facts import Ordered
from gate.lane import Lane
from gate.orders import Complete
from gatehouse import answering
from gatehouse.decide import Decision
from gatehouse.ledger import Committed, Ledger, _keep
from gatelink import codes, gate_to_house, house_to_gate
from gatelink.house_end import HouseEnd

from . import episode, faults
from .cable import TO_GATE, TO_HOUSE
from .frames import CLEAR, MESSAGES

SEED = 1
SHORT = 400
ENOUGH = 80  # faults in which a broken product must have been noticed


@pytest.fixture(autouse=True)
def _quiet():
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def broken(count, seed=SEED):
    """One after the other, so that whoever has seen enough can stop."""
    print(f"seed {seed}")
    for first in range(0, count, episode.FAULTS):
        for one in episode.run(seed, first, min(count, first + episode.FAULTS)):
            if not one.clean:
                yield one


def test_after_each_of_some_hundred_faults_the_link_is_back_and_every_promise_kept():
    """Nothing lost, nothing twice, no pulse without its verdict; the next traveller gets through."""
    assert list(broken(SHORT)) == []


def test_every_kind_of_frame_is_hit():
    """A message that is added to the protocol is added to an exercise."""
    hit = {at for survey in episode.surveys().values() for at in survey.frames}
    sealed = {"ack", "nak"}
    to_house = {MESSAGES[kind] for kind in gate_to_house.KINDS} | {CLEAR[1], CLEAR[3]} | sealed
    to_gate = {MESSAGES[kind] for kind in house_to_gate.KINDS} | {CLEAR[2], CLEAR[4], "ready"} | sealed
    assert hit == {(TO_HOUSE, kind) for kind in to_house} | {(TO_GATE, kind) for kind in to_gate}


def test_every_bit_of_every_kind_is_flipped_and_every_step_cut():
    """The systematic part holds what it promises."""
    known = episode.known()
    for survey in episode.surveys().values():
        for at, (_, size) in survey.frames.items():
            flipped = {one.bit for one in known if one.effect == "flip" and one.place.what == at}
            assert set(range(8 * size - 8)) <= flipped
            done = {(one.place.how, one.effect) for one in known if one.place.what == at}
            assert {(faults.LEAVES, effect) for effect in faults.FRAME_EFFECTS + faults.WORLD_EFFECTS} <= done
            assert {(faults.ARRIVES, effect) for effect in faults.WORLD_EFFECTS} <= done
    steps = {one.place.what for one in known if one.place.how == faults.STEP}
    assert {"before keeping keys", "after keeping keys", "before commit", "after commit"} <= steps
    assert {one.exercise for one in known if one.place.how == faults.FLASH} >= {"swipe", "reboot", "renewal"}


def test_a_replay_shows_the_same():
    """Fault N of a seed is the same for ever, down to the millisecond."""
    once, again = list(episode.run(5, 0, 12)), list(episode.run(5, 0, 12))
    assert once == again


def everybody_may_pass(monkeypatch):
    allowed = Decision(codes.ALLOW, codes.REASON_GREEN)
    monkeypatch.setattr(answering, "decide", lambda *_: allowed)


def some_are_entered_twice(monkeypatch):
    append = Ledger._append
    seen = []

    def twice(ledger, growth, entry):
        committed = append(ledger, growth, entry)
        seen.append(entry)
        if len(seen) % 5 == 0:
            _keep(growth, entry)
        return committed

    monkeypatch.setattr(Ledger, "_append", twice)


def reports_are_acknowledged_unwritten(monkeypatch):
    append = Ledger._append
    seen = []

    def forgetful(ledger, connection, entry):
        seen.append(entry)
        if len(seen) % 5 == 0:
            return Committed(entry.index)
        return append(ledger, connection, entry)

    monkeypatch.setattr(Ledger, "_append", forgetful)


def proofs_are_ignored(monkeypatch):
    taken = []
    take = HouseEnd._take_proof

    def tired(end, decoded):
        taken.append(1)
        if len(taken) < 8:
            take(end, decoded)

    monkeypatch.setattr(HouseEnd, "_take_proof", tired)


def orders_are_told_as_refused(monkeypatch):
    def refused(conductor, order, now):
        conductor._uplink.complete(order.order_id, codes.COMPLETION_REFUSED)

    monkeypatch.setitem(Conductor.EXECUTE, Complete, refused)


def orders_are_told_as_done_unopened(monkeypatch):
    def done(lane, fact):
        lane._orders.append(Complete(fact.order.order, codes.COMPLETION_DONE))

    monkeypatch.setitem(Lane.JUDGES, Ordered, done)


def new_rules_are_not_taken(monkeypatch):
    monkeypatch.setattr(Conductor, "_take_settings", lambda conductor: conductor._uplink.settings_offered.clear())


@pytest.mark.parametrize(
    ("sabotage", "said"),
    [
        (everybody_may_pass, "nobody there who may pass"),
        (some_are_entered_twice, "twice"),
        (reports_are_acknowledged_unwritten, "missing"),
        (proofs_are_ignored, "did not come back"),
        (orders_are_told_as_refused, "against its outcome"),
        (orders_are_told_as_done_unopened, "as done that has opened nothing"),
        (new_rules_are_not_taken, "otherwise than the gatehouse's settings"),
    ],
)
def test_a_broken_promise_is_noticed(monkeypatch, sabotage, said):
    """Each promise, broken on purpose, is named."""
    episode.surveys()
    sabotage(monkeypatch)
    assert any(said in sentence for one in broken(ENOUGH) for sentence in one.findings)
