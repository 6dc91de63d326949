"""The systemd unit: systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.resource-control(5), version 252."""

import re
from collections.abc import Iterable
from pathlib import Path

from gatehouse.services.service import Service, ServiceRefused, check_text

FILE = "gatehouse.service"
FOLDER = Path("/etc/systemd/system")
RUNS = Path("/run/systemd/system")  # sd_booted(3)

# As /proc/devices calls the drivers: USB adapters, boards with native USB, the PC's own ports, those of ARM boards.
DEVICE_GROUPS = ("ttyUSB", "ttyACM", "ttyS", "ttyAMA")
GROUPED = re.compile(rf"/dev/({'|'.join(DEVICE_GROUPS)})\d+")
# Their modules are loaded first: a group that /proc/devices does not know at the start would stay forbidden, and after
# a power failure an adapter may come later than the gatehouse.
MODULES = ("usbserial", "cdc_acm")
HOMES = tuple(Path(name) for name in ("/home", "/root", "/run/user"))
EMPTIED = tuple(Path(name) for name in ("/tmp", "/var/tmp", "/run"))  # noqa: S108  # named because they are refused

UNIT = """\
# Made by `gatehouse service install` from {config}
# Run that again when data folder, key file, log file or ports in there have changed; put changes of your own into a
# drop-in: systemctl edit gatehouse

[Unit]
Description=Gatehouse, the turnstile controller
# Lanes are served without a network, so that nothing here waits for one. A clock that is set later is noticed.
After=time-set.target
Wants={modules}
After={modules}
RequiresMountsFor={mounts}
# Nobody is there at night to start it again: it never gives up.
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart={command}
# The rules alone; wrong ones change nothing, and are told to whoever reloads and in the log.
ExecReload={reload}
Restart=always
RestartSec=5
# 2: the settings are wrong, which no further start mends.
RestartPreventExitStatus=2
TimeoutStopSec=30

# The owner of the key file, which nobody else may read. Keys that systemd-creds has sealed are root's to unseal: it
# reads /var/lib/systemd/credential.secret, or the TPM; from systemd 256 on it asks others for an administrator's
# password, which nobody types at a start. As root the process has no capabilities left and writes only below.
User={user}
{groups}
# Numbers and keys pass through its memory: no core dumps, no swap (cgroup v2). Hibernating would still write it out.
LimitCORE=0
# Five a port, and the connections to health platforms.
LimitNOFILE=8192
MemorySwapMax=0
OOMScoreAdjust=-500
UMask=0077

ProtectSystem=strict
ReadWritePaths={written}
ProtectHome={homes}
PrivateTmp=yes
DevicePolicy=closed
{devices}

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
# Network: serial servers, health platforms and metrics. Local sockets: the event loop, the journal, the name service.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
MemoryDenyWriteExecute=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
PrivateIPC=yes
KeyringMode=private
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible

[Install]
WantedBy=multi-user.target
"""


def unit(service: Service) -> str:
    """The whole unit. ServiceRefused if a path cannot stand in one, or would be gone after the next start of the PC."""
    needed = (service.config, *service.written)
    for path in needed:
        if any(folder in path.parents for folder in EMPTIED):
            raise ServiceRefused(f"{path}: that folder is emptied when the PC starts. Choose another in the settings.")
    check_text("the interpreter", service.python)
    if set(service.python) & set("\"'\\"):
        raise ServiceRefused(
            f"{service.python}: systemd starts no program with quotes in its path. Install it elsewhere."
        )
    user = check_text("the user", service.user)
    if not user or set(user) & set(" \t:/%\"'\\"):
        raise ServiceRefused(f"user {user!r}: name a user of this PC, like --user gatehouse.")
    return UNIT.format(
        config=check_text("the settings file", str(service.config)),
        modules=" ".join(f"modprobe@{name}.service" for name in MODULES),
        mounts=_words(map(str, needed)),
        # The colon: no variables are replaced, so that a dollar sign is one.
        command=_words([f":{service.command[0]}", *service.command[1:]]),
        reload=_words([f":{service.reload[0]}", *service.reload[1:]]),
        user=user,
        groups=f"SupplementaryGroups={service.group}\n" if service.group else "",
        written=_words(map(str, service.written)),
        homes="read-only" if _below_a_home(Path(service.python), *needed, *service.read) else "yes",
        devices="\n".join(f"DeviceAllow={device} rw" for device in _devices(service)),
    )


def _words(texts: Iterable[str]) -> str:
    return " ".join(_quoted(text) for text in texts)


def _quoted(text: str) -> str:
    """One word of a unit file: systemd.syntax(7), and the percent sign of systemd.unit(5)."""
    escaped = check_text("a path", text).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _below_a_home(*paths: Path) -> bool:
    return any(home in path.parents for path in paths for home in HOMES)


def _devices(service: Service) -> list[str]:
    """All ports of the usual kinds, because cables move; ports of another kind by name."""
    odd = [
        _quoted(url)
        for url in service.ports
        # Links in /dev/serial lead to ports of the usual kinds.
        if url.startswith("/dev/") and not url.startswith("/dev/serial/") and not GROUPED.fullmatch(url)
    ]
    chip = ["/dev/tpmrm0"] if service.user == "root" else []  # where systemd-creds seals with a TPM
    return [*(f"char-{group}" for group in DEVICE_GROUPS), *dict.fromkeys(odd), *chip]
