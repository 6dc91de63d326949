"""Tables of the databases: the register of statuses, the ledger of what the lanes did, the station's own lists,
what health platforms told.

Files of their own, because an import keeps the register's file busy and the ledger must go on committing.
SQLAlchemy Core, so that queries stay the same on PostgreSQL.
"""

import contextlib
import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from gatehouse import migrations
from gatehouse.access import hand_over, obstacle, other_owner
from gatehouse.backups import swap
from gatehouse.words import Words

REGISTER = sa.MetaData()
LEDGER = sa.MetaData()
LISTS = sa.MetaData()
ANSWERS = sa.MetaData()

# STRICT tables of SQLite know INTEGER only, which holds 64 bits there.
Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _meta(metadata: sa.MetaData) -> sa.Table:
    columns = sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False)
    return sa.Table("meta", metadata, *columns, sqlite_strict=True)


_meta(REGISTER)
_meta(LEDGER)
_meta(LISTS)
_meta(ANSWERS)

# About 42 bytes a row; no row id beside the pseudonym. Unix times; until_s: the end that its issuer gave it, if any.
status = sa.Table(
    "status",
    REGISTER,
    sa.Column("pseudonym", sa.LargeBinary(16), primary_key=True),
    sa.Column("colour", Number, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("updated_s", Number, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("until_s", Number),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

# Append-only, numbered from 1 without a gap. leaf = SHA-256(00 | salt | entry); entry is CBOR. identity and report tell
# a repeat from a new report.
ledger = sa.Table(
    "ledger",
    LEDGER,
    sa.Column("number", Number, primary_key=True, autoincrement=True),
    sa.Column("identity", sa.LargeBinary(8), nullable=False),
    sa.Column("report", Number, nullable=False),
    sa.Column("leaf", sa.LargeBinary(32), nullable=False),
    sa.Column("salt", sa.LargeBinary(16)),
    sa.Column("entry", sa.LargeBinary),
    sa.Index("ledger_by_report", "identity", "report"),
    sqlite_strict=True,
)

# The last report of each gate that the ledger holds.
cursor = sa.Table(
    "cursor",
    LEDGER,
    sa.Column("identity", sa.LargeBinary(8), primary_key=True),
    sa.Column("report", Number, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

# Roots of the perfect subtrees of the tree over all leaves, as `merkle` names them; the small ones are not kept.
node = sa.Table(
    "node",
    LEDGER,
    sa.Column("level", Number, primary_key=True),
    sa.Column("position", Number, primary_key=True),
    sa.Column("hash", sa.LargeBinary(32), nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

# What the tree was, signed; see `heads`.
head = sa.Table(
    "head",
    LEDGER,
    sa.Column("number", Number, primary_key=True, autoincrement=False),
    sa.Column("size", Number, nullable=False),
    sa.Column("root", sa.LargeBinary(32), nullable=False),
    sa.Column("at_s", Number, nullable=False),
    sa.Column("before", sa.LargeBinary(32), nullable=False),
    sa.Column("signer", sa.LargeBinary(32), nullable=False),
    sa.Column("signature", sa.LargeBinary(64), nullable=False),
    sqlite_strict=True,
)

# Who is on a list of the station, under another key than the register's.
listing = sa.Table(
    "listing",
    LISTS,
    sa.Column("pseudonym", sa.LargeBinary(16), primary_key=True),
    sa.Column("list", sa.Text, primary_key=True),
    sa.Column("until_s", Number, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)


# What health platforms told, under the register's key. Unix times; flags: a JSON list of names.
answer = sa.Table(
    "answer",
    ANSWERS,
    sa.Column("pseudonym", sa.LargeBinary(16), primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("colour", Number, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("updated_s", Number, nullable=False),
    sa.Column("fetched_s", Number, nullable=False),
    sa.Column("usable_until_s", Number),
    sa.Column("result", sa.Text),
    sa.Column("sampled_s", Number),
    sa.Column("tested_s", Number),
    sa.Column("reported_s", Number),
    sa.Column("doses", Number),
    sa.Column("flags", sa.Text, nullable=False),
    sa.Column("contact", sa.Text, nullable=False),
    sa.Column("looked_up", Number, nullable=False),
    sa.Index("answer_by_age", "fetched_s"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)


class DatabaseError(Exception):
    """The database cannot be used; the text says why and what to do."""


def open_database(path: Path, tables: sa.MetaData, steps: migrations.Steps) -> sa.Engine:
    """An engine over a SQLite file, made for its owner alone, tables (REGISTER, LEDGER, LISTS or ANSWERS) included.

    One of an older version takes the `steps` to this one's first. DatabaseError if it cannot be used.
    """
    if shut := obstacle(path):
        raise DatabaseError(shut)
    if swap.is_unfinished(path.parent.resolve()):
        raise DatabaseError(
            f"{path.parent}: a restore was interrupted. Run it again: gatehouse restore data FILE --replace"
        )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            owner = other_owner(path)
            path.touch(mode=0o600, exist_ok=True)
            hand_over(path, owner)
        filled = migrations.bring_up_to_date(path, steps)
    except (OSError, sqlite3.Error) as failure:
        raise DatabaseError(f"{path}: {explain(failure)}") from None
    except migrations.CannotMigrate as refusal:
        raise DatabaseError(str(refusal)) from None
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), echo=False, hide_parameters=True)
    sa.event.listen(engine, "connect", _prepare)
    try:
        if not filled:
            _make_tables(engine, tables, steps.newest())
        else:
            engine.connect().close()
    except sa.exc.SQLAlchemyError as failure:
        engine.dispose()
        raise DatabaseError(f"{path}: {explain(failure)}") from None
    return engine


def _make_tables(engine: sa.Engine, tables: sa.MetaData, version: int) -> None:
    """Tables and version, all or nothing: a database without a version would be taken for another program's."""
    meta = tables.tables["meta"]
    with engine.begin() as connection:
        # The driver itself begins no transaction for the making of tables.
        connection.exec_driver_sql("begin immediate")
        tables.create_all(connection)
        if connection.execute(sa.select(meta.c.value).where(meta.c.name == "version")).scalar() is None:
            connection.execute(meta.insert().values(name="version", value=str(version)))


def prove_writable(engine: sa.Engine, tables: sa.MetaData, path: Path) -> None:
    """Commit once, for nothing but the proof that commits work now. DatabaseError if they do not."""
    meta = tables.tables["meta"]
    try:
        with engine.begin() as connection:
            connection.execute(meta.delete().where(meta.c.name == "proof"))
            connection.execute(meta.insert().values(name="proof", value="written"))
    except sa.exc.SQLAlchemyError as failure:
        raise DatabaseError(f"{path}: {explain(failure)}") from None


@contextlib.contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection that sees the database as it is at one moment, however long it takes and whoever writes."""
    with engine.connect() as connection:
        connection.exec_driver_sql("begin")
        yield connection


def begin_writing(connection: sa.Connection) -> None:
    """Begin the connection's transaction as the only one that writes, before it reads what it will build on."""
    connection.exec_driver_sql("begin immediate")


def _prepare(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
    cursor_ = connection.cursor()
    # WAL lets lookups go on beside an import; FULL makes a commit durable before it is acknowledged;
    # secure_delete leaves no deleted row in free pages; temp_store none of what is sorted in the temporary folder.
    for pragma in (
        "journal_mode = wal",
        "synchronous = full",
        "secure_delete = on",
        "temp_store = memory",
        "busy_timeout = 5000",
    ):
        cursor_.execute(f"pragma {pragma}")
    cursor_.close()


# What helps with whatever else the system refuses.
DENIED: Words = ("请检查此用户能否写入该文件夹。", "Check that this user may write that folder.")
# What the system calls a trouble that the driver has a word for.
SAME = {errno.ENOSPC: "disk is full", errno.EDQUOT: "disk is full", errno.EIO: "disk I/O"}
# In what the driver says -> what helps.
ADVICE: dict[str, Words] = {
    "disk is full": (
        "请清理该磁盘；此前写入的记录完好。",
        "Free space on that disk; what was committed before is still there.",
    ),
    "disk I/O": ("请检查该磁盘；此前写入的记录完好。", "Look at that disk; what was committed before is still there."),
    "locked": ("另一个程序正在写入，请待其结束后再试。", "Another program is writing; try again when it has finished."),
    "readonly": ("请检查此用户能否写入该文件及其文件夹。", "Check that this user may write the file and its folder."),
    "unable to open": (
        "请检查文件夹是否存在、此用户能否写入。",
        "Check that the folder exists and that this user may write it.",
    ),
    "not a database": ("请放回正确的文件，或从备份恢复。", "Put the right file there, or restore it from a backup."),
    "malformed": ("请从备份恢复。", "Restore it from a backup."),
}


def is_unsure(failure: Exception) -> bool:
    """Whether a transaction that failed may turn out to be committed when the database is opened again.

    So it is where only the waiting for the disk went wrong: all of it was written, and no later one is over it yet.
    """
    code = getattr(getattr(failure, "orig", failure), "sqlite_errorcode", None)
    return code in {sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC}


def explain(failure: Exception) -> str:
    """As `explained`, in English."""
    return explained(failure)[1]


def explained(failure: Exception) -> Words:
    """What an error of SQLAlchemy, its driver or the system means for the operator; never the statement's values."""
    said = getattr(failure, "orig", failure)
    text, advice = type(said).__name__, None
    if isinstance(said, sqlite3.Error):
        text = str(said)
    elif isinstance(said, OSError):
        text, advice = str(said.strerror), ADVICE.get(SAME.get(said.errno or 0, ""), DENIED)
    advice = next((advice for known, advice in ADVICE.items() if known in text), advice)
    return (f"{text}。", f"{text}.") if advice is None else (f"{text}。{advice[0]}", f"{text}. {advice[1]}")
