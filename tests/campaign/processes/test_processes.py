"""The short version on real processes, and the proof that it notices when something does not come back."""

import os
import signal
import time

from gatelink import codes

from . import run, yard
from .faults import FAMILIES, READING, Fault, Harm, drawn
from .visit import Probe

SEED = 1
SHORT_MS = 400  # faults that last longer are left to the whole campaign
MORE = 6
UNASKED = Harm(("damage",), ("damage",))


def some_of_each():
    """The first short fault of each family, and some more that concern one lane."""
    found, more = {}, []
    index = 0
    while len(found) < len(FAMILIES) or len(more) < MORE:
        fault = drawn(SEED, index)
        index += 1
        if fault.lasts_ms > SHORT_MS:
            continue
        if fault.family not in found:
            found[fault.family] = fault
        elif not fault.harm.house and len(more) < MORE:
            more.append(fault)
    return [*found.values(), *more]


def test_after_each_fault_travellers_pass_again_and_every_promise_is_kept():
    """Cables, ports, power and the gatehouse itself fail while travellers swipe; nobody helps."""
    print(f"seed {SEED}")
    faults = some_of_each()
    told = []

    run.work_off(faults, SEED, told.append)

    assert sorted(one.index for one in told) == sorted(fault.index for fault in faults)
    assert {one.family for one in told} == set(FAMILIES)
    assert [one for one in told if not one.clean] == []


def test_a_fault_is_the_same_for_ever():
    """Its number and the seed are enough to have it again."""
    assert [drawn(7, index) for index in range(50)] == [drawn(7, index) for index in range(50)]
    assert drawn(7, 1) != drawn(8, 1)


def test_what_does_not_come_back_is_found_and_what_follows_gets_another_station(monkeypatch, tmp_path):
    """A cable that nobody mends; an opening that nobody recorded and that nobody was there for."""
    monkeypatch.setattr(run, "LANES", run.LANES[:3])
    monkeypatch.setattr(yard, "BACK_LIMIT_S", 1.0)
    monkeypatch.setattr(yard, "ROOT", tmp_path)
    monkeypatch.setattr(yard, "LOGS", tmp_path / "logs")
    monkeypatch.setattr(yard.Yard, "_strike", and_open_unasked(yard.Yard._strike))
    faults = [
        Fault(0, "never mended", Harm(("cut",)), may_pass=True, moment=READING, wait_ms=0, lasts_ms=0),
        Fault(1, "unasked", UNASKED, may_pass=True, moment=READING, wait_ms=0, lasts_ms=0),
        # More than the lanes have begun until the second one is found out.
        *(Fault(index, "none", Harm(), may_pass=True, moment=READING, wait_ms=0, lasts_ms=0) for index in range(2, 8)),
    ]
    told = []

    run.work_off(faults, SEED, told.append)

    recoveries = {one.index: one for one in told}
    assert recoveries[0].recovery_ms is None
    assert any("nobody was let pass" in sentence for sentence in recoveries[0].findings)
    assert any("nobody there who may pass" in sentence for sentence in recoveries[1].findings)
    assert all(recoveries[index].clean for index in range(2, 8))
    assert "events" in (tmp_path / "logs" / "fault_1.log").read_text(encoding="utf-8")


def test_an_opening_whose_outcome_does_not_reach_the_ledger_is_found(monkeypatch, tmp_path):
    """That somebody passed and that nobody came are records; another traveller's, or none, is not."""
    monkeypatch.setattr(run, "LANES", run.LANES[:1])
    monkeypatch.setattr(yard, "ROOT", tmp_path)
    monkeypatch.setattr(yard, "LOGS", tmp_path / "logs")
    monkeypatch.setattr(yard, "REPORT_LIMIT_S", 1.0)
    reported, heard = Probe.reported, []

    def of_nobody(probe, event):
        """What it would have taken for its record is another traveller's."""
        if not reported(probe, event):
            return False
        heard.append(event)
        nobody = {**event, "what": codes.REPORT_NOBODY_CAME}
        assert reported(probe, nobody)
        others = ({**event, "tap": [1, 9999]}, {**event, "what": codes.REPORT_OPENING}, {**event, "lane": "B"})
        return any(reported(probe, other) for other in others)

    monkeypatch.setattr(Probe, "reported", of_nobody)
    told = []

    run.work_off([Fault(0, "lost", Harm(), may_pass=True, moment=READING, wait_ms=0, lasts_ms=0)], SEED, told.append)

    # It is looked at again with each event that follows.
    assert len({(event["lane"], event["index"]) for event in heard}) == 1
    assert any("was not in the ledger" in sentence for sentence in told[0].findings)


def test_what_happens_of_itself_is_seen(monkeypatch, tmp_path):
    """A gate that resets behind everybody's back, though the next traveller passes."""
    monkeypatch.setattr(run, "LANES", run.LANES[:1])
    monkeypatch.setattr(yard, "ROOT", tmp_path)
    monkeypatch.setattr(yard, "LOGS", tmp_path / "logs")
    strike = yard.Yard._strike

    async def reset(self, harm, visit):
        visit.lane.up.clear()
        os.kill(visit.lane.gate._process.pid, signal.SIGKILL)
        visit.lights_out()
        await strike(self, harm, visit)

    monkeypatch.setattr(yard.Yard, "_strike", reset)
    told = []

    run.work_off([Fault(0, "reset", Harm(), may_pass=True, moment=READING, wait_ms=0, lasts_ms=0)], SEED, told.append)

    assert told[0].recovery_ms is not None
    assert "A: the gate was reset 1 times by itself" in told[0].findings


def and_open_unasked(strike):
    """With the blow UNASKED comes an edge of the relay."""

    async def struck(self, harm, visit):
        if harm == UNASKED:
            us = time.monotonic_ns() // 1000
            self._station.checker.relay(visit.lane.spec.name, us, active=True)
            self._station.checker.relay(visit.lane.spec.name, us + 1, active=False)
        await strike(self, harm, visit)

    return struck
