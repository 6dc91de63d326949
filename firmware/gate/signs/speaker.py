"""The signs of a lane that speak or write, together. Loaded where one is configured."""

import gc

from gate.chosen import LANGUAGES, PORTS, Chosen
from gatelink.ticks import sooner

SIGN_PORT = "QR"  # as in `settings`, which lets one sign listen there
SIGN_BAUD = 9600


def assemble(chosen: Chosen, readers: "list[tuple[object, object]]", open_port: object, now: int) -> "Speaker":
    """The configured signs, their ports opened by `open_port(name, baud)`.

    readers: drivers with their ports, for a sign may listen where a reader talks.
    """
    ports = {}
    for name, (reader, port) in zip(chosen.readers, readers):
        ports[PORTS[name]] = port
        if PORTS[name] == SIGN_PORT:
            reader.heard = False  # what it says would reach the sign
    found = []
    for name in chosen.signs:
        module = __import__("gate.signs." + name, None, None, ("Driver",))
        gc.collect()
        driver = module.Driver(chosen.volume, LANGUAGES.index(chosen.language), now)
        found.append((driver, ports.get(SIGN_PORT) or open_port(SIGN_PORT, SIGN_BAUD)))
    return Speaker(found)


class Speaker:
    """`signs`: drivers with their ports. What they are told waits for `speak`: no failure of a sign is the lane's."""

    def __init__(self, signs: "list[tuple[object, object]]") -> None:
        self._signs = signs
        self._shown = None
        self._told = None
        self._uplink = None

    def show(self, order: object) -> None:
        """An orders.Show; of several in one pass the last one counts."""
        self._shown = order

    def listen(self, uplink: object) -> None:
        """Where the gatehouse's word on volume and language is to be had."""
        self._uplink = uplink

    def speak(self, now: int) -> None:
        """A part of a pass: tell the signs what is new, and send what is due."""
        shown, self._shown = self._shown, None
        told = self._uplink.signs_told
        changed = told is not self._told
        self._told = told
        for sign, port in self._signs:
            if changed:
                sign.tell(told.volume, told.language)
            if shown is not None:
                sign.show(shown.signal, shown.reason, now)
            out = sign.bytes_to_send(now)
            if out:
                port.write(out)

    def deadline(self) -> "int | None":
        """When `speak` has work if nothing happens before."""
        due = None
        for sign, _ in self._signs:
            due = sooner(due, sign.deadline())
        return due
