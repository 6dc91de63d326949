"""The tree over the ledger: one with its entries, whoever appends, and the same as others compute it."""

import contextlib
import hashlib
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from gatehouse import deeds, tree
from gatehouse.deeds import Deed, UnfitDetail, What
from gatehouse.growth import Kept
from gatehouse.ledger import Entry, Ledger
from gatehouse.merkle import EMPTY, KEPT_LEVEL, Peaks
from gatehouse.schema import DatabaseError
from gatelink import codes

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
GATE = b"GATE-A1."


def entry(index, **other):
    fields = {"boot": 1, "counter": index, "detail": 0, "at_s": 1000 + index, "heard_s": 2000, "person": b"p" * 16}
    return Entry(GATE, "lane 1", index, codes.REPORT_PASSED, **{**fields, **other})


def rfc_root(leaves):
    """RFC 9162 section 2.1.1, word for word, over hashes of leaves."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + rfc_root(leaves[:k]) + rfc_root(leaves[k:])).digest()


def root_of(path):
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        root = tree.peaks_at(connection, tree.size_of(connection)).root()
    engine.dispose()
    return root


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "ledger.db"


def test_the_root_is_the_one_of_the_standard_at_every_size():
    """Up to where four levels are kept, and the nodes that come out are the roots of what lies below them."""
    peaks, leaves, nodes = Peaks(), [], []
    assert peaks.root() == EMPTY == rfc_root([])
    for number in range(300):
        leaves.append(hashlib.sha256(str(number).encode()).digest())
        nodes += peaks.add(leaves[-1])
        assert peaks.root() == rfc_root(leaves)
    for node in nodes:
        assert node.level >= KEPT_LEVEL
        first = node.position << node.level
        assert node.hash == rfc_root(leaves[first : first + (1 << node.level)])
    assert len({(node.level, node.position) for node in nodes}) == len(nodes) == 18 + 9 + 4 + 2 + 1


def test_the_tree_grows_with_the_entries_and_goes_on_after_a_restart(path):
    """In batches of every size, reopened between them; the root is that of all leaves."""
    index = 0
    for count in (1, 14, 1, 1, 15, 100, 33):
        with contextlib.closing(Ledger(path)) as ledger:
            done = ledger.commit(*(entry(index + n) for n in range(1, count + 1)))
            leaves = [leaf for leaf, _, _ in ledger.leaves()]
        index += count
        assert [one.kept.number for one in done] == list(range(index - count + 1, index + 1))
        assert done[-1].kept == Kept(index, leaves[-1])
        assert root_of(path) == rfc_root(leaves)


def test_an_entry_and_its_place_in_the_tree_are_committed_together(path):
    """What failed left neither; the next one gets the number."""
    with contextlib.closing(Ledger(path)) as ledger:
        ledger.commit(*(entry(n) for n in range(1, 16)))
        with pytest.raises(sa.exc.IntegrityError):
            ledger.commit(entry(16), entry(17), Entry(None, "x", 1, codes.REPORT_PASSED, 1, 1, 0, 0, 0, None))
        (done,) = ledger.commit(entry(16))
        assert done.kept.number == 16
        assert root_of(path) == rfc_root([leaf for leaf, _, _ in ledger.leaves()])


APPENDS = """
import sys
from pathlib import Path
from gatehouse.deeds import Deed, What
from gatehouse.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
for n in range(40):
    ledger.record(Deed(What.LIST_CHANGED, n, sys.argv[2], {"added": n}))
ledger.close()
"""


def test_several_processes_and_threads_append_at_once(path):
    """Every entry is there once, in one order, and the tree is that of all of them."""
    with contextlib.closing(Ledger(path)) as ledger:
        others = [subprocess.Popen([sys.executable, "-c", APPENDS, str(path), name]) for name in ("lin", "wang")]
        kept = []
        threads = [
            threading.Thread(
                target=lambda: kept.extend(ledger.record(Deed(What.RULES_CHANGED, 0, "", {})) for _ in range(30))
            )
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for n in range(1, 31):
            ledger.commit(entry(n))
        for one in threads:
            one.join()
        assert [other.wait(60) for other in others] == [0, 0]
        assert len({one.number for one in kept}) == 60
        leaves = [leaf for leaf, _, _ in ledger.leaves()]
        assert len(leaves) == 2 * 40 + 60 + 30
        assert [one.detail["added"] for one in ledger.deeds() if one.who == "wang"] == list(range(40))
    assert root_of(path) == rfc_root(leaves)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_an_older_ledger_gets_its_tree(tmp_path, version):
    """Over the leaves as they were, those of deleted entries too; it goes on growing."""
    path = tmp_path / "ledger.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript((VECTORS / f"ledger_version_{version}.sql").read_text(encoding="utf-8"))
        before = [leaf for (leaf,) in database.execute("select leaf from ledger order by number")]
    with contextlib.closing(Ledger(path)) as ledger:
        assert root_of(path) == rfc_root(before)
        ledger.commit(*(entry(n) for n in range(100, 120)))
        leaves = [leaf for leaf, _, _ in ledger.leaves()]
    assert leaves[: len(before)] == before
    assert root_of(path) == rfc_root(leaves)


def test_an_older_ledger_that_lacks_an_entry_is_refused_untouched(tmp_path):
    """Nobody may find out later, from a tree that was made over the hole."""
    path = tmp_path / "ledger.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript((VECTORS / "ledger_version_3.sql").read_text(encoding="utf-8"))
        database.execute("delete from ledger where number = 5")
        database.commit()
    with pytest.raises(DatabaseError, match="lacks entry 5: somebody has deleted it"):
        Ledger(path)
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("select value from meta where name = 'version'").fetchone() == ("3",)


@pytest.mark.parametrize(
    "statement", ["delete from node", "delete from ledger where number > 30", "delete from ledger where number = 3"]
)
def test_what_somebody_deletes_does_not_stop_the_lanes(path, statement):
    """Entries go on being recorded; that something is gone is what `verify` tells."""
    with contextlib.closing(Ledger(path)) as ledger:
        ledger.commit(*(entry(n) for n in range(1, 41)))
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)
    with contextlib.closing(Ledger(path)) as ledger:
        ledger.commit(*(entry(n) for n in range(41, 80)))
        assert ledger.entries()[-1] == entry(79)


# --- deeds --------------------------------------------------------------------------------------------------


def test_a_deed_is_read_as_it_was_recorded(path):
    """And is no entry of a gate."""
    deed = Deed(
        What.REGISTER_IMPORTED, 1_700_000_000, "lin", {"rows": 10_000_000, "sha256": bytes(32), "source": "city"}
    )
    with contextlib.closing(Ledger(path)) as ledger:
        ledger.commit(entry(1))
        kept = ledger.record(deed)
        ledger.commit(entry(2))
        assert ledger.deeds() == [deed]
        assert ledger.entries() == [entry(1), entry(2)]
    assert kept.number == 2
    assert deeds.decoded(deed.encoded()) == deed


@pytest.mark.parametrize(
    ("who", "detail"),
    [
        ("lin", {"file": "11010519491231002X"}),
        ("13800138000", {}),
        ("lin", {"source": "x" * 201}),
        ("lin", {"rows": -1}),
        ("lin", {"rows": 1 << 60}),
        ("lin", {"text": "two\nlines"}),
        ("lin", {str(n): n for n in range(17)}),
    ],
)
def test_a_deed_that_may_name_somebody_is_not_recorded(who, detail):
    """Nor one that is no deed's size."""
    with pytest.raises(UnfitDetail):
        Deed(What.LIST_CHANGED, 0, who, detail)


def test_text_from_outside_is_made_fit():
    """A file's name, however it reads."""
    for text in ("people.csv", "11010519491231002X.csv", "a\nb", "长" * 500, ""):
        Deed(What.REGISTER_IMPORTED, 0, "lin", {"file": deeds.fit(text)})
    assert deeds.fit("people.csv") == "people.csv"
    assert "110105" not in deeds.fit("11010519491231002X.csv")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"\x80",
        b"\x85\x01\x01\x00\x60\xa0",
        b"\x85\x04\x18\xff\x00\x60\xa0",
        b"\xa0",
        b"\x04",
        b"\x85\x04\x01\x00\x60\x01",
    ],
)
def test_what_is_no_deed_is_refused(body):
    """ValueError, whatever it is."""
    with pytest.raises(ValueError):  # noqa: PT011
        deeds.decoded(body)
