"""Every platform that the bench can play, by name."""

from gatetools.sim.platforms.beijing import Beijing
from gatetools.sim.platforms.guangdong import Guangdong
from gatetools.sim.platforms.national import National
from gatetools.sim.platforms.plain import Plain
from gatetools.sim.platforms.server import Server
from gatetools.sim.platforms.shanghai import Shanghai

SERVERS: dict[str, type[Server]] = {one.name: one for one in (Plain, National, Guangdong, Beijing, Shanghai)}
