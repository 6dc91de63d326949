"""Databases of other versions: brought up with a copy kept, or refused with what to do."""

import contextlib
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from gatehouse import migrations, schema, snapshot
from gatehouse.ledger import Entry, Ledger
from gatehouse.migrations import Steps
from gatehouse.register import Register
from gatehouse.schema import LEDGER, DatabaseError, open_database
from gatehouse.sole import SoleRun
from gatehouse.staff import Note
from gatelink import codes


def contents(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


def copies(path):
    return sorted(path.parent.glob(f"{path.name}.v*"))


HEAD = """
import os, signal, sqlite3
import sqlalchemy as sa
from alembic import op
revision, down_revision = "{version}", "{before}"
def upgrade():
"""
ADD_REMARKS = """
    op.create_table("remark", sa.Column("number", sa.Integer, primary_key=True), sa.Column("text", sa.Text))
    op.execute("insert into remark select number, 'from before' from ledger")
"""
ADD_INDEX = """
    op.create_index("remark_by_text", "remark", ["text"])
"""
BREAKS = """
    op.create_table("half", sa.Column("a", sa.Integer))
    op.execute("insert into meta values ('version', '1')")
"""
FILLS = """
    op.create_table("half", sa.Column("a", sa.LargeBinary))
    op.get_bind().exec_driver_sql("pragma max_page_count = 1")  # SQLite takes the size that the file has
    op.execute("insert into half values (zeroblob(1000000))")
"""
IS_KILLED = """
    op.create_table("half", sa.Column("a", sa.Integer))
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def steps(tmp_path_factory):
    """The ledger's first version, and steps as later versions may take them."""

    def make(*bodies):
        folder = tmp_path_factory.mktemp("revisions")
        shutil.copy(migrations.LEDGER_STEPS.folder / "v1_first.py", folder)
        for version, body in enumerate(bodies, start=2):
            text = HEAD.format(version=version, before=version - 1) + body
            folder.joinpath(f"v{version}_later.py").write_text(text, encoding="utf-8")
        return Steps(folder)

    return make


def test_databases_of_version_1_open_as_they_were_made(old):
    """Frozen when version 1 was current: what is in them means the same today."""
    with contextlib.closing(Ledger(old("ledger"))) as ledger:
        entries, cursors = ledger.entries(), ledger.cursors()
    with contextlib.closing(Register(old("register"), bytes(range(32)))) as register:
        people = register.count()

    assert [(one.index, one.what) for one in entries] == [
        (1, codes.REPORT_OPENING),
        (2, codes.REPORT_PASSED),
        (4, codes.REPORT_GAP),
        (5, codes.REPORT_BOOTED),
    ]
    assert cursors == {b"GATE-A1.": 5}
    assert people == 3


def test_statuses_of_version_1_have_no_limit_of_their_own(old):
    """They are looked up as they were, at any time."""
    path = old("register")
    with contextlib.closing(Register(path, bytes(range(32)))) as register:
        rows = list(register.rows())
        register.load([[(bytes(16), 3, "test", 1_800_000_000, "city", 1_900_000_000)]])
        after = list(register.rows())

    assert [(colour, reason, updated_s, until_s) for _, colour, reason, updated_s, _, until_s in rows] == [
        (1, "test", 1_700_000_000, None),
        (2, "test", 1_700_000_001, None),
        (3, "test", 1_700_000_002, None),
    ]
    assert after[0] == (bytes(16), 3, "test", 1_800_000_000, "city", 1_900_000_000)
    assert after[1:] == rows[1:]
    assert [one.name.split("-")[0] for one in copies(path)] == ["register.db.v1"]


def test_an_older_database_takes_every_step_and_a_copy_is_kept(old, steps):
    """Contents, version, and the copy as it was before, for its owner only."""
    path = old("ledger")
    before = contents(path)

    open_database(path, LEDGER, steps(ADD_REMARKS, ADD_INDEX)).dispose()
    open_database(path, LEDGER, steps(ADD_REMARKS, ADD_INDEX)).dispose()

    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("select value from meta where name = 'version'").fetchone() == ("3",)
        assert database.execute("select count(*) from remark where text = 'from before'").fetchone() == (4,)
    (copy,) = copies(path)
    assert copy.name.startswith("ledger.db.v1-")
    assert contents(copy) == before
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    open_database(copy, LEDGER, steps()).dispose()


def test_only_the_steps_that_are_missing_are_taken(old, steps):
    """A database of version 2 goes to 3 and its copy is one of version 2."""
    path = old("ledger")
    open_database(path, LEDGER, steps(ADD_REMARKS)).dispose()
    open_database(path, LEDGER, steps(ADD_REMARKS, ADD_INDEX)).dispose()

    assert [one.name.split("-")[0] for one in copies(path)] == ["ledger.db.v1", "ledger.db.v2"]


def test_a_new_database_has_the_newest_version_and_no_copy(tmp_path, steps):
    """There is nothing to keep."""
    path = tmp_path / "ledger.db"
    open_database(path, LEDGER, steps(ADD_REMARKS)).dispose()

    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("select value from meta where name = 'version'").fetchone() == ("2",)
    assert copies(path) == []


@pytest.mark.parametrize(
    ("step", "says"), [(BREAKS, "step to version 3 does not fit"), (FILLS, "full. Free space on that disk")]
)
def test_a_step_that_fails_changes_nothing(old, steps, step, says):
    """The steps before it are undone too; the message says what to do."""
    path = old("ledger")
    before = contents(path)

    with pytest.raises(DatabaseError, match=says):
        open_database(path, LEDGER, steps(ADD_REMARKS, step))

    assert contents(path) == before
    assert contents(copies(path)[0]) == before
    open_database(path, LEDGER, steps()).dispose()


@pytest.mark.parametrize("version", ["5", "17"])
def test_data_of_a_newer_version_is_refused_untouched(old, gatehouse_command, station, version):
    """By every command, with what to do."""
    station.enrol()
    station.data.mkdir()
    path = old("ledger", station.data)
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("update meta set value = ?", (version,))
    before = contents(path)

    for arguments in (("run",), ("ledger", "list")):
        command = [*gatehouse_command, *arguments, "--config", str(station.write_config("loop://"))]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert shown.returncode == 1
        assert f"a later Gatehouse has written it (version {version}; this one knows 4)" in shown.stderr
        assert "Update this Gatehouse" in shown.stderr
        assert "Traceback" not in shown.stderr
    assert contents(path) == before


@pytest.mark.parametrize(
    "script",
    [
        "create table customers (name text)",
        "create table meta (name text, value text)",
        "create table meta (name text, value text); insert into meta values ('version', 'one')",
        "create table meta (name text, value text); insert into meta values ('version', '99999999999999999999')",
        "create table meta (name text, value blob); insert into meta values ('version', x'00ff')",
        "create table meta (a text)",
    ],
)
def test_another_programs_database_is_refused_untouched(tmp_path, script, steps):
    """No table of ours is made in it."""
    path = tmp_path / "ledger.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript(script)
    before = contents(path)

    with pytest.raises(DatabaseError, match=r"ledger\.db: "):
        open_database(path, LEDGER, steps())

    assert contents(path) == before


def test_what_an_older_gatehouse_still_serves_is_not_changed_under_it(old, steps):
    """The person is told to restart that one."""
    path = old("ledger")
    before = contents(path)
    with contextlib.closing(SoleRun(path.parent)), pytest.raises(DatabaseError, match="Restart a gatehouse"):
        open_database(path, LEDGER, steps(ADD_REMARKS))

    assert contents(path) == before
    assert copies(path) == []


def test_two_that_come_at_once_migrate_once(old, steps):
    """Whoever is second finds it done, or is told to try again by the first one's lock."""
    path = old("ledger")
    refused = []

    def come():
        try:
            open_database(path, LEDGER, steps(ADD_REMARKS)).dispose()
        except DatabaseError as failure:
            refused.append(str(failure))

    threads = [threading.Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) < 4
    assert all("Another process holds it" in one for one in refused)
    assert len(copies(path)) == 1
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("select count(*) from remark").fetchone() == (4,)


KILLED = """
import sys
from pathlib import Path
from gatehouse.migrations import Steps
from gatehouse.schema import LEDGER, open_database
open_database(Path(sys.argv[1]), LEDGER, Steps(Path(sys.argv[2])))
"""


def test_a_migration_that_was_killed_is_as_if_it_had_not_begun(old, steps):
    """The next start does it."""
    path = old("ledger")
    before = contents(path)
    arguments = [sys.executable, "-c", KILLED, str(path), str(steps(IS_KILLED).folder)]
    killed = subprocess.run(arguments, timeout=30, check=False)
    after = contents(path)
    open_database(path, LEDGER, steps(ADD_REMARKS)).dispose()

    assert killed.returncode == -signal.SIGKILL
    assert after == before
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("select value from meta where name = 'version'").fetchone() == ("2",)


def test_a_copy_that_was_cut_short_is_replaced(old, steps):
    """What a killed process left beside the database hinders nobody."""
    path = old("ledger")
    before = contents(path)
    path.with_name("ledger.db.copy").write_bytes(b"half a copy")

    open_database(path, LEDGER, steps(ADD_REMARKS)).dispose()

    assert not path.with_name("ledger.db.copy").exists()
    assert contents(copies(path)[0]) == before


def test_a_disk_without_room_for_the_copy_changes_nothing(old, monkeypatch, steps):
    """No copy, no migration."""
    path = old("ledger")
    before = contents(path)

    def full(_source, target, *_):
        target.touch()
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(snapshot, "take", full)
    with pytest.raises(DatabaseError, match="No space left"):
        open_database(path, LEDGER, steps(ADD_REMARKS))

    assert contents(path) == before
    assert copies(path) == []


DATABASES = [
    ("register", schema.REGISTER, migrations.REGISTER_STEPS),
    ("ledger", schema.LEDGER, migrations.LEDGER_STEPS),
    ("lists", schema.LISTS, migrations.LISTS_STEPS),
    ("answers", schema.ANSWERS, migrations.ANSWERS_STEPS),
]


def shape(path):
    """Tables with their options, columns and indexes, as SQLite understands them."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        tables = database.execute(
            "select name, ncol, wr, strict from pragma_table_list where type = 'table'"
        ).fetchall()
        columns = {
            name: database.execute("select * from pragma_table_xinfo(?)", (name,)).fetchall() for name, *_ in tables
        }
        indexes = {
            name: [
                (index, unique, database.execute("select * from pragma_index_xinfo(?)", (index,)).fetchall())
                for index, unique in database.execute('select name, "unique" from pragma_index_list(?)', (name,))
            ]
            for name, *_ in tables
        }
    return sorted(tables), columns, indexes


def through_the_steps(path, steps):
    """From nothing, by every step."""
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        for _, step in steps.after(0):
            step()
    engine.dispose()


@pytest.mark.parametrize(("name", "tables", "steps_"), DATABASES)
def test_all_steps_lead_to_what_a_new_database_is(tmp_path, old, name, tables, steps_):
    """From nothing and from the oldest that was frozen, to the last column and index; the version is counted so."""
    made, grown = tmp_path / "made" / f"{name}.db", tmp_path / "grown.db"
    open_database(made, tables, steps_).dispose()
    through_the_steps(grown, steps_)

    assert shape(grown) == shape(made)
    with contextlib.closing(sqlite3.connect(made)) as database:
        assert migrations.found_version(database, made) == steps_.newest() == steps_.after(0)[-1][0]
    path = old(name)
    open_database(path, tables, steps_).dispose()
    assert shape(path) == shape(made)


def test_commands_that_find_nothing_to_do_do_not_wait_for_alembic(tmp_path):
    """It takes a tenth of a second to load."""
    script = (
        "import sys; from pathlib import Path; import gatehouse.cli; from gatehouse.ledger import Ledger; "
        "Ledger(Path(sys.argv[1])).close(); Ledger(Path(sys.argv[1])).close(); print('alembic' in sys.modules)"
    )
    arguments = [sys.executable, "-c", script, str(tmp_path / "ledger.db")]
    shown = subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=True)
    assert shown.stdout == "False\n"


def test_an_old_ledger_takes_orders_of_staff_and_keeps_its_own_entries(old):
    """Its leaves stay as they were, byte for byte; a copy is kept; a note comes after."""
    path = old("ledger")
    with contextlib.closing(sqlite3.connect(path)) as database:
        before = database.execute("select leaf, salt, entry from ledger order by number").fetchall()
    ordered = Entry(b"GATE-A1.", "A1", 0, codes.REPORT_ORDERED, 0, 9, codes.ORDER_LOCK, 5, 5, None, Note("lin", "why"))
    with contextlib.closing(Ledger(path)) as ledger:
        ledger.commit(ordered)
        assert ledger.leaves()[:-1] == before
        assert ledger.entries()[-1] == replace(ordered, index=5)
        assert all(entry.note is None for entry in ledger.entries()[:-1])
    assert [one.name.split("-")[0] for one in copies(path)] == ["ledger.db.v1"]


def test_a_ledger_of_version_2_takes_grounds_and_keeps_its_notes(old):
    """Frozen when version 2 was current: the order in it has no grounds; one that follows has."""
    path = old("ledger", version=2)
    on_grounds = Note("lin", "", "child")
    ordered = Entry(b"GATE-A1.", "A1", 0, codes.REPORT_ORDERED, 0, 9, codes.ORDER_OPEN_ONCE, 5, 5, None, on_grounds)
    with contextlib.closing(Ledger(path)) as ledger:
        before = ledger.leaves()
        ledger.commit(ordered)
        assert ledger.leaves()[:-1] == before
        notes = [entry.note for entry in ledger.entries()]
    assert notes == [None, Note("lin (Wang)", "wheelchair, through by hand"), None, on_grounds]
    assert [one.name.split("-")[0] for one in copies(path)] == ["ledger.db.v2"]
