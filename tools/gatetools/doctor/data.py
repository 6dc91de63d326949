"""Register, ledger and the disk under them."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gatehouse.migrations import (
    ANSWERS_STEPS,
    LEDGER_STEPS,
    LISTS_STEPS,
    REGISTER_STEPS,
    CannotMigrate,
    Steps,
    found_version,
)
from gatehouse.rules.book import RuleBook
from gatehouse.schema import explain
from gatehouse.settings import RuleSettings
from gatehouse.settings_errors import SettingsError
from gatehouse.staging import BEFORE, NEXT

from gatetools.doctor.finding import Finding
from gatetools.doctor.patient import Patient
from gatetools.doctor.readonly import open_readonly

MB = 1_000_000
DISK_FULL_BYTES = 64 * MB
DISK_SHORT_BYTES = 1000 * MB  # an import of a whole city needs so much for a while
WAL_HUGE_BYTES = 1000 * MB  # an import leaves some MB, a long backup beside it some hundred
# Pseudonyms are as good as random and the table lies in their order: its first rows are a fair sample of all people.
SAMPLE_PEOPLE = 20_000
PARTLY_OLD_SHARE = 0.1
BESIDE = (NEXT.name, BEFORE.name)


@dataclass(frozen=True, slots=True)
class Folder:
    """The data folder. writable: by the user of this process."""

    path: str
    mode: int
    writable: bool
    free_bytes: int


def findings(patient: Patient) -> Iterator[Finding]:
    """Nothing on a bench."""
    if patient.settings is None or patient.data is None:
        return
    store, folder = patient.settings.store, patient.data
    if folder.is_dir():
        free_bytes = shutil.disk_usage(folder).free
        found = Folder(str(folder), folder.stat().st_mode, os.access(folder, os.W_OK | os.X_OK), free_bytes)
        yield from judge_folder(found, modes=patient.system.platform != "win32")
    else:
        yield Finding("data-absent", str(folder))
    if store.ledger.exists():
        yield from database(store.ledger, LEDGER_STEPS)
    for path, steps in ((store.lists, LISTS_STEPS), (store.answers, ANSWERS_STEPS)):
        if path.exists():
            yield from database(path, steps)
    alone = not patient.settings.platforms
    if not store.register.exists():
        yield Finding("register-absent" if alone else "register-unused")
        return
    yield from database(store.register, REGISTER_STEPS)
    yield from register(store.register, patient.wall(), usable_hours(patient.settings.rules), alone=alone)


def usable_hours(rules: RuleSettings) -> int:
    """For how long a status is of use; by the keys of [rules] where the rule file cannot be read, which others tell."""
    try:
        limits = RuleBook(rules.where(), rules.usual()).current.limits
    except SettingsError:
        limits = rules.usual().limits
    return limits.status_max_age_s // 3600


def judge_folder(folder: Folder, *, modes: bool) -> Iterator[Finding]:
    """`modes`: whether the system has permissions in this form."""
    if modes and folder.mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding("data-open", folder.path, {"mode": f"{stat.S_IMODE(folder.mode):04o}"})
    if not folder.writable:
        yield Finding("data-not-writable", folder.path)
    full, short = folder.free_bytes < DISK_FULL_BYTES, folder.free_bytes < DISK_SHORT_BYTES
    code = "disk-full" if full else "disk-short" if short else "disk-good"
    yield Finding(code, folder.path, {"mb": folder.free_bytes // MB})


def database(path: Path, steps: Steps) -> Iterator[Finding]:
    """Whether it is one of ours, whether this installation knows its version, and how much waits beside it."""
    try:
        with closing(open_readonly(path)) as opened:
            version = found_version(opened, path)
    except sqlite3.Error as failure:
        yield Finding("database-unusable", str(path), {"why": explain(failure)})
        return
    except CannotMigrate:
        yield Finding("database-unusable", str(path), {"why": "this is another program's database, or damaged."})
        return
    known = steps.newest()
    if version is not None and version != known:
        yield Finding(
            "database-newer" if version > known else "database-older", str(path), {"version": version, "known": known}
        )
    wal = path.with_name(path.name + "-wal")
    size_bytes = wal.stat().st_size if wal.exists() else 0
    if size_bytes > WAL_HUGE_BYTES:
        yield Finding("wal-huge", str(path), {"mb": size_bytes // MB})


def register(path: Path, now_s: float, hours: int, *, alone: bool) -> Iterator[Finding]:
    """How old the statuses are, against the rules. `alone`: no health platform is asked."""
    try:
        with closing(open_readonly(path)) as opened:
            rows = opened.execute("select updated_s from status limit ?", (SAMPLE_PEOPLE,)).fetchall()
            beside = opened.execute("select count(*) from sqlite_master where name in (?, ?)", BESIDE).fetchone()[0]
    except sqlite3.Error:  # told by `database`
        return
    yield judge_ages([now_s - row[0] for row in rows], hours, alone=alone)
    if beside:
        yield Finding("register-import-unfinished")


def judge_ages(ages_s: Sequence[float], hours: int, *, alone: bool = True) -> Finding:
    """The ages of some people's statuses, `hours` old at most to be of use. `alone`: no health platform is asked."""
    if not ages_s:
        return Finding("register-empty" if alone else "register-unused")
    old = sum(age_s > hours * 3600 for age_s in ages_s)
    if old == len(ages_s):
        return Finding("register-old", facts={"people": old, "hours": hours, "age": round(min(ages_s) / 3600)})
    if old > PARTLY_OLD_SHARE * len(ages_s):
        percent = round(100 * old / len(ages_s))
        return Finding("register-partly-old", facts={"people": len(ages_s), "percent": percent, "hours": hours})
    return Finding("register-good")
