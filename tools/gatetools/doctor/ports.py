"""The serial ports of the settings and of the command line: there, open to this user, free, and named to last."""

import re
import socket
import stat
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatehouse.ports import NETWORK, plain_reason, url_problem

from gatetools.doctor.finding import Finding
from gatetools.doctor.patient import Patient
from gatetools.doctor.system import PROBE_S, System, User
from gatetools.doctor.terminals import is_terminal
from gatetools.holders import Holder, holders

# Linux gives these names in the order in which devices appear.
UNSTEADY = re.compile(r"/dev/tty(USB|ACM)\d+")
UNKNOWN = "n/a"  # pyserial's word for a port without a description: one of the PC's own, wired or not
STEADY_FOLDERS = ("/dev/serial/by-id", "/dev/serial/by-path")
FORMS = ((stat.S_ISDIR, "folder"), (stat.S_ISREG, "file"), (stat.S_ISBLK, "disk"), (stat.S_ISSOCK, "socket"))


@dataclass(frozen=True, slots=True)
class Device:
    """A device on this machine.

    name: the system's own, links followed. group: its name. members: who is in that group by /etc/group. steady: "" if
    none. terminal: whether the system drives it as a serial port.
    """

    url: str
    mode: int
    uid: int
    gid: int
    name: str = ""
    group: str = ""
    members: frozenset[str] = frozenset()
    steady: str = ""
    holder: Holder | None = None
    terminal: bool = True


def findings(patient: Patient) -> Iterator[Finding]:
    """What the system lists, then each port that matters here."""
    system = patient.system
    seen = system.ports()
    urls = list(dict.fromkeys([port.url for port in patient.configured] + list(patient.given)))
    for port in seen:
        if port.what != UNKNOWN:
            yield Finding("port-seen", port.device, {"what": port.what})
    if bare := [port.device for port in seen if port.what == UNKNOWN]:
        yield Finding("ports-bare", facts={"ports": ", ".join(bare), "count": len(bare)})
    if not seen and not urls:
        yield Finding("port-none")
    there = ", ".join(port.device for port in seen) or "-"
    served = patient.served()
    for url in urls:
        if "://" in url:
            yield from network(url, served=url in served)
        else:
            yield from local(system, url, there, served=any(patient.same_port(url, one) for one in served))
    yield from twice(patient, urls)


def local(system: System, url: str, there: str, *, served: bool) -> Iterator[Finding]:
    """A device by its name. `there`: the names of all ports."""
    if system.platform == "win32":  # no files: what the system lists is what there is
        known = url.upper() in there.upper().split(", ")
        yield Finding("port-good" if known else "port-missing", url, {} if known else {"there": there})
        return
    device = look(system, url)
    if device is None:
        yield Finding("port-missing", url, {"there": there})
    else:
        yield from judge(device, system.user, served=served)


def look(system: System, url: str) -> Device | None:
    """The facts of a device; None if it is not there."""
    path = system.path(url)
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    name = system.name(path)
    group, members = group_of(system.text("/etc/group") or "", found.st_gid)
    steady = "" if not UNSTEADY.fullmatch(url) else steady_name(system, name)
    terminal = not stat.S_ISCHR(found.st_mode) or is_terminal(system, found.st_rdev)
    holder = next(holders(name, system.path("/proc")), None) if terminal else None
    return Device(url, found.st_mode, found.st_uid, found.st_gid, name, group, members, steady, holder, terminal)


def judge(device: Device, user: User, *, served: bool) -> Iterator[Finding]:
    """A device that is there. `served`: a gatehouse that runs has it."""
    if not stat.S_ISCHR(device.mode):
        what = next((form for is_form, form in FORMS if is_form(device.mode)), "file")
        yield Finding("port-no-device", device.url, {"what": what})
        return
    if not device.terminal:
        yield Finding("port-no-terminal", device.url)
        return
    if served:
        yield Finding("port-served", device.url)
    elif not may_open(device, user):
        yield closed(device, user)
    elif device.holder:
        yield Finding("port-held", device.url, {"program": device.holder.program, "pid": device.holder.pid})
    else:
        yield Finding("port-good", device.url)
    if device.steady:
        yield Finding("port-name-unsteady", device.url, {"steady": device.steady})


def closed(device: Device, user: User) -> Finding:
    """A device that the user may not open. Nobody is sent into the group root: that would open far more than a port."""
    if device.gid == 0 or device.mode & 0o060 != 0o060:
        kernel = device.name.rsplit("/", 1)[-1]
        return Finding("port-no-group", device.url, {"user": user.name, "kernel": kernel})
    code = "port-group-not-yet" if user.name in device.members else "port-no-permission"
    return Finding(code, device.url, {"user": user.name, "group": device.group})


def may_open(device: Device, user: User) -> bool:
    """Whether the mode lets this user read and write."""
    if user.uid == 0:
        return True
    shift = 6 if device.uid == user.uid else 3 if device.gid in user.groups else 0
    return (device.mode >> shift) & 0o6 == 0o6


def group_of(text: str, gid: int) -> tuple[str, frozenset[str]]:
    """Name and members of a group, from the text of /etc/group (group(5)); the number where it has no name."""
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) == 4 and fields[2] == str(gid):
            return fields[0], frozenset(fields[3].split(","))
    return str(gid), frozenset()


def steady_name(system: System, name: str) -> str:
    """A link of udev to the same device, whose name comes from the adapter or the socket; "" if there is none."""
    links = [f"{folder}/{link}" for folder in STEADY_FOLDERS for link in system.names(folder)]
    return next((link for link in links if system.name(system.path(link)) == name), "")


def network(url: str, *, served: bool) -> Iterator[Finding]:
    """A port of a serial server. One that a gatehouse uses is not dialled: many servers take one caller only."""
    if served:
        yield Finding("port-served", url)
        return
    if problem := url_problem(url):
        yield Finding("port-url-wrong", url, {"why": problem})
        return
    why = None
    if url.startswith(NETWORK):
        parts = urllib.parse.urlsplit(url)
        try:
            socket.create_connection((parts.hostname or "", parts.port or 0), timeout=PROBE_S).close()
        except OSError as failure:
            why = plain_reason(failure)
        else:
            yield Finding("port-reached", url)
    if why is not None:
        yield Finding("port-unreached", url, {"why": why})


def twice(patient: Patient, urls: Sequence[str]) -> Iterator[Finding]:
    """Ports that are one device under two names."""
    for place, url in enumerate(urls):
        other = next((one for one in urls[:place] if patient.same_port(one, url)), None)
        if other is not None:
            yield Finding("port-twice", url, {"other": other})
