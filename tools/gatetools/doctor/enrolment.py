"""The key file and the gates in it. No key is read: only lanes, states and counts leave the file."""

import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gatehouse.protectors import automatic
from gatehouse.schema import explain
from gatehouse.standing import Standing, name_of
from gatelink import codes

from gatetools.doctor.finding import Finding
from gatetools.doctor.patient import Patient
from gatetools.doctor.readonly import open_readonly

DAY_S = 86400.0
VERSIONS = (1, 2)  # of the key file; version 1 had neither proposals nor times
GATES_1 = "select lane, case revoked when 0 then 'enrolled' else 'revoked' end, count, 0 from gates order by lane"
GATES_2 = "select lane, state, count, made_s from gates order by lane"
COPIES = ("{}.v*", "{}.bak*", "{}.old*", "{}.copy*", "{}~")
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
    path = patient.settings.store.keys_path
    yield from places(path, patient.settings.store.ledger.parent)
    if not path.exists():
        yield Finding("keys-missing", str(path))
    else:
        if patient.system.platform != "win32":
            yield from judge_mode(path)
        yield from inside(path, patient)
    yield from judge_refusals(patient.standings())


def places(path: Path, data: Path) -> Iterator[Finding]:
    """Where the file and copies of it lie."""
    if data.resolve() in path.resolve().parents:
        yield Finding("keys-in-data", str(path))
    copies = {copy for form in COPIES for copy in path.parent.glob(form.format(path.name))}
    for copy in sorted(copies):
        yield Finding("keys-copy", str(copy))


def judge_mode(path: Path) -> Iterator[Finding]:
    """Whether others may read it."""
    mode = path.stat().st_mode
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding("keys-open", str(path), {"mode": f"{stat.S_IMODE(mode):04o}"})


def inside(path: Path, patient: Patient) -> Iterator[Finding]:
    """What the file says of its gates."""
    try:
        gates, used = read(path)
    except PermissionError:
        yield Finding("not-readable", str(path), {"why": "permission denied"})
    except sqlite3.Error as failure:
        yield Finding("keys-unusable", str(path), {"why": explain(failure)})
    except ValueError as failure:
        yield Finding("keys-unusable", str(path), {"why": str(failure)})
    else:
        if used is not None:
            offered = [one.name for one in automatic() if not one.why_not()]
            yield from judge_protector(str(path), used, offered)
        yield from judge_gates(gates, ports=len(patient.configured), now_s=patient.wall())


def read(path: Path) -> tuple[list[Enrolled], str | None]:
    """The gates in the file, and what its keys are sealed by, None in version 1.

    sqlite3.Error, PermissionError; ValueError if it is no key file of a known version.
    """
    path.open("rb").close()  # SQLite would only say that it cannot open it
    with closing(open_readonly(path)) as database:
        version = database.execute("pragma user_version").fetchone()[0]
        if version > max(VERSIONS):
            raise ValueError(f"a later Gatehouse has written it (version {version}). Update this one.")
        columns = {row[1] for row in database.execute("pragma table_info(gates)")}
        if not {"lane", "count"} <= columns:
            raise ValueError("this is no key file.")
        rows = database.execute(GATES_1 if version == 1 else GATES_2).fetchall()
        used = None if version == 1 else str(database.execute("select protector from vault").fetchone()[0])
    gates = [Enrolled(str(lane), str(state), int(count), float(made_s)) for lane, state, count, made_s in rows]
    return gates, used


def judge_protector(path: str, used: str, offered: Sequence[str]) -> Iterator[Finding]:
    """`used`: what seals the keys in the file. `offered`: what this PC's system has for it, the best first."""
    if offered and used not in offered:
        yield Finding("keys-weakly-protected", path, {"protector": used, "better": offered[0]})


def judge_gates(gates: Sequence[Enrolled], *, ports: int, now_s: float) -> Iterator[Finding]:
    """The gates of a key file beside the number of ports."""
    enrolled = [gate for gate in gates if gate.state == "enrolled"]
    yield Finding("keys-good", facts={"gates": len(enrolled)}) if enrolled else Finding("no-gates")
    for gate in gates:
        days = int((now_s - gate.made_s) // DAY_S) if gate.made_s else 0
        if gate.state == "proposed":
            yield (
                Finding("gate-proposed-old", gate.lane, {"days": days}) if days else Finding("gate-proposed", gate.lane)
            )
        elif gate.state == "revoked":
            yield Finding("gate-revoked", gate.lane)
        elif not gate.sessions:
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
