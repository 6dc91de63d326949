"""Cables, ports, processes and power that go and come back: nothing opens wrongly, nothing is lost."""

import asyncio

import pytest
from gatelink import codes
from gatetools.sim.lane import LaneSpec
from gatetools.sim.people import TrueColour


@pytest.fixture(scope="module", autouse=True)
def station(stage):
    for name in ("green", "another green", "in the noise"):
        stage.people.add(name)
    stage.people.add("red", TrueColour.RED)
    stage.open(lanes=(LaneSpec("A", "lane_a", read_us=20_000), LaneSpec("B", "devkit", read_us=20_000)))
    return stage.station


def happens(event, lane="A", **facts):
    return lambda told: (
        told["event"] == event
        and told["lane"] == lane
        and all(told.get(name) == value for name, value in facts.items())
    )


@pytest.fixture(autouse=True)
def sound_afterwards(stage, station):
    """After each test both lanes serve again and the judge has nothing to say."""
    yield
    stage.run(station.all_up())
    stage.settled()

    async def visits():
        green = stage.people["another green"]
        return await asyncio.gather(*(lane.serve(green) for lane in station.lanes.values()))

    assert [codes.REPORT_PASSED] * 2 == [swipe.outcome for swipe in stage.run(visits())]
    assert [] == stage.settled().sentences


@pytest.mark.parametrize("end", ["house", "gate"])
def test_a_port_that_vanishes_comes_back(stage, station, end):
    """Travellers go to staff meanwhile; afterwards the same lane is served on the new device."""

    async def pull():
        cable = station.cables["A"]
        await station.after(cable.obey(f"unplug {end}"), happens("down"))
        swipe = await station.lanes["A"].serve(stage.people["green"])
        await station.after(cable.obey(f"plug {end}"), happens("up"))
        return swipe

    swipe = stage.run(pull())

    assert swipe.relay_us is None


def test_a_cut_cable_keeps_reports_until_it_is_whole(stage, station):
    """What happened meanwhile is told afterwards."""

    async def cut():
        lane = station.lanes["A"]
        cable = station.cables["A"]
        await station.after(cable.obey("cut"), happens("down"))
        await lane.serve(stage.people["green"])
        return await station.after(cable.obey("mend"), happens("report", what=codes.REPORT_NOT_OPENED))

    told = stage.run(cut())

    assert told["detail"] in (codes.REASON_HOST_AWAY, codes.REASON_NO_ANSWER)


def test_a_cable_cut_while_the_verdict_is_under_way_opens_nothing(stage, station):
    """The answer never comes: staff."""

    async def cut():
        lane = station.lanes["A"]
        visit = asyncio.ensure_future(lane.serve(stage.people["green"]))
        await lane.reader.reading.wait()
        await station.cables["A"].obey("cut")
        swipe = await visit
        await station.cables["A"].obey("mend")
        return swipe

    assert stage.run(cut()).relay_us is None


def test_a_killed_gatehouse_comes_back(stage, station):
    """Killed as power goes, in the middle of the day; every report reaches the ledger after its return."""

    async def kill():
        await station.gatehouse.stop(kill=True)
        for lane in station.lanes.values():
            lane.up.clear()
        swipe = await station.lanes["A"].serve(stage.people["green"])
        await station.gatehouse.start()
        await station.all_up()
        return swipe

    assert stage.run(kill()).relay_us is None


def test_a_gatehouse_that_ends_in_order_comes_back(stage, station):
    """SIGTERM: exit status 0, and as good as new afterwards."""

    async def end():
        status = await station.gatehouse.stop()
        for lane in station.lanes.values():
            lane.up.clear()
        await station.gatehouse.start()
        await station.all_up()
        return status

    assert 0 == stage.run(end())


def test_a_gatehouse_killed_while_somebody_passes_loses_nothing(stage, station):
    """The opening and its outcome are told to the next one."""

    async def kill():
        lane = station.lanes["A"]
        swipe = lane.approach(stage.people["green"])
        visit = asyncio.ensure_future(lane.attend(swipe))
        await swipe.opened.wait()
        await station.gatehouse.stop(kill=True)
        for each in station.lanes.values():
            each.up.clear()
        await station.gatehouse.start()
        return await visit

    assert stage.run(kill()).relay_us is not None


def test_a_gate_that_loses_power_comes_back(stage, station):
    """A new boot, the same keys, the same lane; the reports of before are still told."""

    async def cut():
        lane = station.lanes["B"]
        await lane.gate.power_cut()
        lane.up.clear()
        lane.gate.power_on()
        return await station.wait_for(happens("report", "B", what=codes.REPORT_BOOTED))

    assert stage.run(cut())


def test_a_gate_whose_journal_was_wiped_loses_no_record(stage, station):
    """Its next record begins with 1 where the ledger has more: it is told behind those, and once."""
    lane = station.lanes["B"]

    async def wipe():
        await lane.gate.power_cut()
        lane.up.clear()
        (lane.flash / "journal.bin").write_bytes(b"")
        lane.gate.power_on()
        return await station.wait_for(happens("report", "B", what=codes.REPORT_BOOTED))

    stage.visit("green", "B")
    stage.settled()
    assert stage.run(wipe())["index"] > 2


def test_power_that_goes_after_the_opening_is_told_as_unknown(stage, station):
    """The ledger knows that the lane was opened, and that nobody knows what became of it."""

    async def cut():
        lane = station.lanes["A"]
        swipe = lane.approach(stage.people["green"])
        visit = asyncio.ensure_future(lane.attend(swipe))
        await swipe.opened.wait()
        await lane.gate.power_cut()
        lane.up.clear()
        visit.cancel()
        lane.reader.remove()
        lane.gate.power_on()
        return await station.wait_for(happens("report", what=codes.REPORT_UNKNOWN))

    assert stage.run(cut())


def test_a_noisy_line_slows_down_and_loses_nothing(stage, station):
    """Flipped, lost and doubled bytes in both directions: what opens is right, what happened is told."""

    async def noise():
        lane = station.lanes["A"]
        await station.cables["A"].obey("damage flip=0.002 lose=0.001 duplicate=0.001 noise=0.001")
        swipes = [await lane.serve(stage.people[name]) for name in ("in the noise", "red") * 4]
        await station.cables["A"].obey("damage")
        return swipes

    swipes = stage.run(noise())

    assert all(swipe.relay_us is None for swipe in swipes[1::2])
    assert any(swipe.relay_us is not None for swipe in swipes[::2])


REFUSED = (
    ('{"relays": 3, "control": "level"}', "relays: allowed is a whole number from 1 to 2"),
    ('{"feedback": "beam"}', "feedback: allowed is one of beams, contact, both"),
    ('{"readers": ["sam_v", "sam_v"]}', "readers: sam_v and sam_v both need port SAM_V, and this board has one"),
    ('{"colour": 1}', "there is no setting of this name: colour"),
    ('{"relays" 2}', "settings.json: at byte 10 should be :"),
)


def test_settings_that_a_gate_refuses_are_told_with_the_key_and_what_is_allowed(stage, station):
    """A file that somebody copied onto it; the gate serves with the last good ones, and staff read why."""
    lane = station.lanes["A"]
    for text, why in REFUSED:
        stage.run(lane.gate.power_cut())
        (lane.flash / "fs" / "settings.json").write_text(text, encoding="utf-8")
        told = station.wait_for(happens("fault", what=codes.FAULT_SETTINGS_REFUSED), 10.0)

        async def switch_on(told=told):
            lane.up.clear()
            lane.gate.power_on()
            return await told

        assert stage.run(switch_on())["said"] == why
