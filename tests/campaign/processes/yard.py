"""A station under fire: takes faults, strikes, and sees each lane back in order before the next one."""

import asyncio
import time
from collections import deque
from pathlib import Path

from gatetools.sim.station import Station, StationFailed

from tests.campaign.recovery import Recovery

from .faults import ANSWERED, Fault
from .visit import ANSWER_WAIT_S, EMPTY_WAIT_S, Probe, Visit, soon
from .witness import Witness

ROOT = Path(__file__).resolve().parents[3]
LOGS = ROOT / "build" / "campaign"
BACK_LIMIT_S = 20.0
REPORT_LIMIT_S = 10.0


class Yard:
    """`may_pass` and `may_not` are travellers; `told` gets a Recovery for each fault."""

    def __init__(self, station: Station, may_pass, may_not, told):
        self.broken = False  # what comes after a broken promise says nothing
        self._station = station
        self._may_pass = may_pass
        self._may_not = may_not
        self._told = told
        self._witness = Witness(station)
        self._up_s = dict.fromkeys(station.lanes, 0.0)
        self._taps = {name: set() for name in station.lanes}
        self._probes = {}

    def told(self, event):
        """An event of the gatehouse."""
        self._witness.told(event)
        lane = event.get("lane")
        if event["event"] == "up":
            self._up_s[lane] = _now()
        if lane in self._probes:
            self._probes[lane].told(event)
        if "tap" in event:
            self._taps[lane].add(tuple(event["tap"]))

    async def run(self, faults: "deque[Fault]"):
        """Work them off, each lane its own at the same time; what is left when something broke stays in `faults`."""
        await self._station.all_up()
        ofall = deque(fault for fault in faults if fault.harm.house)
        ofone = deque(fault for fault in faults if not fault.harm.house)
        faults.clear()
        lanes = list(self._station.lanes.values())
        rounds = max(1, len(ofall))
        share = -(-len(ofone) // rounds)
        while (ofone or ofall) and not self.broken:
            turn = deque(ofone.popleft() for _ in range(min(share, len(ofone))))
            await asyncio.gather(*(self._work(lane, turn) for lane in lanes))
            faults.extend(turn)
            if ofall and not self.broken:
                await self._face(ofall.popleft(), lanes)
        faults.extend((*ofone, *ofall))

    async def _work(self, lane, faults):
        while faults and not self.broken:
            await self._face(faults.popleft(), [lane])

    async def _face(self, fault, lanes):
        """One fault and what follows."""
        found = []
        recovery_ms = None
        try:
            recovery_ms = await self._recovery_ms(fault, lanes)
        except StationFailed as failure:
            found.append(str(failure).partition("\n")[0])
        names = [lane.spec.name for lane in lanes]
        found += self._station.judge(names).sentences
        found += self._witness.sentences(lanes)
        if found:
            self.broken = True
            found.append(f"logs in {self._keep_logs(fault)}")
        self._told(Recovery(fault.family, fault.index, recovery_ms, tuple(found)))

    def _keep_logs(self, fault):
        """What everybody said last, with the fault; the station's folder goes away with it."""
        LOGS.mkdir(parents=True, exist_ok=True)
        path = LOGS / f"fault_{fault.index}.log"
        events = "\n".join(map(str, self._station.events[-200:]))
        path.write_text(f"{fault}\n{self._station.tail()}\n--- events\n{events}\n", encoding="utf-8")
        return path.relative_to(ROOT)

    async def _recovery_ms(self, fault, lanes):
        visits = [Visit(lane, self._may_pass if fault.may_pass else self._may_not) for lane in lanes]
        walking = [asyncio.ensure_future(visit.run()) for visit in visits]
        try:
            await self._moment(fault, visits[0])
            lifted_s = await self._blow(fault, visits)
            if fault.again is not None:
                await self._again(fault.again, lanes, lifted_s)
                lifted_s = await self._blow(fault, visits)
            await asyncio.gather(*walking)
        finally:
            for walk in walking:
                walk.cancel()
        ends = await asyncio.gather(*(self._back_ms(visit, lifted_s) for visit in visits), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return max(ends)

    async def _moment(self, fault, visit):
        reading, answered = visit.lane.reader.reading, visit.swipe.answered
        await soon(reading.wait(), EMPTY_WAIT_S)
        if fault.moment == ANSWERED:
            await soon(answered.wait(), ANSWER_WAIT_S)
        await asyncio.sleep(fault.wait_ms / 1000)

    async def _again(self, again, lanes, lifted_s):
        if again.after_first_up:
            ups = [asyncio.ensure_future(lane.up.wait()) for lane in lanes]
            await asyncio.wait(ups, timeout=BACK_LIMIT_S, return_when=asyncio.FIRST_COMPLETED)
            for up in ups:
                up.cancel()
            lifted_s = _now()
        await asyncio.sleep(max(0.0, lifted_s + again.wait_ms / 1000 - _now()))

    async def _blow(self, fault, visits):
        """Strike, hold, lift; the moment of the end."""
        station, harm = self._station, fault.harm
        if harm.house:
            await station.gatehouse.stop(kill=True)
        for visit in visits:
            await self._strike(harm, visit)
        await asyncio.sleep(fault.lasts_ms / 1000)
        for visit in visits:
            for command in harm.lift:
                await station.cables[visit.lane.spec.name].obey(command)
            if harm.power:
                visit.lane.gate.power_on()
                self._witness.power_ons[visit.lane.spec.name] += 1
        if harm.house:
            await station.gatehouse.start()
        return _now()

    async def _strike(self, harm, visit):
        lane = visit.lane
        if harm.power:
            await lane.gate.power_cut()
            visit.lights_out()
        if harm.power or harm.house:
            lane.up.clear()
        for command in harm.strike:
            await self._station.cables[lane.spec.name].obey(command)

    async def _back_ms(self, visit, lifted_s):
        """Until the link was back and what was asked meanwhile was answered; a traveller then passes as on any day.

        StationFailed if that does not come.
        """
        lane = visit.lane
        ends_s = lifted_s + BACK_LIMIT_S
        tries = 0
        while True:
            await soon(lane.up.wait(), ends_s - _now())
            probe = self._probes[lane.spec.name] = Probe(lane, self._may_pass, self._taps[lane.spec.name])
            reported = asyncio.ensure_future(self._station.wait_for(probe.reported, REPORT_LIMIT_S))
            await asyncio.sleep(0)
            await probe.run()
            tries += 1
            if probe.went_well():
                break
            reported.cancel()
            if _now() > ends_s:
                raise StationFailed(f"{lane.spec.name}: nobody was let pass for {BACK_LIMIT_S:.0f} s")
        try:
            await reported
        except StationFailed:
            raise StationFailed(
                f"{lane.spec.name}: what became of an opening was not in the ledger after {REPORT_LIMIT_S:.0f} s"
            ) from None
        if tries > 1:
            return 1000 * (probe.answered_s - lifted_s)
        back_ms = max(1000 * (self._up_s[lane.spec.name] - lifted_s), visit.waited_ms(lifted_s))
        return back_ms if back_ms > 0 else probe.waited_ms(lifted_s)


def _now():
    return time.monotonic()
