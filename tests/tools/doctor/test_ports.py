"""Ports of settings and command line: there, open to this user, free, named to last; on real pseudo-terminals."""

import os
import socket
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from gatetools.doctor import listening, ports
from gatetools.doctor.ports import Device, judge, may_open
from gatetools.doctor.system import PortSeen, User
from gatetools.doctor.terminals import is_terminal
from gatetools.holders import holders

# As a PC shows them.
DRIVERS = """/dev/tty             /dev/tty        5       0 system:/dev/tty
/dev/console         /dev/console    5       1 system:console
usbserial            /dev/ttyUSB   188 0-511 serial
serial               /dev/ttyS       4 64-111 serial
pty_slave            /dev/pts      136 0-1048575 pty:slave
"""
SOMEBODY = 4712  # a group of nobody here
OPERATOR = User("operator", 1000, frozenset({1000, 100}))
DIALOUT = Device("/dev/ttyUSB0", stat.S_IFCHR | 0o660, 0, 20, "/dev/ttyUSB0", "dialout", frozenset({"anna"}))


def of(machine, *urls):
    return ports.findings(machine.patient(*urls))


def open_to_all(machine, pair, name="/dev/ttyUSB0"):
    """The pseudo-terminal under a device's name, open to whoever the machine's user is."""
    machine.link(name, pair.name)
    Path(pair.name).chmod(0o666)


def test_a_port_that_is_there(machine, codes, pair):
    """And the ones that the system lists."""
    open_to_all(machine, pair, "/dev/gate")
    machine.listed = [
        PortSeen("/dev/ttyS0", "n/a"),
        PortSeen("/dev/ttyUSB1", "USB2.0-Serial"),
        PortSeen("/dev/ttyS1", "n/a"),
    ]
    found = list(of(machine, "/dev/gate"))

    assert codes(found) == [("port-seen", "/dev/ttyUSB1"), ("ports-bare", ""), ("port-good", "/dev/gate")]
    assert "/dev/ttyS0, /dev/ttyS1" in found[1].says("en")


def test_a_port_that_is_not_there_names_those_that_are(machine, codes):
    """So that the operator sees the right one beside the wrong one."""
    machine.listed = [PortSeen("/dev/ttyUSB1", "USB2.0-Serial")]
    seen, missing = of(machine, "/dev/ttyUSB0")

    assert codes([seen, missing]) == [("port-seen", "/dev/ttyUSB1"), ("port-missing", "/dev/ttyUSB0")]
    assert "/dev/ttyUSB1" in missing.says("en")


def test_no_port_at_all(machine, codes):
    """A bench on which nothing is plugged in."""
    assert codes(of(machine)) == [("port-none", "")]


@pytest.mark.parametrize(
    ("user", "code"),
    [
        (OPERATOR, "port-no-permission"),
        (replace(OPERATOR, groups=frozenset({20})), "port-good"),
        (replace(OPERATOR, name="anna"), "port-group-not-yet"),
        (User("root", 0, frozenset()), "port-good"),
    ],
    ids=["stranger", "in the group", "since the last login", "root"],
)
def test_permission_by_group(codes, user, code):
    """The group of the device decides; somebody who was added after login is told to log in again."""
    found = list(judge(DIALOUT, user, served=False))

    assert codes(found) == [(code, "/dev/ttyUSB0")]
    if code == "port-no-permission":
        assert "usermod -aG dialout operator" in found[0].remedy("en")


def test_the_owner_is_judged_by_the_owners_rights_alone():
    """As the system does it: an owner without rights is not let in by the group's."""
    locked = replace(DIALOUT, mode=stat.S_IFCHR | 0o060, uid=1000)

    assert not may_open(locked, replace(OPERATOR, groups=frozenset({20})))


@pytest.mark.parametrize(
    "device",
    [
        replace(DIALOUT, gid=0, group="root"),
        replace(DIALOUT, gid=0, group="root", members=frozenset({"operator"})),
        replace(DIALOUT, mode=stat.S_IFCHR | 0o600),
        replace(DIALOUT, mode=stat.S_IFCHR | 0o640, members=frozenset({"operator"})),
    ],
    ids=["root's", "root's, a member", "nobody's", "read only"],
)
def test_nobody_is_sent_into_the_group_root(codes, device):
    """Nor into one that has no right to the port: a udev rule gives it to dialout."""
    (found,) = judge(device, OPERATOR, served=False)

    assert codes([found]) == [("port-no-group", "/dev/ttyUSB0")]
    for language in ("zh", "en"):
        remedy = found.remedy(language)
        assert 'SUBSYSTEM=="tty", KERNEL=="ttyUSB0", GROUP="dialout", MODE="0660"' in remedy
        assert "usermod -aG dialout operator" in remedy
        assert "root" not in remedy


@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero", "/dev/full"])
@pytest.mark.parametrize("drivers", ["", DRIVERS], ids=["no table", "table"])
def test_what_is_no_terminal(machine, codes, device, drivers):
    """Told before anything else, whoever has it open; it is neither opened nor listened to."""
    machine.link("/dev/gate", device)
    machine.process(311, "sshd", device)
    machine.write("/proc/tty/drivers", drivers)

    assert codes(of(machine, "/dev/gate")) == [("port-no-terminal", "/dev/gate")]
    assert codes(listening.findings(machine.patient("/dev/gate"), "/dev/gate")) == []


def test_the_table_of_terminal_drivers(machine):
    """Ranges, single numbers, and lines that are none."""
    machine.write("/proc/tty/drivers", DRIVERS + "odd /dev/odd 204 x-9 serial\nshort\n")
    system = machine.system()

    for major, minor, wanted in ((188, 0, True), (188, 511, True), (188, 512, False), (4, 64, True), (5, 1, True)):
        assert is_terminal(system, os.makedev(major, minor)) == wanted
    assert not is_terminal(system, os.makedev(204, 9))


def test_a_real_port_of_somebody_else(machine, codes, pair):
    """By the true mode and group of a device."""
    machine.link("/dev/gate", pair.name)
    Path(pair.name).chmod(0o660)
    os.chown(pair.name, -1, os.getgid() or SOMEBODY)
    gid = Path(pair.name).stat().st_gid
    machine.write("/etc/group", f"broken line\nserial:x:{gid}:bert,operator\n")

    assert codes(of(machine, "/dev/gate")) == [("port-group-not-yet", "/dev/gate")]


def test_a_port_that_another_program_holds(machine, codes, pair):
    """By whom is read from /proc."""
    open_to_all(machine, pair, "/dev/gate")
    machine.process(311, "minicom", "/dev/null", pair.name)
    (found,) = of(machine, "/dev/gate")

    assert codes([found]) == [("port-held", "/dev/gate")]
    assert "minicom" in found.says("en")
    assert "311" in found.says("zh")


def test_a_real_process_that_holds_a_port(pair):
    """With the real /proc of this machine."""
    script = (
        "import os, sys; os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY); print('open', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, pair.name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        holder = next(holders(pair.name))
        child.stdin.close()

    assert holder.pid == child.pid


def test_a_name_that_changes(machine, codes, pair):
    """The steady name of udev is offered, by-path where the adapter has no number of its own."""
    open_to_all(machine, pair)
    machine.link("/dev/serial/by-path/pci-0000:00:14.0-usb-0:4:1.0-port0", "../../ttyUSB0")
    found = list(of(machine, "/dev/ttyUSB0"))

    assert codes(found) == [("port-good", "/dev/ttyUSB0"), ("port-name-unsteady", "/dev/ttyUSB0")]
    assert "/dev/serial/by-path/pci-0000:00:14.0-usb-0:4:1.0-port0" in found[1].remedy("en")


def test_a_port_of_a_gatehouse_is_left_alone(machine, station, codes, pair):
    """With any sign of a running one, under whatever name the port is given, on the network too."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"socket://127.0.0.1:{server.getsockname()[1]}"
        station.write(f'[[port]]\nurl = "/dev/gate"\n[[port]]\nurl = "{url}"\n')
        open_to_all(machine, pair, "/dev/gate")
        machine.link("/dev/serial/by-id/usb-gate", "../../gate")
        station.notice()
        given = machine.patient("/dev/serial/by-id/usb-gate", url, config=station.config)
        found = codes(ports.findings(given))
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()

    assert [code for code, _ in found] == ["port-served"] * 3 + ["port-twice"]
    assert codes(listening.findings(given, "/dev/serial/by-id/usb-gate")) == []


def test_two_names_of_one_device(machine, codes, pair):
    """Also when one is udev's."""
    open_to_all(machine, pair)
    machine.link("/dev/serial/by-id/usb-1a86_USB2.0-Serial-if00-port0", "../../ttyUSB0")
    steady = "/dev/serial/by-id/usb-1a86_USB2.0-Serial-if00-port0"

    assert ("port-twice", steady) in codes(of(machine, "/dev/ttyUSB0", steady))


@pytest.mark.parametrize("name", ["/dev/folder", "/dev/file"])
def test_what_is_no_device(machine, codes, name):
    """A folder, a file."""
    machine.write("/dev/folder/inside", "")
    machine.write("/dev/file", "")

    assert codes(of(machine, name)) == [("port-no-device", name)]


def test_network_ports(machine, codes):
    """One that listens, one that does not, one whose name is no address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"socket://127.0.0.1:{server.getsockname()[1]}"
        assert codes(of(machine, url)) == [("port-reached", url)]
    assert codes(of(machine, url)) == [("port-unreached", url)]
    for wrong in ("rfc2217://:x", "socket://", "socket://127.0.0.1:99999", "telnet://x:1", "hwgrep://"):
        assert codes(of(machine, wrong)) == [("port-url-wrong", wrong)]
        assert codes(listening.findings(machine.patient(wrong), wrong)) == []
    assert codes(of(machine, "loop://")) == []


def test_windows_knows_its_ports_by_name(machine, codes):
    """There are no files to look at."""
    machine.platform = "win32"
    machine.listed = [PortSeen("COM3", "USB-SERIAL CH340 (COM3)")]

    assert codes(of(machine, "com3", "COM4")) == [
        ("port-seen", "COM3"),
        ("port-good", "com3"),
        ("port-missing", "COM4"),
    ]


def test_hostile_names(machine, codes):
    """A path that is binary, a link that turns in a circle, a name without end; nothing reaches the terminal raw."""
    machine.link("/dev/circle", "circle")
    machine.listed = [PortSeen("/dev/tty\x1b[31mUSB9", "\x07bell\n")]
    found = list(of(machine, "/dev/circle", "/dev/" + "x" * 5000, "/dev/\udcff\x1b[2J", "/dev/\0"))

    codes(found)
    assert all(finding.says("en").isprintable() for finding in found)
    assert all(len(finding.says("zh")) < 1000 for finding in found)
