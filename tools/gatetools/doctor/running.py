"""Whether the gatehouse runs and starts by itself, and how it says that its gates stand."""

from collections.abc import Iterator, Sequence

from gatehouse import noticeboard
from gatehouse.noticeboard import NoticeError
from gatehouse.standing import Standing

from gatetools.doctor.finding import Finding
from gatetools.doctor.patient import Patient

RECENT_S = 3600.0
FRAMES_MIN = 1000  # fewer say nothing about a line
NOISY_SHARE = 0.01
UNIT = "gatehouse.service"
STARTS = ("enabled", "enabled-runtime", "static", "alias", "indirect", "generated")


def findings(patient: Patient) -> Iterator[Finding]:
    """Nothing on a bench."""
    if patient.data is None:
        return
    try:
        notice = patient.notice()
    except NoticeError:
        yield Finding("notice-unreadable", str(noticeboard.path_in(patient.data)))
    else:
        yield from alive(notice)
        # What a silent house said last of its links is no news.
        yield from lanes(notice[1] if notice and notice[0] <= noticeboard.STALE_S else [], patient.wall())
    if patient.system.platform == "linux":
        yield from starts(patient.system.run("systemctl", "is-enabled", UNIT))
    else:
        yield Finding("not-asked", "service", {"system": patient.system.platform})


def alive(notice: tuple[float, list[Standing]] | None) -> Iterator[Finding]:
    """Of the notice's age."""
    if notice is None:
        yield Finding("house-not-running")
    elif notice[0] > noticeboard.STALE_S:
        yield Finding("house-silent", facts={"seconds": round(notice[0])})
    else:
        yield Finding("house-running")


def lanes(standings: Sequence[Standing], now_s: float) -> Iterator[Finding]:
    """How each gate stands that has proven itself at least once. Refusals are matters of enrolment and version."""
    for one in standings:
        if not one.since_s:
            continue
        if one.up:
            yield Finding("lane-up", one.lane, {"port": one.port})
        else:
            yield Finding("lane-down", one.lane, {"port": one.port, "minutes": round((now_s - one.since_s) / 60)})
        fresh = one.last_error and now_s - one.last_error_s < RECENT_S
        if one.up and fresh and not one.last_error.startswith("refused"):
            minutes = round((now_s - one.last_error_s) / 60)
            yield Finding("lane-error", one.lane, {"error": one.last_error, "minutes": minutes})
        arrived, damaged = one.counts["frames_in"], one.counts["damaged"]
        if arrived + damaged >= FRAMES_MIN and damaged >= NOISY_SHARE * (arrived + damaged):
            yield Finding("line-noisy", one.lane, {"percent": round(100 * damaged / (arrived + damaged))})


def starts(printed: str | None) -> Iterator[Finding]:
    """Of what `systemctl is-enabled` prints; None: there is no systemd."""
    state = (printed or "not-found").split()[0] if (printed or "not-found").split() else "not-found"
    if state in STARTS:
        yield Finding("service-enabled")
    elif state == "not-found":
        yield Finding("service-absent")
    else:
        yield Finding("service-not-enabled", facts={"state": state})
