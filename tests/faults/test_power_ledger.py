"""The ledger when the power fails in every single write of its life: nothing committed is lost, nothing is half."""

import contextlib
import random

import pytest
import sqlalchemy as sa
from gatehouse.heads import Signer
from gatehouse.ledger import Ledger
from host.saved_station import entry

from faults.cuts import cuts, judge
from faults.disk import put_into
from faults.ledger_soundness import DEED, short_log, whole
from faults.recorder import Recorder

SIGNER = Signer(b"s" * 32)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "disk"
    made.mkdir()
    return made


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
