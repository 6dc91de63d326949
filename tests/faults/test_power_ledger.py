"""The ledger when the power fails in every single write of its life: nothing committed is lost, nothing is half."""

import contextlib
import random
import sqlite3

import pytest
import sqlalchemy as sa
from gatehouse import tree
from gatehouse.deeds import Deed, What
from gatehouse.growth import leaf_hash
from gatehouse.heads import Head, Signer
from gatehouse.ledger import Ledger
from gatehouse.merkle import Peaks
from host.saved_station import entry

from faults.cuts import cuts, judge
from faults.disk import put_into
from faults.recorder import Recorder

GATE = entry(1).identity
SIGNER = Signer(b"s" * 32)
DEED = Deed(What.REGISTER_IMPORTED, 1_700_000_000, "root", {"people": 300})


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "disk"
    made.mkdir()
    return made


def short_log(ledger):
    """Have SQLite bring its log into the database every few commits, which else takes hundreds."""
    sa.event.listen(ledger._engine, "checkout", lambda raw, *_: raw.execute("pragma wal_autocheckpoint = 8"))


def lived(folder):
    """A ledger's life, recorded: made, filled alone and together, with its log begun anew, closed and opened again.

    The promises: the index of the last entry that was committed, what the house itself has done, and signed heads.
    """
    recorded = Recorder(folder)
    with recorded.listening():
        for first, upto in ((1, 8), (9, 20)):
            with contextlib.closing(Ledger(folder / "ledger.db")) as ledger:
                short_log(ledger)
                recorded.promise(first - 1)
                for index in range(first, upto - 2):
                    ledger.commit(entry(index))
                    recorded.promise(index)
                ledger.commit(*(entry(index) for index in range(upto - 2, upto + 1)))
                recorded.promise(upto)
                ledger.record(DEED)
                recorded.promise(DEED)
                recorded.promise(ledger.sign(SIGNER, 1_700_000_000))
    return recorded


TOGETHER = ({6, 7}, {18, 19})  # a commit of three is there as a whole: its first ones alone are never the end


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


def test_what_was_committed_is_there_after_a_power_cut_anywhere(folder, tmp_path):
    """A gate has forgotten a record as soon as its cursor has passed it: from then on the ledger alone has it."""
    recorded, reached = lived(folder), set()

    def check(found, cut):
        reached.add(whole(found / "ledger.db", cut.promised, TOGETHER))

    assert judge(recorded, tmp_path / "found", check, seed=1) > 150
    assert reached == set(range(21)) - set.union(*TOGETHER)


def test_a_ledger_that_did_not_wait_for_the_disk_would_be_found_out(folder, tmp_path):
    """The disk of these tests really loses what was not synced, and the ledger is asked for it."""
    recorded = Recorder(folder)
    with recorded.listening(), contextlib.closing(Ledger(folder / "ledger.db")) as ledger:
        sa.event.listen(ledger._engine, "checkout", lambda raw, *_: raw.execute("pragma synchronous = off"))
        ledger.commit(entry(1))
        recorded.promise(1)

    with pytest.raises(AssertionError):
        judge(recorded, tmp_path / "found", lambda found, cut: whole(found / "ledger.db", cut.promised), seed=3)


def test_a_power_cut_while_a_power_cut_is_mended_loses_nothing(folder, tmp_path):
    """SQLite takes over its log when the database is opened; the power fails in that too, and in the commit after."""
    draw = random.Random(7)
    left = [
        cut
        for cut in cuts(lived(folder), 7)
        if cut.promised and DEED not in cut.promised and len(cut.files.get("ledger.db-wal", b"")) > 32
    ]
    for number, cut in enumerate(draw.sample(left, 4)):
        again = tmp_path / f"again {number}"
        put_into(again, cut.files)
        recorded = Recorder(again)
        recorded.promise(max(cut.promised))
        with recorded.listening(), contextlib.closing(Ledger(again / "ledger.db")) as ledger:
            last = len(ledger.entries())
            recorded.promise(last)
            ledger.commit(entry(last + 1))
            recorded.promise(last + 1)

        judge(recorded, tmp_path / "found", lambda found, cut: whole(found / "ledger.db", cut.promised), seed=number)
