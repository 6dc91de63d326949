"""Gates that are not who they say, and gatehouses that have the wrong keys: refused by name, and nothing opens."""

import asyncio
import contextlib
import shutil

import pytest
from gatehouse.keyfile import KeyFile
from gatelink import codes
from gatelink.keys import HouseKeys
from gatetools import enroll
from gatetools.sim.lane import LaneSpec


@pytest.fixture(scope="module", autouse=True)
def station(stage):
    stage.people.add("green")
    stage.people.add("another green")
    stage.open(lanes=(LaneSpec("A", "lane_a", read_us=20_000), LaneSpec("B", "devkit", read_us=20_000)))
    return stage.station


@pytest.fixture
def spare(stage, station):
    """Lane B with its power off; it gets its own flash back afterwards."""
    lane = station.lanes["B"]
    keys, kept = lane.flash / "keys.bin", lane.flash / "keys.kept"
    stage.run(lane.gate.power_cut())
    shutil.copyfile(keys, kept)
    yield lane
    stage.run(lane.gate.power_cut())
    shutil.move(kept, keys)
    stage.power_on("B")
    stage.run(station.all_up())


def refused(stage, station, reason, act):
    """Do something and wait until the gatehouse refuses somebody for this reason."""

    async def run():
        told = asyncio.ensure_future(
            station.wait_for(lambda event: (event["event"], event.get("reason")) == ("refused", reason))
        )
        await asyncio.sleep(0)
        act()
        return await told

    return stage.run(run())


def stays_shut(stage, lane):
    """A traveller who may pass finds this lane shut."""
    swipe = stage.visit("green", lane)
    return swipe.relay_us is None and swipe.verdict is None


def test_a_second_gate_with_the_same_identity_is_refused(stage, station, spare):
    """The newcomer is refused and named; the gate that was there goes on."""
    shutil.copyfile(station.lanes["A"].flash / "keys.bin", spare.flash / "keys.bin")

    told = refused(stage, station, codes.REFUSED_LIVE_ELSEWHERE, spare.gate.power_on)

    assert "A" == told["lane"]
    assert str(told["port"]).endswith("B.house")
    assert stays_shut(stage, "B")
    assert codes.REPORT_PASSED == stage.visit("another green", "A").outcome


def test_an_old_copy_of_a_gate_is_refused(stage, station, spare):
    """A copy of its flash is worth nothing once the gate has had another session."""
    lane = station.lanes["A"]
    copy = lane.flash / "keys.copy"
    shutil.copyfile(lane.flash / "keys.bin", copy)

    async def another_session():
        await lane.gate.power_cut()
        lane.up.clear()
        lane.gate.power_on()
        await station.all_up()
        await lane.gate.power_cut()
        await station.wait_for(lambda event: (event["event"], event["lane"]) == ("down", "A"))

    spare.up.set()
    stage.run(another_session())
    shutil.copyfile(copy, spare.flash / "keys.bin")

    assert refused(stage, station, codes.REFUSED_ROLLED_BACK, spare.gate.power_on)
    assert stays_shut(stage, "B")
    stage.power_on("A")


def test_a_gate_that_is_not_enrolled_here_is_refused(stage, station, spare, tmp_path):
    """Enrolled elsewhere is not enrolled here."""
    keys = KeyFile(tmp_path / "keys.db", create=True, protector="file")
    gate = enroll.simulated(station.tree, spare.spec.board, spare.flash)
    enroll.carry_out(gate, keys, enroll.plan(enroll.who(gate), keys, "B"))
    keys.close()

    assert refused(stage, station, codes.REFUSED_UNKNOWN_GATE, spare.gate.power_on)
    assert stays_shut(stage, "B")


def test_a_gatehouse_with_a_wrong_key_serves_nobody(stage, station):
    """Neither side accepts the other; the lane sends people to staff until the right key is back."""

    def exchange(key):
        with contextlib.closing(KeyFile(station.folder / "keys.db")) as keys:
            (gate,) = [gate for gate in keys.gates() if gate.lane == "A"]
            wrong = keys._vault.seal_gate(gate.identity, HouseKeys(key, gate.keys.count, gate.keys.chain_key))
            keys._db.execute("update gates set sealed = ? where lane = 'A'", (wrong,))
        return gate.keys.static_key

    async def restart():
        await station.gatehouse.stop()
        for lane in station.lanes.values():
            lane.up.clear()
        old = exchange(bytes(32))
        await station.gatehouse.start()
        return old

    old = stage.run(restart())
    assert stays_shut(stage, "A")
    assert not station.lanes["A"].up.is_set()

    async def mend():
        told = asyncio.ensure_future(
            station.wait_for(lambda event: event["event"] == "report" and event["what"] == codes.REPORT_NOT_OPENED)
        )
        await asyncio.sleep(0)
        exchange(old)
        return await told

    assert stage.run(mend())["detail"] in (codes.REASON_HOST_AWAY, codes.REASON_NO_ANSWER)
    stage.settled()
    assert codes.REPORT_PASSED == stage.visit("another green", "A").outcome


def test_the_judge_agrees(stage):
    """No wrong opening, nothing lost, nothing twice."""
    assert [] == stage.settled().sentences
