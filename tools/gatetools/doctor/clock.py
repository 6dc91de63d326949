"""The PC's clock: by it statuses expire."""

import datetime
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import gatehouse
from gatehouse.deeds import Deed
from gatehouse.ledger import Entry, anyones

from gatetools.doctor.finding import Finding
from gatetools.doctor.patient import Patient
from gatetools.doctor.readonly import open_readonly
from gatetools.doctor.system import System

BEHIND_MIN_S = 60.0
BUILD_SLACK_S = 86400.0  # a time zone mixed up while the files were packed is not yet a wrong clock


@dataclass(frozen=True, slots=True)
class Sync:
    """What is known of the synchronisation. by: who tells. good: None if nobody does."""

    by: str
    good: bool | None


def findings(patient: Patient) -> Iterator[Finding]:
    """Synchronisation as Linux's time services tell it; then whether the time is possible at all."""
    if patient.system.platform == "linux":
        yield judge_sync(asked(patient.system))
    else:
        yield Finding("not-asked", "NTP", {"system": patient.system.platform})
    newest_s = newest_entry_s(patient.settings.store.ledger) if patient.settings else None
    yield from judge_time(patient.wall(), newest_s, Path(gatehouse.__file__).stat().st_mtime)
    zone = datetime.datetime.fromtimestamp(patient.wall()).astimezone()
    yield Finding("clock-zone", facts={"zone": f"{zone:%Z}, UTC{zone:%z}"})


def asked(system: System) -> Sync:
    """systemd-timedated(8) first, then chronyc(1), then the mark of systemd-timesyncd(8)."""
    said = system.run("timedatectl", "show", "-p", "NTPSynchronized")
    if said is not None and said.startswith("NTPSynchronized="):
        return Sync("timedatectl", said == "NTPSynchronized=yes")
    said = system.run("chronyc", "-n", "tracking")
    leap = next((line for line in (said or "").splitlines() if line.startswith("Leap status")), "")
    if leap:
        return Sync("chrony", "not synchronised" not in leap.lower())
    if system.there("/run/systemd/timesync/synchronized"):
        return Sync("systemd-timesyncd", good=True)
    return Sync("", None)


def judge_sync(sync: Sync) -> Finding:
    """Of what the time service says."""
    if sync.good is None:
        return Finding("clock-unknown")
    return Finding("clock-synchronised" if sync.good else "clock-not-synchronised", facts={"by": sync.by})


def judge_time(now_s: float, newest_s: float | None, built_s: float) -> Iterator[Finding]:
    """Unix times: now, when the ledger's newest entry was heard (None: there is none), when the files were made."""
    if newest_s is not None and newest_s - now_s > BEHIND_MIN_S:
        yield Finding("clock-behind-ledger", facts={"minutes": round((newest_s - now_s) / 60)})
    if built_s - now_s > BUILD_SLACK_S:
        moment = datetime.datetime.fromtimestamp(now_s, datetime.UTC)
        yield Finding("clock-before-build", facts={"now": f"{moment:%Y-%m-%d %H:%M} UTC"})


def newest_entry_s(ledger: Path) -> float | None:
    """When the newest entry was heard; None without one. What is wrong with the file is told elsewhere."""
    if not ledger.exists():
        return None
    query = "select entry from ledger where entry is not null order by number desc limit 1"
    try:
        with closing(open_readonly(ledger)) as database:
            row = database.execute(query).fetchone()
        return None if row is None else float(when(anyones(row[0])))
    except (sqlite3.Error, ValueError, TypeError):
        return None


def when(entry: Entry | Deed) -> int:
    """Unix time of the house at which it was recorded."""
    return entry.at_s if isinstance(entry, Deed) else entry.heard_s
