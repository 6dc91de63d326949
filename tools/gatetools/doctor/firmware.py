"""What each gate told of its firmware, compared with this installation."""

import importlib.metadata
import re
from collections.abc import Iterator
from dataclasses import dataclass

from gatehouse.standing import Standing, name_of
from gatelink import codes
from packaging.version import InvalidVersion, Version

from gatetools.chip.micropython import OLDEST
from gatetools.doctor.finding import Finding
from gatetools.doctor.patient import Patient

NUMBERS = re.compile(r"(\d{1,4})\.(\d{1,4})")


@dataclass(frozen=True, slots=True)
class Told:
    """A gate's own words: version of the firmware, board, interpreter. "" for what it did not say."""

    lane: str
    firmware: str
    board: str
    system: str


def findings(patient: Patient) -> Iterator[Finding]:
    """Each gate that has been in a session since the gatehouse started."""
    installed = importlib.metadata.version("gatehouse")
    for one in patient.standings():
        yield from judge_refusal(one)
        if one.since_s:
            yield from judge(told(one), installed)


def told(standing: Standing) -> Told:
    """What a standing holds of it."""
    return Told(standing.lane, standing.firmware, standing.board, standing.system)


def judge(gate: Told, installed: str) -> Iterator[Finding]:
    """`installed`: version of this installation."""
    facts = {"firmware": gate.firmware, "board": gate.board, "installed": installed}
    if gate.firmware:
        yield Finding(compared(gate.firmware, installed), gate.lane, facts)
    else:
        yield Finding("firmware-untold", gate.lane)
    numbers = NUMBERS.search(gate.system)
    if numbers and (int(numbers[1]), int(numbers[2])) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        yield Finding("micropython-unsupported", gate.lane, {"system": gate.system, "oldest": oldest})


def compared(firmware: str, installed: str) -> str:
    """The finding's code; versions as PEP 440 orders them."""
    try:
        theirs, ours = Version(firmware), Version(installed)
    except InvalidVersion:
        return "firmware-odd"
    return "firmware-same" if theirs == ours else "firmware-older" if theirs < ours else "firmware-newer"


def judge_refusal(standing: Standing) -> Iterator[Finding]:
    """A gate that speaks no version that the gatehouse knows."""
    if standing.last_error == f"refused: {name_of('REFUSED_', codes.REFUSED_VERSION)}":
        yield Finding("version-refused", standing.lane)
