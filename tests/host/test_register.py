"""The register: lookups, loads, and what it does when the disk or the file fails."""

import sqlite3
import stat

import pytest
import sqlalchemy as sa
from gatehouse.person import pseudonym
from gatehouse.register import Loaded, Register
from gatehouse.schema import DatabaseError
from gatehouse.status import FAILED, NOT_FOUND, UNMAPPED, Colour, Outcome
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

KEY = b"k" * 32


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "register.db"


@pytest.fixture
def register(path):
    opened = Register(path, KEY)
    yield opened
    opened.close()


def row(number, colour=Colour.GREEN, updated_s=1000, source="city", reason="", until_s=None):
    return pseudonym(KEY, number.encode()), int(colour), reason, updated_s, source, until_s


def test_a_loaded_status_is_found_whole(register, number_of):
    """Colour, time, source and reason; bytearray or bytes."""
    number = number_of(1)

    assert register.load([[row(number, Colour.RED, 1234, "city", "contact")]]) == Loaded(1, 0)

    status = register.look_up(bytearray(number.encode()))
    assert (status.outcome, status.updated_s, status.source, status.reason) == (Outcome.RED, 1234, "city", "contact")
    assert register.count() == 1


def test_nobody_known_is_not_found(register, number_of):
    """An empty register is no error."""
    assert register.look_up(number_of(1).encode()) is NOT_FOUND


def test_another_key_file_is_refused(path, register):
    """Else everybody would be unknown, and an import would leave a person's old green beside the new red."""
    with pytest.raises(DatabaseError, match="another key file"):
        Register(path, b"x" * 32)


def test_no_number_lies_in_the_files(path, register, number_of):
    """Neither digits nor their plain hash."""
    register.load([[row(number_of(n)) for n in range(100)]])
    register.close()
    content = b"".join(file.read_bytes() for file in path.parent.iterdir())

    assert not any(number_of(n).encode() in content for n in range(100))
    assert number_of(0)[:6].encode() not in content


def test_the_files_are_their_owners_alone(path, register):
    """Register, log and shared memory; and the folder that was made for them."""
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


@pytest.mark.parametrize(("old_s", "new_s", "wins"), [(1000, 1001, True), (1000, 1000, True), (1000, 999, False)])
def test_an_older_status_never_replaces_a_newer_one(register, number_of, old_s, new_s, wins):
    """An old file imported late does not turn a red green."""
    number = number_of(1)
    register.load([[row(number, Colour.RED, old_s)]])

    loaded = register.load([[row(number, Colour.GREEN, new_s)]])

    assert loaded == Loaded(1, 0 if wins else 1)
    assert register.look_up(number.encode()).outcome is (Outcome.GREEN if wins else Outcome.RED)


def test_a_load_that_fails_midway_changes_nothing(register, number_of):
    """Batches already given are undone."""
    register.load([[row(number_of(1))]])

    def batches():
        yield [row(number_of(1), Colour.RED, 2000), row(number_of(2))]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        register.load(batches())

    assert register.count() == 1
    assert register.look_up(number_of(1).encode()).outcome is Outcome.GREEN


def test_a_full_disk_ends_in_a_clear_message_and_the_old_data(register, number_of):
    """The pages that the file may have run out in the middle of a load."""
    register.load([[row(number_of(1))]])
    engine = register._engine
    sa.event.listen(engine, "connect", lambda raw, _: raw.execute("pragma max_page_count = 20"))
    engine.pool.dispose()

    with pytest.raises(DatabaseError, match=r"disk is full\. Free space on that disk") as full:
        register.load([[row(number_of(n), Colour.RED, 2000) for n in range(10000)]])

    assert pseudonym(KEY, number_of(1).encode()).hex() not in str(full.value)
    assert register.count() == 1
    assert register.look_up(number_of(1).encode()).outcome is Outcome.GREEN


def test_a_register_that_another_program_writes_is_told(path, register, number_of, monkeypatch):
    """The load waits for a while and then says why it did not happen."""
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("begin immediate")
    try:
        sa.event.listen(register._engine, "connect", lambda raw, _: raw.execute("pragma busy_timeout = 50"))
        register._engine.pool.dispose()
        with pytest.raises(DatabaseError, match="Another program is writing"):
            register.load([[row(number_of(1))]])
    finally:
        blocker.execute("rollback")
        blocker.close()


@pytest.mark.parametrize("value", [0, 4, -1, 99])
def test_a_colour_that_nothing_maps_is_no_colour(path, register, number_of, value):
    """Somebody else's number for green is not our green."""
    number = number_of(1)
    register.load([[(pseudonym(KEY, number.encode()), value, "", 1000, "city", None)]])

    assert register.look_up(number.encode()) is UNMAPPED


@pytest.mark.parametrize("values", [("x", 1000), (1, "x"), (1.5, 1000), (1, 1.5), (None, 1000), (1, None)])
def test_the_tables_take_only_what_they_are_for(register, number_of, values):
    """A wrong type never gets in."""
    colour, updated_s = values

    with pytest.raises(DatabaseError):
        register.load([[(pseudonym(KEY, number_of(1).encode()), colour, "", updated_s, "city", None)]])


def test_a_broken_register_is_failed_and_never_green(path, register, number_of):
    """Lookups on a closed or damaged file say that they failed."""
    register.load([[row(number_of(1))]])
    register._lookup.close()
    with sqlite3.connect(path) as database:
        database.execute("drop table status")
    database.close()
    register._lookup = register._engine.raw_connection()

    assert register.look_up(number_of(1).encode()) is FAILED


@pytest.mark.parametrize("what", ["text", "folder", "later"])
def test_a_file_that_is_no_register_is_refused(tmp_path, what):
    """With the path and what to do."""
    path = tmp_path / "register.db"
    if what == "text":
        path.write_text("this is a text, and quite a long one so that there is a header to be read" * 20)
    elif what == "folder":
        path.mkdir()
    else:
        Register(path, KEY).close()
        with sqlite3.connect(path) as database:
            database.execute("update meta set value = '999' where name = 'version'")
        database.close()

    with pytest.raises(DatabaseError, match=str(path)):
        Register(path, KEY)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    """A file stands in the way."""
    (tmp_path / "data").write_text("")

    with pytest.raises(DatabaseError, match="Check that this user may write"):
        Register(tmp_path / "data" / "register.db", KEY)


def test_a_path_with_odd_characters_is_taken_as_it_is(tmp_path, number_of):
    """Question marks, spaces and Chinese are no URL here."""
    path = tmp_path / "车站 1?mode=ro#x%20" / "register.db"
    register = Register(path, KEY)
    register.load([[row(number_of(1))]])
    register.close()

    assert path.exists()


def test_postgresql_stays_possible():
    """The schema compiles for it without anything of SQLite's."""
    from gatehouse.schema import LEDGER, REGISTER

    for metadata in (REGISTER, LEDGER):
        for table in metadata.sorted_tables:
            ddl = str(CreateTable(table).compile(dialect=postgresql.dialect()))
            assert "STRICT" not in ddl
            assert "ROWID" not in ddl


def test_lookups_go_on_while_another_connection_loads(path, register, number_of):
    """An open transaction with thousands of rows changes no answer until it is committed."""
    register.load([[row(number_of(1))]])
    importer = Register(path, KEY)
    seen = []

    def batches():
        for start in range(0, 5000, 1000):
            yield [row(number_of(n), Colour.RED, 2000) for n in range(start, start + 1000)]
            seen.append(register.look_up(number_of(1).encode()).outcome)

    importer.load(batches())
    importer.close()

    assert seen == [Outcome.GREEN] * 5
    assert register.look_up(number_of(1).encode()).outcome is Outcome.RED
