"""USB serial adapters on the bus: each has its driver and its port, and no other program grabs it.

Reads sysfs as Linux lays it out: a device's folder holds idVendor and idProduct, the folders of its interfaces hold
`driver` and the tty. Other systems show a port only when its driver works, so there is nothing to tell them apart by.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gatetools.doctor.adapters import ADAPTERS, Adapter
from gatetools.doctor.finding import Finding
from gatetools.doctor.patient import Patient
from gatetools.doctor.system import System

BUS = "/sys/bus/usb/devices"
RULES = ("/usr/lib/udev/rules.d", "/lib/udev/rules.d", "/etc/udev/rules.d")
TTY = re.compile(r"tty(USB|ACM)\d+")
TAKEN = "usbfs"  # what sysfs calls the driver of an interface that a program talks to by itself


@dataclass(frozen=True, slots=True)
class OnBus:
    """An adapter on the bus. drivers: of its interfaces. ttys: its ports. at_risk: a rule of brltty names it."""

    place: str
    vendor: str
    product: str
    drivers: tuple[str, ...]
    ttys: tuple[str, ...]
    at_risk: bool = False

    @property
    def adapter(self) -> Adapter:
        """What it is."""
        return ADAPTERS[self.vendor, self.product]


def findings(patient: Patient) -> Iterator[Finding]:
    """Each adapter that is plugged in."""
    system = patient.system
    if system.platform != "linux":
        yield Finding("not-asked", "USB", {"system": system.platform})
        return
    names = {name for _, name in system.processes()}
    rules = brltty_rules(system)
    for found in on_bus(system, rules):
        yield from judge(found, brltty="brltty" in names)
        if "ModemManager" in names and found.ttys and not all(ignored(system, tty) for tty in found.ttys):
            ids = {"vendor": found.vendor, "product": found.product}
            yield Finding("modem-manager", ", ".join(f"/dev/{tty}" for tty in found.ttys), ids)


def on_bus(system: System, rules: str) -> Iterator[OnBus]:
    """Every adapter of the table that sysfs shows. `rules`: see `brltty_rules`."""
    for place in system.names(BUS):
        folder = f"{BUS}/{place}"
        ids = (system.text(f"{folder}/idVendor") or "").lower(), (system.text(f"{folder}/idProduct") or "").lower()
        if ids not in ADAPTERS:
            continue
        interfaces = [f"{folder}/{name}" for name in system.names(folder) if name.startswith(f"{place}:")]
        links = [f"{one}/driver" for one in interfaces if system.there(f"{one}/driver")]
        drivers = [system.name(system.path(link)).rsplit("/", 1)[-1] for link in links]
        # usb-serial puts ttyUSB0 into the interface's folder, cdc_acm puts ttyACM0 into its folder `tty`.
        inside = [name for one in interfaces for name in system.names(one) + system.names(f"{one}/tty")]
        ttys = sorted({name for name in inside if TTY.fullmatch(name)})
        yield OnBus(
            place, *ids, tuple(drivers), tuple(ttys), "{}/{}/".format(*(one.lstrip("0") for one in ids)) in rules
        )


def judge(found: OnBus, *, brltty: bool) -> Iterator[Finding]:
    """`brltty`: that service is running."""
    name = {"name": f"{found.adapter.name}, {found.vendor}:{found.product}"}
    if found.ttys:
        yield Finding("adapter-good", found.place, {**name, "tty": ", ".join(found.ttys)})
        if found.at_risk:
            yield Finding("adapter-at-risk", found.place, name)
    elif TAKEN in found.drivers:
        yield Finding("adapter-taken-by-brltty" if brltty else "adapter-taken", found.place, name)
    elif brltty and found.at_risk:
        yield Finding("adapter-taken-by-brltty", found.place, name)
    else:
        yield Finding("adapter-no-driver", found.place, {**name, "driver": found.adapter.driver})


def brltty_rules(system: System) -> str:
    """What brltty's udev rules say, comments left out. A line names a device as ENV{PRODUCT}=="1a86/7523/*"."""
    files = [f"{folder}/{name}" for folder in RULES for name in system.names(folder) if "brltty" in name]
    lines = [line for file in files for line in (system.text(file) or "").splitlines()]
    return "\n".join(line for line in lines if not line.lstrip().startswith("#")).lower()


def ignored(system: System, tty: str) -> bool:
    """Whether udev's database tells ModemManager to leave a port alone: /run/udev/data/c188:0 with E:NAME=VALUE."""
    number = system.text(f"/sys/class/tty/{tty}/dev") or ""
    lines = (system.text(f"/run/udev/data/c{number}") or "").splitlines() if number else []
    return bool({"E:ID_MM_DEVICE_IGNORE=1", "E:ID_MM_PORT_IGNORE=1"} & set(lines))
