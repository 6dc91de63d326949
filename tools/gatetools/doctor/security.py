"""Ways in that the software cannot close: boards, swap, memory images of crashed programs."""

from collections.abc import Iterator

from gatetools.doctor.finding import Finding
from gatetools.doctor.patient import Patient
from gatetools.doctor.system import System

SWAP_COLUMNS = 5  # /proc/swaps, proc(5): Filename Type Size Used Priority


def findings(patient: Patient) -> Iterator[Finding]:
    """Each known gate, then the PC. Boards are told by gates to a gatehouse that runs, and by `listening`."""
    standings = patient.standings()
    if patient.settings and not any(one.since_s or one.board for one in standings):
        yield Finding("boards-untold")
    for one in standings:
        if one.since_s or one.board:
            yield judge_board(one.board, one.lane)
    if patient.settings and patient.system.platform == "linux":
        yield from swaps(patient.system)
        yield from core_pattern(patient.system.text("/proc/sys/kernel/core_pattern") or "")


def judge_board(board: str, subject: str) -> Finding:
    """`board`: as a gate names it. SECURITY.md tells the same at length."""
    return Finding({"devkit": "board-devkit", "lane_a": "board-lane-a"}.get(board, "board-unknown"), subject)


def swaps(system: System) -> Iterator[Finding]:
    """Every swap that ends on a disk in the clear. zram is memory."""
    for line in (system.text("/proc/swaps") or "").splitlines()[1:]:
        fields = line.split()
        if len(fields) == SWAP_COLUMNS and not fields[0].startswith("/dev/zram") and not encrypted(system, fields[0]):
            yield Finding("swap-plain", fields[0])


def encrypted(system: System, device: str) -> bool:
    """Whether the device mapper calls it an encrypted volume: cryptsetup's uuids begin with CRYPT-."""
    name = system.name(system.path(device)).rsplit("/", 1)[-1]
    return (system.text(f"/sys/block/{name}/dm/uuid") or "").startswith("CRYPT-")


def core_pattern(pattern: str) -> Iterator[Finding]:
    """core(5): a pattern that begins with a bar names a program."""
    if pattern.startswith("|"):
        yield Finding("core-piped", (pattern[1:].split() or ["?"])[0])
