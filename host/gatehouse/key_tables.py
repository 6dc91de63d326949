"""Tables of the key file, version 2, and the way there from every older version."""

import secrets
import sqlite3
from collections.abc import Callable, Sequence

from gatelink.keys import HouseKeys
from gatelink.limits import KEY_BYTES

from gatehouse.gate_record import ENROLLED, REVOKED, TAKEN_BACK
from gatehouse.protectors import Protector
from gatehouse.vault import Vault

VERSION = 2
APPLICATION_ID = 0x474B4559  # "GKEY" in SQLite's header; version 1 had none

TABLES = (
    """create table gates (
        identity blob primary key check (length(identity) = 8), lane text not null,
        state text not null check (state in ('proposed', 'enrolled', 'revoked')),
        former blob, begins integer not null default 0, made_s integer not null, ended_s integer,
        reason integer not null default 0, booked integer not null default 0,
        count integer not null default 0, sealed blob not null
    ) strict""",
    "create unique index gates_of_lanes on gates (lane) where state = 'enrolled'",
    "create table secrets (name text primary key, sealed blob not null) strict",
    """create table vault (
        one integer primary key check (one = 1), protector text not null, wrapped blob not null
    ) strict""",
)
SELECT_GATES = "select identity, lane, state, former, begins, made_s, ended_s, reason, booked, count, sealed from gates"
ADD_GATE = "insert into gates values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # in the same order
# Made where it is first needed: a Gatehouse that knows nothing of it reads the rest all the same.
SERIALS = "create table if not exists serials (issuer text primary key, serial integer not null) strict"
KEEP_SERIAL = (
    "insert into serials values (?, ?) on conflict (issuer) do update set serial = max(serial, excluded.serial)"
)
ADD_NAMED_KEY = "insert or ignore into secrets (name, sealed) values (?, ?)"


def fill(database: sqlite3.Connection, protector: Protector) -> Vault:
    """Make the tables in an open transaction, with a new data key; the vault that opens them."""
    vault = Vault(secrets.token_bytes(KEY_BYTES))
    for statement in TABLES:
        database.execute(statement)
    database.execute("insert into vault values (1, ?, ?)", (protector.name, protector.wrap(vault.data_key)))
    database.execute(f"pragma application_id = {APPLICATION_ID}")
    database.execute(f"pragma user_version = {VERSION}")
    return vault


def from_1(database: sqlite3.Connection, protector: Protector) -> None:
    """Version 1 kept every key as it was, one gate for each lane, and no times."""
    gates: Sequence[tuple[bytes, str, bytes, int, bytes, int]] = database.execute(
        "select identity, lane, static_key, count, chain_key, revoked from gates order by rowid"
    ).fetchall()
    keys: Sequence[tuple[str, bytes]] = database.execute("select name, key from secrets").fetchall()
    database.execute("drop table gates")
    database.execute("drop table secrets")
    vault = fill(database, protector)
    for identity, lane, static_key, count, chain_key, revoked in gates:
        sealed = vault.seal_gate(identity, HouseKeys(static_key, count, chain_key))
        ending = (REVOKED, 0, TAKEN_BACK) if revoked else (ENROLLED, None, 0)
        state, ended_s, reason = ending
        database.execute(ADD_GATE, (identity, lane, state, None, 0, 0, ended_s, reason, 0, count, sealed))
    for name, key in keys:
        database.execute(ADD_NAMED_KEY, (name, vault.seal_secret(name, key)))


# What leads from a version to the next one, in an open transaction. The protector is for keys that become sealed.
MIGRATIONS: dict[int, Callable[[sqlite3.Connection, Protector], None]] = {1: from_1}
