"""A restore of data when the power fails in it: the folder that was there, the restored one, or neither, and said."""

import contextlib
import shutil

from gatehouse.backups import data_archive, data_restore, swap
from gatehouse.ledger import Ledger
from gatehouse.schema import DatabaseError
from host.saved_station import entry, nothing

from faults.cuts import judge
from faults.recorder import Recorder


def found_in(data):
    """How many entries the ledger there has; what is said if it cannot be used."""
    try:
        with contextlib.closing(Ledger(data / "ledger.db")) as ledger:
            return len(ledger.entries())
    except DatabaseError as failure:
        return str(failure)


def test_no_gatehouse_ever_begins_on_less_than_one_of_both(tmp_path):
    """Not on an empty folder above all: it would make a new ledger there, and nobody would know of the old one."""
    folder, archive = tmp_path / "disk", tmp_path / "data.zip"
    data = folder / "data"
    with contextlib.closing(Ledger(data / "ledger.db")) as ledger:
        ledger.commit(entry(1), entry(2))
        data_archive.write(data, archive, nothing)
        ledger.commit(entry(3))
    recorded = Recorder(folder)
    with recorded.listening():
        data_restore.restore(archive, data, replace=True, progress=nothing)
        recorded.promise("restored")
    reached = set()

    def check(found, cut):
        data = found / "data"
        entries = found_in(data)
        reached.add(entries if isinstance(entries, int) else "said")
        if isinstance(entries, int):
            assert entries in ({2} if cut.promised else {2, 3})
        else:
            assert "a restore was interrupted. Run it again: gatehouse restore data FILE --replace" in entries
            assert swap.is_unfinished(data)
        data_restore.restore(archive, data, replace=True, progress=nothing)
        assert found_in(data) == 2

    assert judge(recorded, tmp_path / "found", check, seed=1, draws=2) > 20
    assert reached == {2, 3, "said"}
    shutil.rmtree(folder)
