"""Enrolment: the host makes identity and keys, the gate stores them and proves it, the first handshake confirms it.

Before a gate gets its keys they stand in the key file as a proposal. So whatever interrupts an enrolment, the gate is
the one that it was or the one that it becomes, and either is known here; the same command again ends the matter.

Keys travel over the gate's standard input, never in an argument, a file or a log.
"""

import hmac
import json
import os
import secrets
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatehouse.gate_record import ENROLLED, PROPOSED, GateRecord
from gatehouse.keyfile import KeyFile, KeyFileError
from gatehouse.words import plain
from gatelink.keys import GateKeys
from gatelink.limits import IDENTITY_BYTES, KEY_BYTES, TEXT_MAX_BYTES

from gatetools.build import compile_chip, interpreter

WHO = (
    "import board; from gate import hal, enrolment; "
    "enrolment.who(hal.Flash('keys'), hal.Flash('journal'), board, hal.reset_cause())"
)
ACCEPT = "from gate import hal, enrolment; enrolment.accept(hal.Flash('keys'))"
INDEX_MAX = 0xFFFFFFFF
JOURNAL_BLOCKS = "journal.blocks"  # file of a simulated flash whose journal is smaller than a chip's
TIMEOUT_S = 30
EITHER = (
    "It has its new keys or the ones before, and is served with either. Run the same command again to end the matter."
)
CHALLENGE_BYTES = 16
FROM_ELSEWHERE = (
    "This gate has keys that this key file does not know: it belongs to another station, or to a key file that was "
    "lost. What it has recorded and not yet delivered there will never be delivered; where the ledger here knows the "
    "gate, it is entered as missing."
)
UNPROVEN = (
    "This gate says that it is the gate of lane {lane} and does not prove it: another device pretends, or the key file "
    "was set back. It gets keys as a device without a past: lane {lane} keeps its gate and that one's records, and "
    "what this one has recorded and not yet delivered will never be delivered."
)
REPLACES = "The gate of lane {lane}, {identity}, is revoked when this one has taken its place."
DAMAGED = (
    "The keys that this key file has of the gate of lane {lane} are damaged, so this gate cannot prove that it is that "
    "one. Go on only if you know that it is; or restore the keys from a backup (gatehouse restore keys)."
)

# Runs one line of Python on a gate in service mode with a line on its standard input; what it printed.
RunOnGate = Callable[[str, str], str]


class EnrolmentFailed(Exception):
    """The gate did not say who it is, or did not prove that it holds its keys. The text says how things stand."""


class EnrolmentRefused(Exception):
    """This gate cannot get these keys; the text says why and what to do. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a gate in service mode says of itself.

    one_cable: the service cable is the link too. identity: empty if it is not enrolled. newest: index of its newest
    record. owing: its journal was too full to end what was going on when its power went. challenge, proof: what it
    was asked, and the answer that shows whether the identity is its own.
    """

    board: str
    one_cable: bool
    firmware: str
    identity: bytes
    newest: int
    owing: bool
    challenge: bytes
    proof: bytes

    def holds(self, static_key: bytes) -> bool:
        """Whether it has shown that it has this key: an identity is on the cable in the clear, and anybody's to say."""
        expected = hmac.digest(static_key, b"gatehouse who" + self.challenge + self.identity, "sha256")
        return hmac.compare_digest(self.proof, expected)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an enrolment will do. `doubts`: what the operator must agree to first."""

    lane: str
    former: bytes | None
    begins: int
    doubts: tuple[str, ...]


def who(run_on_gate: RunOnGate) -> Told:
    """Ask a gate in service mode which one it is. EnrolmentFailed if it does not say."""
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    printed = run_on_gate(WHO, challenge.hex() + "\n").strip().splitlines()
    try:
        return _told(json.loads(printed[-1]), challenge)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        raise EnrolmentFailed(
            "The gate did not say who it is: its firmware is older than this program, or another one. "
            "Bring it up to date (gate update-files), then try again. Nothing was changed."
        ) from None


def _told(said: dict[str, Any], challenge: bytes) -> Told:
    identity, proof = bytes.fromhex(said["identity"]), bytes.fromhex(said["proof"])
    newest, flags = said["newest"], (said["one_cable"], said["owing"])
    if len(identity) not in {0, IDENTITY_BYTES} or type(newest) is not int or not 0 <= newest <= INDEX_MAX:
        raise ValueError
    if {type(flag) for flag in flags} != {bool}:
        raise TypeError
    board, firmware = (plain(said[name].encode()[:TEXT_MAX_BYTES]) for name in ("board", "firmware"))
    return Told(board, flags[0], firmware, identity, newest, flags[1], challenge, proof)


def plan(told: Told, keys: KeyFile, lane: str, *, replace: bool = False) -> Plan:
    """How to make this gate the gate of `lane`. EnrolmentRefused if it must not, or not so."""
    mine, doubts = _recognised(told, keys)
    holder = _holder(keys, lane)
    if mine is not None and mine.lane == lane and mine.state == ENROLLED:
        raise EnrolmentRefused(f"This gate is the gate of lane {lane} already. For new keys: gate rotate PORT")
    if holder is not None and not _same_device(keys, mine, holder) and not replace:
        raise EnrolmentRefused(
            f"Lane {lane} has a gate already. If this one takes its place, add --replace: the other one's keys are "
            "revoked, and an opening that it has not ended is entered as outcome unknown. Nothing was changed."
        )
    if mine is not None and mine.lane != lane and told.owing:
        raise EnrolmentRefused(
            f"This gate's journal is full, and an opening at lane {mine.lane} has no outcome yet. Connect it to the "
            "gatehouse as it is, until it has got rid of its reports; then move it. Nothing was changed."
        )
    if holder is not None and not _same_device(keys, mine, holder):
        doubts = (*doubts, REPLACES.format(lane=lane, identity=holder.identity.hex()))
    begins = told.newest if told.identity else 0
    stranger = bool(told.identity) and keys.find(told.identity) is None
    former = told.identity if stranger or mine is not None else None
    return Plan(lane, former, begins, (*doubts, *_doubts(mine, lane)))


def rotation(told: Told, keys: KeyFile) -> Plan:
    """How to give a gate new keys for the lane that it has. EnrolmentRefused if it has none here."""
    mine, doubts = _recognised(told, keys)
    if mine is None or mine.revoked:
        state = f"was revoked on lane {mine.lane}" if mine is not None else "is not enrolled here"
        because = "".join(f" {doubt}" for doubt in doubts if doubt != FROM_ELSEWHERE)
        raise EnrolmentRefused(
            f"This gate {state}: new keys come with gate enroll PORT --lane NAME.{because} Nothing was changed."
        )
    return Plan(mine.lane, mine.identity, told.newest, doubts)


def _recognised(told: Told, keys: KeyFile) -> tuple[GateRecord | None, tuple[str, ...]]:
    """Which gate of this key file it is, None for none of them; what the operator must agree to about that."""
    if not told.identity:
        return None, ()
    mine = keys.find(told.identity)
    if mine is None:
        return None, (FROM_ELSEWHERE,)
    try:
        if told.holds(mine.keys.static_key):
            return mine, ()
    except KeyFileError:
        return mine, (DAMAGED.format(lane=mine.lane),)
    return None, (UNPROVEN.format(lane=mine.lane),)


def _holder(keys: KeyFile, lane: str) -> GateRecord | None:
    return next((gate for gate in keys.gates() if gate.lane == lane and gate.state == ENROLLED), None)


def _same_device(keys: KeyFile, mine: GateRecord | None, holder: GateRecord) -> bool:
    return mine is not None and holder.identity in {gate.identity for gate in keys.lineage(mine.identity)}


def _doubts(mine: GateRecord | None, lane: str) -> tuple[str, ...]:
    if mine is not None and mine.revoked:
        return (f"This gate was revoked on lane {mine.lane}. Go on only if you know where it has been since.",)
    if mine is not None and mine.lane != lane and mine.state != PROPOSED:
        return (f"This gate is the gate of lane {mine.lane} and will leave it: that lane has no gate then.",)
    return ()


def propose(keys: KeyFile, planned: Plan) -> GateKeys:
    """Make new keys and keep them here as a proposal. KeyFileError, and nothing changed, if they cannot be kept."""
    identity = secrets.token_bytes(IDENTITY_BYTES)
    static_key, chain_key = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES)
    keys.propose(identity, planned.lane, static_key, chain_key, former=planned.former, begins=planned.begins)
    return GateKeys(identity, static_key, 0, chain_key)


def hand_over(run_on_gate: RunOnGate, new: GateKeys) -> None:
    """Give the gate its new keys and have it prove them. EnrolmentFailed if it does not."""
    static_key, chain_key = new.static_key, bytes(new.chain_key)
    line = new.identity + static_key + chain_key
    seal = hmac.digest(static_key, b"gatehouse enrol" + new.identity + chain_key, "sha256")
    printed = run_on_gate(ACCEPT, (line + seal).hex() + "\n")
    expected = hmac.digest(static_key, b"gatehouse enrolled" + new.identity + chain_key, "sha256").hex()
    if not hmac.compare_digest("".join(printed.split()[-1:]).encode("utf-8", "replace"), expected.encode()):
        raise EnrolmentFailed(f"The gate did not prove that it holds its new keys. {EITHER}")


def carry_out(run_on_gate: RunOnGate, keys: KeyFile, planned: Plan) -> bytes:
    """Both of them; the gate's new identity."""
    new = propose(keys, planned)
    hand_over(run_on_gate, new)
    return new.identity


def enroll(run_on_gate: RunOnGate, keys: KeyFile, lane: str) -> bytes:
    """Make a gate the gate of `lane` where nobody need be asked; its identity. Raises as the steps above."""
    planned = plan(who(run_on_gate), keys, lane)
    if planned.doubts:
        raise EnrolmentRefused(planned.doubts[0])
    return carry_out(run_on_gate, keys, planned)


def simulated(tree: Path, board: str, flash: Path) -> RunOnGate:
    """The way to a simulated gate: the real interpreter with the modelled chip, its flash in a folder."""

    def run(code: str, line: str) -> str:
        environment = {**os.environ, **gate_environment(tree, board, flash)}
        command = [interpreter(), "-c", code]
        done = subprocess.run(
            command, input=line, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
        if done.returncode:
            raise EnrolmentFailed(f"the gate's side of the enrolment failed: {done.stderr.strip().splitlines()[-1:]}")
        return done.stdout

    return run


def gate_environment(tree: Path, board: str, flash: Path) -> dict[str, str]:
    """The environment of a simulated gate without its serial lines and pins."""
    flash.mkdir(parents=True, exist_ok=True)
    make_private(flash)
    small = flash / JOURNAL_BLOCKS
    blocks = {"GATE_JOURNAL_BLOCKS": small.read_text(encoding="ascii")} if small.exists() else {}
    return blocks | {
        "MICROPYPATH": f"{compile_chip()}:{tree}:{tree / 'lib'}:.frozen",
        "MICROPYTHON": interpreter(),
        "GATE_BOARD": board,
        "GATE_FLASH": str(flash),
    }


def make_private(flash: Path) -> None:
    """Have the modelled chip's partitions in files for their owner only: one of them holds keys.

    The model fills a file that is empty and leaves its mode.
    """
    for label in ("keys", "journal"):
        file = flash / f"{label}.bin"
        file.touch(mode=0o600)
        file.chmod(0o600)
