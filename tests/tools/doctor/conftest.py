"""What the doctor's tests share: a machine in a folder, in the true formats of /sys, /proc, /dev and /run."""

import contextlib
import os
import tty
from pathlib import Path

import pytest
from gatetools.doctor.patient import Patient, patient
from gatetools.doctor.system import PortSeen, System, User

SEEN: set[str] = set()  # every code that any test of this run has provoked


class Machine:
    """A folder that looks like the root of a Linux PC with nothing wrong and nothing plugged in."""

    def __init__(self, root: Path):
        self.root = root / "machine"
        self.programs = root / "programs"
        self.programs.mkdir()
        self.listed: list[PortSeen] = []
        self.user = User("operator", 4711, frozenset({4711}))
        self.platform = "linux"
        self.write("/etc/group", "root:x:0:\ndialout:x:20:\n")
        self.write("/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n")
        self.write("/proc/sys/kernel/core_pattern", "core\n")
        self.program("timedatectl", "echo NTPSynchronized=yes")
        self.program("systemctl", "echo enabled")

    def write(self, name, text):
        path = self.root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def link(self, name, target):
        path = self.root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    def program(self, name, script):
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def process(self, pid, name, *held):
        self.write(f"/proc/{pid}/comm", f"{name}\n")
        for number, device in enumerate(held):
            self.link(f"/proc/{pid}/fd/{number}", device)

    def usb(self, place, vendor, product, *, driver=None, tty=None):
        """A device on the bus as sysfs shows it: one interface, its driver, its tty."""
        folder = f"/sys/devices/pci0000:00/0000:00:14.0/usb{place[0]}/{place}"
        self.write(f"{folder}/idVendor", f"{vendor}\n")
        self.write(f"{folder}/idProduct", f"{product}\n")
        self.write(f"{folder}/{place}:1.0/bInterfaceNumber", "00\n")
        self.link(f"/sys/bus/usb/devices/{place}", self.root / folder.lstrip("/"))
        if driver:
            self.write(f"/sys/bus/usb/drivers/{driver}/module", "")
            self.link(f"{folder}/{place}:1.0/driver", self.root / f"sys/bus/usb/drivers/{driver}")
        if tty:
            inside = tty if tty.startswith("ttyUSB") else f"tty/{tty}"
            self.write(f"{folder}/{place}:1.0/{inside}/uevent", "")
        return folder

    def system(self):
        return System(
            self.root,
            platform=self.platform,
            programs=str(self.programs),
            user=self.user,
            ports=lambda: self.listed,
        )

    def patient(self, *ports, config=None) -> Patient:
        return patient(self.system(), config or Path("none.toml"), ports, named=config is not None)


class Pair:
    """A pseudo-terminal: `name` for the doctor, `fd` for the gate's side."""

    def __init__(self):
        self.fd, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.name = os.ttyname(self.slave)

    def close(self):
        os.close(self.fd)
        os.close(self.slave)


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.fixture
def pair():
    with contextlib.closing(Pair()) as made:
        yield made


@pytest.fixture
def codes():
    """The codes of findings, by their subjects; both languages of each are tried on the way."""

    def of(findings):
        found = list(findings)
        for finding in found:
            SEEN.add(finding.code)
            for language in ("zh", "en"):
                assert finding.says(language)
                assert finding.remedy(language) or finding.severity == 0
        return [(finding.code, finding.subject) for finding in found]

    return of
