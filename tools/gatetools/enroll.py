"""Enrolment: the host makes identity and keys, the gate stores them and proves it, the key file keeps the host's copy.

Keys travel over the gate's standard input, never in an argument, a file or a log.
"""

import hmac
import os
import secrets
import subprocess
from collections.abc import Callable
from pathlib import Path

from gatehouse.keyfile import KeyFile
from gatelink.limits import IDENTITY_BYTES, KEY_BYTES

from gatetools.build import compile_chip, interpreter

ON_THE_GATE = "from gate import hal, enrolment; enrolment.accept(hal.Flash('keys'))"
TIMEOUT_S = 30

# Runs one line of Python on a gate in service mode with a line on its standard input; what it printed.
RunOnGate = Callable[[str, str], str]


class EnrolmentFailed(Exception):
    """The gate did not prove that it holds the keys; nothing was added to the key file."""


def enroll(run_on_gate: RunOnGate, keys: KeyFile, lane: str) -> bytes:
    """Make one gate the gate of `lane`; its identity. EnrolmentFailed, or KeyFileError if the lane is taken."""
    identity = secrets.token_bytes(IDENTITY_BYTES)
    static_key, chain_key = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES)
    printed = run_on_gate(ON_THE_GATE, (identity + static_key + chain_key).hex() + "\n")
    expected = hmac.digest(static_key, b"gatehouse enrolled" + identity + chain_key, "sha256").hex()
    if not hmac.compare_digest("".join(printed.split()[-1:]), expected):
        raise EnrolmentFailed("the gate did not prove that it holds its keys; is it in service mode?")
    keys.add_gate(identity, lane, static_key, chain_key)
    return identity


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
    return {
        "MICROPYPATH": f"{compile_chip()}:{tree}:{tree / 'lib'}:.frozen",
        "MICROPYTHON": interpreter(),
        "GATE_BOARD": board,
        "GATE_FLASH": str(flash),
    }
