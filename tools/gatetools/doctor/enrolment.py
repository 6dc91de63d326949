"""The gates in the key file, and those that came and were not let in. No key is read here."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gatehouse.standing import Standing, name_of
from gatelink import codes

from gatetools.doctor.finding import Finding
from gatetools.doctor.patient import Patient
from gatetools.doctor.readonly import open_readonly

DAY_S = 86400.0
# Version 1 of the key file had neither proposals nor times.
GATES_1 = "select lane, case revoked when 0 then 'enrolled' else 'revoked' end, count, 0 from gates order by lane"
GATES_2 = "select lane, state, count, made_s from gates order by lane"
REFUSED = "refused: "
UNENROLLED = "not enrolled"  # what a standing says of a gate that came without keys
CLONED = (codes.REFUSED_ROLLED_BACK, codes.REFUSED_LIVE_ELSEWHERE)
STRANGE = (
    codes.REFUSED_UNKNOWN_GATE,
    codes.REFUSED_WRONG_KEY,
    codes.REFUSED_TOO_FAR_AHEAD,
    codes.REFUSED_KEYS_UNREADABLE,
)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A gate as the key file knows it. sessions: how many it has had. made_s: when its enrolment began, 0 unknown."""

    lane: str
    state: str  # proposed, enrolled, revoked
    sessions: int
    made_s: float = 0.0


def findings(patient: Patient) -> Iterator[Finding]:
    """Nothing on a bench."""
    if patient.settings is None:
        return
    gates = read(patient.settings.store.keys_path)
    if gates is not None:
        yield from judge_gates(gates, ports=len(patient.configured), now_s=patient.wall())
    yield from judge_refusals(patient.standings())


def read(path: Path) -> list[Enrolled] | None:
    """The gates in the file; None if they cannot be read, which `keys` tells."""
    try:
        if not path.exists():
            return None
        with closing(open_readonly(path)) as database:
            version = database.execute("pragma user_version").fetchone()[0]
            rows = database.execute(GATES_1 if version == 1 else GATES_2).fetchall()
        return [Enrolled(str(lane), str(state), int(count), float(made_s)) for lane, state, count, made_s in rows]
    except (sqlite3.Error, OSError, ValueError, TypeError):
        return None


def judge_gates(gates: Sequence[Enrolled], *, ports: int, now_s: float) -> Iterator[Finding]:
    """The gates of a key file beside the number of ports."""
    enrolled = [gate for gate in gates if gate.state == "enrolled"]
    proposed: dict[str, list[Enrolled]] = {}
    for gate in gates:
        if gate.state == "proposed":
            proposed.setdefault(gate.lane, []).append(gate)
    if not enrolled and not proposed:
        yield Finding("no-gates")
    for lane, attempts in proposed.items():
        days = max(int((now_s - one.made_s) // DAY_S) if one.made_s else 0 for one in attempts)
        code, facts = ("gate-proposed-old", {"days": days}) if days > 0 else ("gate-proposed", {})
        yield Finding(code, lane, {"count": len(attempts), **facts})
    for gate in gates:
        if gate.state == "revoked":
            yield Finding("gate-revoked", gate.lane)
        elif gate in enrolled and not gate.sessions:
            yield Finding("gate-never-seen", gate.lane)
    if enrolled and ports > len(enrolled):
        yield Finding("more-ports-than-gates", facts={"ports": ports, "gates": len(enrolled)})


def judge_refusals(standings: Sequence[Standing]) -> Iterator[Finding]:
    """Gates that came and were not let in; a version that does not fit is a matter of `firmware`."""
    for one in standings:
        if one.last_error == UNENROLLED:
            yield Finding("gate-not-enrolled", one.lane, {"board": one.board or "?"})
        if not one.last_error.startswith(REFUSED):
            continue
        why = one.last_error.removeprefix(REFUSED)
        if why in {name_of("REFUSED_", code) for code in CLONED}:
            yield Finding("gate-cloned", one.lane)
        elif why == name_of("REFUSED_", codes.REFUSED_REVOKED):
            yield Finding("gate-back-revoked", one.lane)
        elif why in {name_of("REFUSED_", code) for code in STRANGE}:
            yield Finding("gate-refused", one.lane, {"why": why})
