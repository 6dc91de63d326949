"""Simulated platforms in a thread of their own, for a gatehouse that is a process of its own."""

import asyncio
import threading
import time

from gatetools.sim.people import Kind
from gatetools.sim.platforms.all_servers import SERVERS
from gatetools.sim.platforms.faults import MEDIAN_S, Faults
from gatetools.sim.platforms.table import Known, Sample, Table


def person(number, colour="green", *, result="negative", kind=Kind.RESIDENT, set_h=1.0):
    """Somebody whom a platform knows."""
    return Known(number, kind, colour, set_h, Sample(result, 9, 8, 7) if result else None, 2)


class Province:
    """Simulated platforms by name; `people`: who is known to all of them."""

    def __init__(self, *names, people=()):
        self.servers = {name: SERVERS[name](Table(list(people), time.time), Faults.none()) for name in names}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        for server in self.servers.values():
            self._do(server.start())

    def _do(self, what):
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(20)

    def takes_s(self, name, seconds):
        """From now on each of its answers takes so long."""
        faults = self.servers[name].faults
        faults.pace = float(seconds > 0)
        faults.chance.lognormvariate = lambda *_: seconds / MEDIAN_S

    def knows(self, name, *people):
        """One platform knows these people, and them alone."""
        self.servers[name].table = Table(list(people), time.time)

    def seen(self, name):
        """How many requests came."""
        return len(self.servers[name].seen)

    def settings(self, folder):
        """Tables [platforms.NAME], with their files of credentials in a folder."""
        text = ""
        for name, server in self.servers.items():
            file = folder / f"{name}.credentials"
            file.write_text("".join(f'{key} = "{value}"\n' for key, value in server.credentials.items()), "utf-8")
            file.chmod(0o600)
            text += f'[platforms.{name}]\ndialect = "{name}"\nurl = "{server.url}"\ncredentials = "{file.name}"\n'
        return text

    def close(self):
        for server in self.servers.values():
            self._do(server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
