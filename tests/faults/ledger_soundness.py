"""What a ledger must be after whatever has happened to it, told by its tables and by nothing that it remembers."""

import contextlib
import sqlite3

import sqlalchemy as sa
from gatehouse import tree
from gatehouse.deeds import Deed, What
from gatehouse.growth import leaf_hash
from gatehouse.heads import Head
from gatehouse.ledger import Ledger
from gatehouse.merkle import Peaks
from host.saved_station import entry

GATE = entry(1).identity
DEED = Deed(What.REGISTER_IMPORTED, 1_700_000_000, "root", {"people": 300})


def short_log(ledger):
    """Have SQLite bring its log into the database every few commits, which else takes hundreds."""
    sa.event.listen(ledger._engine, "checkout", lambda raw, *_: raw.execute("pragma wal_autocheckpoint = 8"))


def tree_of(ledger):
    """The root that the tables give, from the subtrees that they keep."""
    with ledger._engine.connect() as connection:
        return tree.peaks_at(connection, tree.size_of(connection)).root()


def root_of(ledger):
    """The root that the entries give."""
    peaks = Peaks()
    assert all(node.hash for node in peaks.grow(leaf for leaf, _, _ in ledger.leaves()))
    return peaks.root()


def whole(path, promised, together=()):
    """The ledger is sound and holds what it promised, in order; the last index that it holds.

    together: sets of indexes that can never be the last one.
    """
    with contextlib.closing(Ledger(path)) as ledger:
        found = [one.index for one in ledger.entries()]
        assert found == list(range(1, len(found) + 1))
        assert len(found) >= max((one for one in promised if isinstance(one, int)), default=0)
        assert len(ledger.deeds()) - promised.count(DEED) in {0, 1}
        assert not any(len(found) in some for some in together)
        assert ledger.cursors() == ({GATE: len(found)} if found else {})
        assert all(leaf == leaf_hash(salt, body) for leaf, salt, body in ledger.leaves())
        assert tree_of(ledger) == root_of(ledger)
        # The key file may have a copy of a head as soon as it is signed: no later ledger may lack what it covers.
        assert not any(ledger.fallen_back(one) for one in promised if isinstance(one, Head))
        ledger.commit(entry(len(found) + 1))
        assert [one.index for one in ledger.entries()] == list(range(1, len(found) + 2))
        assert tree_of(ledger) == root_of(ledger)
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    return len(found)
