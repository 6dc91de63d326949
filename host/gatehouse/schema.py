"""Tables of the two databases: the register of statuses, the ledger of what the lanes did.

Two files, because an import holds the register's write lock to its end and the ledger must go on committing.
SQLAlchemy Core, so that queries stay the same on PostgreSQL.
"""

from pathlib import Path

import sqlalchemy as sa

VERSION = 1

REGISTER = sa.MetaData()
LEDGER = sa.MetaData()


def _meta(metadata: sa.MetaData) -> sa.Table:
    return sa.Table("meta", metadata, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text))


register_meta, ledger_meta = _meta(REGISTER), _meta(LEDGER)

# 41 bytes a row; no row id beside the pseudonym.
status = sa.Table(
    "status",
    REGISTER,
    sa.Column("pseudonym", sa.LargeBinary(16), primary_key=True),
    sa.Column("colour", sa.SmallInteger, nullable=False),
    sa.Column("updated_s", sa.BigInteger, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

# Append-only. leaf = SHA-256(00 | salt | entry); entry is CBOR.
ledger = sa.Table(
    "ledger",
    LEDGER,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("leaf", sa.LargeBinary(32), nullable=False),
    sa.Column("salt", sa.LargeBinary(16)),
    sa.Column("entry", sa.LargeBinary),
)

# The last report of each gate that the ledger holds.
cursor = sa.Table(
    "cursor",
    LEDGER,
    sa.Column("identity", sa.LargeBinary(8), primary_key=True),
    sa.Column("index", sa.BigInteger, nullable=False),
)


class DatabaseError(Exception):
    """The database cannot be used; the text says why and what to do."""


def open_database(path: Path, tables: sa.MetaData) -> sa.Engine:
    """An engine over a SQLite file, tables (REGISTER or LEDGER) made on first use.

    DatabaseError if it cannot be used.
    """
    engine = sa.create_engine(f"sqlite:///{path}", echo=False, hide_parameters=True)
    sa.event.listen(engine, "connect", _prepare)
    try:
        with engine.begin() as connection:
            tables.create_all(connection)
            connection.execute(sa.text("insert or ignore into meta values ('version', :v)"), {"v": str(VERSION)})
            found = int(connection.execute(sa.text("select value from meta where name = 'version'")).scalar_one())
    except sa.exc.DatabaseError as failure:
        engine.dispose()
        raise DatabaseError(f"{path}: {explain(failure)}") from None
    if found > VERSION:
        engine.dispose()
        raise DatabaseError(f"{path}: written by a later Gatehouse (schema {found}). Update this one.")
    return engine


def _prepare(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
    cursor_ = connection.cursor()
    # WAL lets lookups go on beside an import; FULL makes a commit durable before it is acknowledged;
    # secure_delete leaves no deleted row in free pages.
    for pragma in ("journal_mode = wal", "synchronous = full", "secure_delete = on", "busy_timeout = 5000"):
        cursor_.execute(f"pragma {pragma}")
    cursor_.close()


def explain(failure: sa.exc.DatabaseError) -> str:
    """What a database error means for the operator; never the statement's values."""
    text = str(failure.orig)
    if "disk is full" in text or "disk I/O" in text:
        return f"{text}. Free space on that disk; what was committed is still there."
    if "locked" in text:
        return f"{text}. Another program is writing; try again when it has finished."
    if "readonly" in text or "unable to open" in text:
        return f"{text}. Check that the folder exists and that this user may write it."
    return f"{text}."
