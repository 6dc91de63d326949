"""What a demonstration shows in each round: a code, a staff card, a card laid down wrongly, a reader that dies.

Lane A has a QR module and a voice, lane B a Wiegand reader. Wiegand reader, card module and a sign together want more
heap than a simulated gate has (192 KB with the chip's model in it).
"""

import asyncio
import contextlib
import datetime

from gatelink import codes

from gatetools.sim import people, staff_cards
from gatetools.sim.gatehouse import Event
from gatetools.sim.lane import Lane, LaneSpec
from gatetools.sim.people import Behaviour, Traveller, TrueColour
from gatetools.sim.sam_v import FROZEN

LANES = (
    LaneSpec("A", "lane_a", readers=("sam_v", "qr"), sign="voice"),
    LaneSpec("B", "devkit", readers=("sam_v", "wiegand")),
)
STAFF_CARD = f"wiegand:{staff_cards.FRAME}"
CODE = "code:7Q2M-K4XW-99TB-H3CD"
ROUND = 15  # after so many visits of a lane it begins anew
CODE_AT, STAFF_AT, OLD_MAN_AT = 2, 1, 3  # visits of a round
OLD_MAN = 1900  # of whom he is made
DEAD_S = 10.0  # within this a reader that dies is told of, reset and back


class Programme:
    """Who comes to a lane instead of the next traveller, and when a reader dies.

    travellers: those of them whom the register has to know.
    """

    def __init__(self, now: datetime.datetime, *, empty: bool) -> None:
        """empty: nobody else comes, and no reader dies."""
        an_hour_ago = now - datetime.timedelta(hours=1)
        code = Traveller(CODE, TrueColour.GREEN, an_hour_ago, Behaviour.NORMAL)
        # He takes his card away too early, hears what to do, and lays it down again.
        old_man = people.one(OLD_MAN, TrueColour.GREEN, Behaviour.TAKEN_AWAY, now=now)
        self.travellers = () if empty else (code, old_man)
        staff = Traveller(STAFF_CARD, TrueColour.GREEN, an_hour_ago, Behaviour.NORMAL)
        guests = {("A", CODE_AT): code, ("A", OLD_MAN_AT): old_man, ("B", STAFF_AT): staff}
        self._guests = {} if empty else guests
        self._back = asyncio.Event()

    def guest(self, lane: Lane, visit: int) -> Traveller | None:
        """Who comes as this visit of the lane, None for the next traveller."""
        return self._guests.get((lane.spec.name, visit % ROUND))

    def dies(self, lane: Lane, visit: int, left_s: float) -> bool:
        """Whether the lane's card module freezes now; it is reset by its gate. left_s: until the end."""
        if not self._guests or (lane.spec.name, visit % ROUND) != ("A", CODE_AT) or left_s < DEAD_S + 1:
            return False
        self._back.clear()
        lane.module.fault = FROZEN
        return True

    async def revived(self) -> None:
        """Wait until it has come back; nobody lays a card on it meanwhile."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DEAD_S):
                await self._back.wait()

    def told(self, event: Event) -> None:
        """The gatehouse tells something."""
        if event["event"] == "fault" and event["what"] == codes.FAULT_READER_BACK:
            self._back.set()
