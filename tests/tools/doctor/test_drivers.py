"""Adapters on the bus, as sysfs shows them: with a port, without a driver, taken away by another program."""

import random

import pytest
from gatetools.doctor import drivers, latency
from gatetools.doctor.adapters import ADAPTERS

# As Ubuntu 22.04's brltty 6.4 ships them.
BRLTTY = """# brltty
# Device: 1A86:7523
# Baum [NLS eReader Zoomax (20 cells)]
ENV{PRODUCT}=="1a86/7523/*", ENV{BRLTTY_BRAILLE_DRIVER}="bm", GOTO="brltty_usb_run"
#ENV{PRODUCT}=="10c4/ea60/*", ENV{BRLTTY_BRAILLE_DRIVER}="sk", GOTO="brltty_usb_run"
ENV{PRODUCT}=="403/6001/*", ATTRS{manufacturer}=="Hedo Reha Technik GmbH", GOTO="brltty_usb_run"
"""


def of(machine):
    return drivers.findings(machine.patient())


@pytest.mark.parametrize(("ids", "adapter"), ADAPTERS.items(), ids=str)
def test_an_adapter_works_or_lacks_its_driver(machine, codes, ids, adapter):
    """Each known adapter is told with its port, and without one with the name of its driver."""
    tty = "ttyACM0" if adapter.driver == "cdc_acm" else "ttyUSB0"
    machine.usb("1-4", *ids, driver=adapter.driver, tty=tty)
    machine.usb("1-5.2", *ids)
    good, lacking = of(machine)

    assert codes([good, lacking]) == [("adapter-good", "1-4"), ("adapter-no-driver", "1-5.2")]
    assert tty in good.says("en")
    assert f"modprobe {adapter.driver}" in lacking.remedy("en")
    assert f"modprobe {adapter.driver}" in lacking.remedy("zh")


def test_other_devices_on_the_bus_are_nobodys_business(machine, codes):
    """Hubs, mice, and folders that are no device."""
    machine.usb("1-1", "046d", "c077", driver="usbhid")
    machine.write("/sys/bus/usb/devices/usb1/idVendor", "1d6b\n")
    machine.write("/sys/bus/usb/devices/1-0:1.0/bInterfaceClass", "09\n")

    assert codes(of(machine)) == []


def test_brltty_takes_an_adapter(machine, codes):
    """Its rule names the device, the service runs, the port is gone."""
    machine.write("/usr/lib/udev/rules.d/85-brltty.rules", BRLTTY)
    machine.process(812, "brltty")
    machine.usb("1-1", "1a86", "7523", driver="usbfs")
    machine.usb("1-2", "1a86", "7523")
    machine.usb("1-3", "10c4", "ea60")
    machine.usb("1-4", "0403", "6001", driver="ftdi_sio", tty="ttyUSB3")

    assert codes(of(machine)) == [
        ("adapter-taken-by-brltty", "1-1"),
        ("adapter-taken-by-brltty", "1-2"),
        ("adapter-no-driver", "1-3"),
        ("adapter-good", "1-4"),
        ("adapter-at-risk", "1-4"),
    ]


def test_another_program_takes_an_adapter(machine, codes):
    """A virtual machine that passes the device through."""
    machine.usb("1-1", "10c4", "ea60", driver="usbfs")

    assert codes(of(machine)) == [("adapter-taken", "1-1")]


def test_modem_manager_is_told_unless_udev_keeps_it_away(machine, codes):
    """The udev database of the port decides; the remedy names the very ids."""
    machine.process(650, "ModemManager")
    machine.usb("1-1", "1a86", "7523", driver="ch341", tty="ttyUSB0")
    machine.usb("1-2", "10c4", "ea60", driver="cp210x", tty="ttyUSB1")
    machine.write("/sys/class/tty/ttyUSB1/dev", "188:1\n")
    machine.write("/run/udev/data/c188:1", "S:serial/by-id/x\nE:ID_BUS=usb\nE:ID_MM_DEVICE_IGNORE=1\nG:systemd\n")
    found = list(of(machine))

    assert codes(found) == [("adapter-good", "1-1"), ("modem-manager", "/dev/ttyUSB0"), ("adapter-good", "1-2")]
    assert 'ATTRS{idVendor}=="1a86", ATTRS{idProduct}=="7523", ENV{ID_MM_DEVICE_IGNORE}="1"' in found[1].remedy("en")


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_say_that_they_cannot_be_asked(machine, codes, platform):
    """A note, not a silence."""
    machine.platform = platform

    assert codes(of(machine)) == [("not-asked", "USB")]


@pytest.mark.parametrize(("said", "code"), [("16", "adapter-slow"), ("3", "adapter-slow"), ("1", "adapter-fast")])
def test_the_latency_timer(machine, codes, said, code):
    """16 ms at delivery; the remedy is a udev rule as it has to stand in its file."""
    machine.write("/sys/bus/usb-serial/devices/ttyUSB0/latency_timer", f"{said}\n")
    machine.write("/sys/bus/usb-serial/devices/ttyUSB1/port_number", "0\n")
    (found,) = latency.findings(machine.patient())

    assert codes([found]) == [(code, "ttyUSB0")]
    if code == "adapter-slow":
        assert 'DRIVER=="ftdi_sio", ATTR{latency_timer}="1"' in found.remedy("en")


def test_a_latency_timer_that_is_rubbish(machine, codes):
    """Binary, empty, huge, negative, other digits: a note each time."""
    seed = 20261
    print(f"seed {seed}")
    rubbish = [
        b"",
        b"\xff\xfe\x00",
        b"-1",
        b"9" * 5000,
        "１６".encode(),
        b"16\n16",
        random.Random(seed).randbytes(70_000),
    ]
    for text in rubbish:
        machine.write("/sys/bus/usb-serial/devices/ttyUSB0/latency_timer", text)

        assert codes(latency.findings(machine.patient())) == [("adapter-latency-unknown", "ttyUSB0")]


def test_a_bus_full_of_rubbish(machine, codes):
    """Ids that are binary, drivers that lead nowhere, an interface that is a file."""
    machine.write("/sys/bus/usb/devices/1-1/idVendor", b"\xff" * 100)
    folder = machine.usb("1-2", "1A86", "7523")
    machine.link(f"{folder}/1-2:1.0/driver", "nowhere")
    machine.write(f"{folder}/1-2:1.1", "a file")

    assert codes(of(machine)) == [("adapter-no-driver", "1-2")]
