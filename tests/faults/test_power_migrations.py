"""Databases of older versions when the power fails while they are brought up to date."""

import contextlib
import sqlite3
from pathlib import Path

import pytest
from gatehouse.ledger import Ledger

from faults.cuts import judge
from faults.recorder import Recorder

VECTORS = Path(__file__).resolve().parents[1] / "vectors"


@pytest.mark.parametrize("version", [1, 2])
def test_an_update_that_loses_its_power_leaves_the_old_ledger_or_the_new_one(tmp_path, version):
    """The next start takes it on from there; and a copy of the old one is there as soon as the new one is."""
    folder = tmp_path / "disk"
    folder.mkdir()
    path = folder / "ledger.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("pragma journal_mode = wal")
        database.executescript((VECTORS / f"ledger_version_{version}.sql").read_text(encoding="utf-8"))
        entries = database.execute("select entry from ledger order by number").fetchall()
    recorded = Recorder(folder)
    with recorded.listening():
        Ledger(path).close()
        recorded.promise("up to date")

    def check(found, cut):
        with contextlib.closing(sqlite3.connect(found / "ledger.db")) as database:
            assert database.execute("select entry from ledger order by number").fetchall() == entries
            (kept,) = database.execute("select value from meta where name = 'version'").fetchone()
        changed = kept != str(version)
        assert changed or not cut.promised
        copies = list(found.glob(f"ledger.db.v{version}-*"))
        assert copies or not changed
        for copy in copies:
            with contextlib.closing(sqlite3.connect(copy)) as database:
                assert database.execute("select entry from ledger order by number").fetchall() == entries
        with contextlib.closing(Ledger(found / "ledger.db")) as ledger:
            assert [one.encoded() for one in ledger.entries()] == [body for (body,) in entries]

    assert judge(recorded, tmp_path / "found", check, seed=version) > 10
