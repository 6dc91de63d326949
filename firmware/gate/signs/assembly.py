"""Puts the signs of a lane together. Loaded where one is configured, and for the start alone."""

import gc

from gate.chosen import LANGUAGES, PORTS, Chosen
from gate.signs.speaker import Speaker

SIGN_PORT = "QR"  # as in `settings`, which lets one sign listen there
SIGN_BAUD = 9600


def assemble(chosen: Chosen, readers: "list[tuple[object, object]]", open_port: object, now: int) -> Speaker:
    """The configured signs, their ports opened by `open_port(name, baud)`.

    readers: drivers with their ports, for a sign may listen where a reader talks.
    """
    ports = {}
    for name, (reader, port) in zip(chosen.readers, readers):
        ports[PORTS[name]] = port
        if PORTS[name] == SIGN_PORT and hasattr(reader, "heard"):
            reader.heard = False  # what it says would reach the sign
    found = []
    for name in chosen.signs:
        module = __import__("gate.signs." + name, None, None, ("Driver",))
        gc.collect()
        driver = module.Driver(chosen.volume, LANGUAGES.index(chosen.language), now)
        found.append((driver, ports.get(SIGN_PORT) or open_port(SIGN_PORT, SIGN_BAUD)))
    return Speaker(found)
