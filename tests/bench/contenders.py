"""Who is measured: each contender's two programs, what it needs, and what it does for its user."""

from dataclasses import dataclass
from pathlib import Path

from gatetools import enroll
from gatetools.build import compile_firmware, interpreter
from gatetools.sim.board import Board
from gatetools.sim.gate import HEAP

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ENDS = HERE / "ends"
OURS = Path(".venv/bin/python")
PEERS = Path(".venv-peers/bin/python")
REPEATING_LIMIT_MS = 10_000  # bellows gives up after 9.2 s; gatelink's gate does not wait that long for a verdict
NEVER_REPEATED_LIMIT_MS = 300  # what a contender does not repeat has come by then or never comes


@dataclass(frozen=True, slots=True)
class Contender:
    """`program` in tests/bench/ends plays both ends unless `decider` plays one. Rows of the table are in this order."""

    key: str
    title: str
    program: str
    needs: tuple[str, ...] = ()  # packages of the peers' environment
    decider: str | None = None
    options: tuple[str, ...] = ()
    sealed: str = "no"
    repeats: str = "no"
    limit_ms: int = REPEATING_LIMIT_MS

    @property
    def is_peer(self) -> bool:
        return bool(self.needs)


WHOLE = Contender(
    "whole",
    "Gatehouse: card's last byte -> relay pin",
    "",
    sealed="AES-CCM, key ratchet",
    repeats="NAK, adaptive timer",
)
GATELINK = Contender(
    "gatelink",
    "gatelink: tap -> verdict",
    "gatelink_gate.py",
    decider="gatelink_house.py",
    sealed="AES-CCM, key ratchet",
    repeats="NAK, adaptive timer",
)
MICROPYTHON = Contender(
    "micropython",
    "gatelink: tap -> verdict, gate on MicroPython",
    "gatelink_micropython.py",
    decider="gatelink_house.py",
    sealed="AES-CCM, key ratchet",
    repeats="NAK, adaptive timer",
)
STOCK = Contender(
    "libosdp_stock",
    "libosdp, stock binding",
    "libosdp.py",
    needs=("libosdp",),
    sealed="AES-CBC, 4-byte MAC",
    repeats="polls; off line for 300 s",
)
TIGHT = Contender(
    "libosdp_tight",
    "libosdp, tight loop",
    "libosdp.py",
    needs=("libosdp",),
    options=("--tight",),
    sealed="AES-CBC, 4-byte MAC",
    repeats="polls; off line for 300 s",
)
ASH = Contender("ash", "ASH (bellows)", "ash.py", needs=("bellows", "cbor2"), repeats="NAK, timer of 0.4 s and more")
NOISE = Contender(
    "noise",
    "Noise framing (aioesphomeapi)",
    "noise_framing.py",
    needs=("aioesphomeapi", "noiseprotocol", "cbor2"),
    sealed="ChaCha20-Poly1305",
    limit_ms=NEVER_REPEATED_LIMIT_MS,
)
COBS = Contender(
    "cobs_cbor", "bare COBS + CBOR", "cobs_cbor.py", needs=("cobs", "cbor2"), limit_ms=NEVER_REPEATED_LIMIT_MS
)
CONTENDERS = (WHOLE, MICROPYTHON, GATELINK, STOCK, TIGHT, ASH, NOISE, COBS)


@dataclass(frozen=True, slots=True)
class Task:
    """What one end is told. `baud` None: a line without speed limit."""

    tty: Path
    baud: int | None
    rounds: int
    budget_s: float
    seed: int


def asker(contender: Contender, task: Task, folder: Path) -> tuple[list[str], dict[str, str]]:
    """Command and environment of the end that asks."""
    if contender is MICROPYTHON:
        return _micropython(contender, task, folder)
    return [
        *_program(contender, contender.program, "ask", task.tty, task.baud),
        *("--limit-ms", str(contender.limit_ms), "--rounds", str(task.rounds)),
        *("--budget-s", str(task.budget_s), "--seed", str(task.seed)),
    ], {}


def decider(contender: Contender, tty: Path, baud: int | None) -> list[str]:
    """Command of the end that decides."""
    return _program(contender, contender.decider or contender.program, "decide", tty, baud)


def _program(contender: Contender, program: str, role: str, tty: Path, baud: int | None) -> list[str]:
    python = ROOT / (PEERS if contender.is_peer else OURS)
    return [str(python), str(ENDS / program), role, str(tty), "--baud", str(baud or 0), *contender.options]


def _micropython(contender: Contender, task: Task, folder: Path) -> tuple[list[str], dict[str, str]]:
    tree = compile_firmware(users=tuple(sorted(ENDS.glob("*.py"))))
    board = Board("devkit")
    environment = enroll.gate_environment(tree, board.name, folder / "flash")
    environment["MICROPYPATH"] = f"{ENDS}:{environment['MICROPYPATH']}"
    environment[f"GATE_UART{board['LINK_UART']}"] = str(task.tty)
    told = {
        "BAUD": task.baud or 0,
        "LIMIT_MS": contender.limit_ms,
        "ROUNDS": task.rounds,
        "BUDGET_S": int(task.budget_s),
        "SEED": task.seed,
    }
    environment |= {f"BENCH_{name}": str(value) for name, value in told.items()}
    return [interpreter(), "-X", HEAP, str(ENDS / contender.program)], environment
