"""A station for a whole test module: real firmware, real gatehouse, models around them."""

import asyncio
import datetime
import time

import pytest
from gatetools.sim import people
from gatetools.sim.people import Behaviour, TrueColour
from gatetools.sim.station import Station, new_loop

NOW = datetime.datetime.now().astimezone()


class People:
    """Travellers by what is special about them; the same name is always the same person within a run."""

    def __init__(self):
        self._made = {}

    def __getitem__(self, name):
        return self._made[name]

    def add(self, name, colour=TrueColour.GREEN, behaviour=Behaviour.NORMAL, age_hours=1.0, kind=people.Kind.RESIDENT):
        self._made[name] = people.one(len(self._made) + 1000, colour, behaviour, kind, age_hours=age_hours, now=NOW)
        return self._made[name]

    def all(self):
        return list(self._made.values())


class Stage:
    """One event loop for a module, and the station on it."""

    def __init__(self):
        self._runner = asyncio.Runner(loop_factory=new_loop)
        self._open = None
        self.people = People()
        self.station = None

    def open(self, **options):
        """Start a station that knows all people added so far, and wait for its lanes."""
        self.start(**options)
        self.run(self.station.all_up())

    def start(self, **options):
        """Start a station that knows all people added so far."""

        async def enter():
            self.station = Station(self.people.all(), **options)
            await self.station.__aenter__()
            self._open = self.station

        self.run(enter())

    def run(self, what):
        return self._runner.run(what)

    def power_on(self, lane):
        """Give a gate its power back."""

        async def switch():
            self.station.lanes[lane].up.clear()
            self.station.lanes[lane].gate.power_on()

        self.run(switch())

    def visit(self, name, lane="A"):
        """One traveller's visit at a lane."""
        return self.run(self.station.lanes[lane].serve(self.people[name]))

    def until(self, condition, limit_s=10.0):
        """Wait for something that no event tells."""

        ends_at = time.monotonic() + limit_s
        while not condition():
            assert time.monotonic() < ends_at, "it did not happen"
            self.run(asyncio.sleep(0.01))

    def settled(self):
        """Everything that happened, once every report is in the ledger."""
        self.run(self.station.settled())
        return self.station.judge()

    def close(self):
        try:
            if self._open is not None:
                self.run(self._open.__aexit__(None, None, None))
        finally:
            self._runner.close()


@pytest.fixture(scope="module")
def stage():
    """A stage whose station every test of the module shares; each module adds its people and opens it."""
    made = Stage()
    yield made
    made.close()
