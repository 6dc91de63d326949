"""A gate whose firmware has a reader of its own, `mine`, made by the guide: run as a script in a copy of the tree.

Prints the names of what was shown, one a line. The model speaks the template's bytes.
"""

import asyncio
import sys

from gatelink import codes
from gatetools.sim import passages
from gatetools.sim.lane import LaneSpec
from gatetools.sim.qr import Sent
from gatetools.sim.station import Station, new_loop
from gatetools.sim.walk import STEP_S

UID = b"04A1B2C3D4E5F6"
FROZEN = "frozen"  # until its reset line was low


class Mine:
    """The reader with its card."""

    def __init__(self):
        self.baud = 9600
        self.fault = None
        self.reading = None
        self.told_empty = True
        self._card = None
        self._line = b""

    def place(self, card):
        self._card = card

    def remove(self):
        self._card = None

    def feed(self, data, _now_us):
        *questions, self._line = (self._line + data).split(b"\r")
        if self.fault is not None or b"?" not in questions:
            return []
        return [Sent(b"-\r" if self._card is None else b"=" + self._card + b"\r", self._card)]

    def deadline_us(self):
        return None

    def power_cycle(self, _now_us):
        self.fault = None


def fault(what):
    return lambda event: event["event"] == "fault" and (event["what"], event["detail"]) == (what, 256 * 15)


async def main():
    """A staff card opens; the frozen reader is told, reset, and comes back; the checker agrees."""
    lanes = (LaneSpec("A", "lane_a", readers=("sam_v", "mine")),)
    station = Station([], lanes, staff=(f"uid:{UID.decode()}",))
    lane = station.lanes["A"]
    lane.fittings.qr = reader = Mine()
    lane.codes_that_may_pass.add(UID)
    async with station:
        await station.all_up()

        async def lay():
            lane.scanner.place(UID)

        await station.after(lay(), lambda event: event.get("what") == codes.REPORT_OPENING)
        lane.scanner.remove()
        print("opened")
        await asyncio.sleep(STEP_S)
        await station.after(lane.pass_beams(passages.PASS), lambda event: event.get("what") == codes.REPORT_PASSED)
        print("passed")

        async def freeze():
            reader.fault = FROZEN

        # It comes back by the reset line, within a second: both are waited for from the beginning.
        back = asyncio.ensure_future(station.wait_for(fault(codes.FAULT_READER_BACK)))
        await station.after(freeze(), fault(codes.FAULT_READER_SILENT), 5.0)
        print("silent")
        await back
        print("back")
        await station.settled()
        print("clean" if station.judge().clean else station.judge().sentences)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_loop) as runner:
        sys.exit(runner.run(main()))
