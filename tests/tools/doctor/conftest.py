"""What the doctor's tests share: a machine in a folder, in the true formats of /sys, /proc, /dev and /run."""

import contextlib
import os
import random
import sqlite3
import time
import tty
from pathlib import Path

import pytest
from gatehouse import noticeboard
from gatehouse.keyfile import KeyFile
from gatehouse.ledger import Entry, Ledger
from gatehouse.register import Register
from gatelink import codes as link
from gatetools.doctor.patient import Patient, patient
from gatetools.doctor.system import PortSeen, System, User

HOUR_S = 3600


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


class Station:
    """Settings, key file, register and ledger in a folder, made by the gatehouse's own code."""

    def __init__(self, folder, machine, port):
        self.machine, self.folder = machine, folder
        self.data, self.keys_path = folder / "data", folder / "keys" / "keys.db"
        self.config = folder / "gatehouse.toml"
        self.write(f'[[port]]\nurl = "{port}"\n')
        with contextlib.closing(KeyFile(self.keys_path, create=True)) as keys:
            self.key = keys.secret("register")
        with contextlib.closing(Ledger(self.data / "ledger.db")) as ledger:
            entry = Entry(b"GATE-A1.", "A", 1, link.REPORT_BOOTED, 1, 0, 0, 0, int(time.time()), None)
            ledger.commit(entry)
        self.know(*[HOUR_S] * 20)

    def write(self, ports, store=""):
        store = store or f'data = "{self.data}"\nkeys = "{self.keys_path}"\n'
        self.config.write_text(f"[store]\n{store}{ports}", encoding="utf-8")

    def know(self, *ages_s):
        """People whose statuses are so old."""
        chance = random.Random(7)
        rows = sorted((chance.randbytes(16), 1, "", int(time.time() - age_s), "test", None) for age_s in ages_s)
        with contextlib.closing(Register(self.data / "register.db", self.key)) as register:
            register.load([rows])

    def enrol(self, lane, sessions=1):
        identity = os.urandom(8)
        with contextlib.closing(KeyFile(self.keys_path)) as keys:
            keys.add_gate(identity, lane, os.urandom(32), os.urandom(32))
            if sessions:
                keys.advance(identity, sessions, os.urandom(32))

    def run_statement(self, path, statement):
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute(statement)
            database.commit()

    def notice(self, *standings):
        noticeboard.write(noticeboard.path_in(self.data), list(standings))

    @property
    def patient(self):
        return self.machine.patient(config=self.config)


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
def station(tmp_path, machine):
    folder = tmp_path / "station"
    folder.mkdir()
    return Station(folder, machine, "/dev/gate")


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
            for language in ("zh", "en"):
                assert finding.says(language)
                assert finding.remedy(language) or finding.severity == 0
        return [(finding.code, finding.subject) for finding in found]

    return of
