"""The ledger: appended once, in order, with nothing skipped and nothing lost, also when the disk is full."""

import hashlib
import sqlite3
import threading
from dataclasses import replace

import cbor2
import pytest
import sqlalchemy as sa
from gatehouse.growth import leaf_hash
from gatehouse.ledger import Committed, Entry, Ledger, decoded
from gatehouse.ledger_writer import LedgerWriter
from gatehouse.schema import DatabaseError
from gatehouse.staff import Note
from gatelink import codes

GATE, OTHER = b"GATE-A1.", b"GATE-B2."


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "ledger.db"


@pytest.fixture
def ledger(path):
    opened = Ledger(path)
    yield opened
    opened.close()


def entry(index, what=codes.REPORT_PASSED, identity=GATE, **other):
    fields = {"boot": 1, "counter": index, "detail": 0, "at_s": 1000 + index, "heard_s": 2000, "person": b"p" * 16}
    return Entry(identity, "lane 1", index, what, **{**fields, **other})


def test_an_entry_is_kept_with_salt_and_leaf(ledger):
    """The leaf is the hash of 00, salt and entry, and every salt is another."""
    ledger.commit(entry(1))
    ledger.commit(entry(2))

    rows = ledger.leaves()
    for leaf, salt, body in rows:
        assert leaf == hashlib.sha256(b"\0" + salt + body).digest() == leaf_hash(salt, body)
        assert len(salt) == 16
    assert rows[0][1] != rows[1][1]
    assert [decoded(body) for _, _, body in rows] == [entry(1), entry(2)]


def test_an_entry_is_deterministic_cbor_with_its_format_in_front():
    """So that anybody can check a leaf with nothing but this sentence."""
    body = entry(7, codes.REPORT_OPENING, detail=1).encoded()

    assert cbor2.loads(body) == [1, GATE, "lane 1", 7, codes.REPORT_OPENING, 1, 7, 1, 1007, 2000, b"p" * 16]
    assert cbor2.dumps(cbor2.loads(body), canonical=True) == body


@pytest.mark.parametrize("tap", [None, (1, 1), (2**32 - 1, 2**32 - 1)])
def test_an_answer_of_staff_is_read_as_it_was_written(ledger, tap):
    """With the tap that it was for, or without one."""
    note = Note("lin (Wang)", "two of them", "child", tap)
    ordered = Entry(b"GATE-A1.", "A1", 0, codes.REPORT_ORDERED, 0, 9, codes.ORDER_OPEN_ONCE, 5, 5, None, note)
    ledger.commit(ordered)
    assert ledger.entries() == [ordered]


def test_an_entry_of_another_format_is_not_misread():
    """A later Gatehouse's entry is an error, not nonsense."""
    with pytest.raises(ValueError, match="another format"):
        decoded(cbor2.dumps([4, 1, 2, 3]))


def test_the_cursor_follows_each_gate_on_its_own(ledger):
    """And is there again after closing and opening."""
    assert ledger.cursors() == {}
    assert ledger.commit(entry(1)) == [Committed(1)]
    assert ledger.commit(entry(1, identity=OTHER)) == [Committed(1)]
    assert ledger.commit(entry(2)) == [Committed(2)]

    assert ledger.cursors() == {GATE: 2, OTHER: 1}


def test_a_repeat_changes_nothing(path, ledger):
    """In this process and in the next one; the time of hearing does not matter."""
    for index in (1, 2, 3):
        ledger.commit(entry(index))
    again = Ledger(path)

    for index in (1, 2, 3):
        assert again.commit(replace(entry(index), heard_s=9999, person=None)) == [Committed(3, new=False)]
    assert len(again.entries()) == 3
    again.close()


def test_entries_given_together_are_committed_together(ledger):
    """Of several gates, each with its own outcome; where one fails, none is there."""
    both = ledger.commit(entry(1), entry(3, identity=OTHER), entry(2), entry(2))

    assert both == [Committed(1), Committed(3, missing=2), Committed(2), Committed(2, new=False)]
    with pytest.raises(sa.exc.IntegrityError):
        ledger.commit(entry(3), replace(entry(4), identity=None))
    assert ledger.cursors() == {GATE: 2, OTHER: 3}


@pytest.mark.parametrize("first", [1, 2, 50])
def test_missing_reports_are_never_skipped_silently(ledger, first):
    """An entry of its own says how many are missing, at the beginning too."""
    assert ledger.commit(entry(first)) == [Committed(first, missing=first - 1)]
    assert ledger.commit(entry(first + 10)) == [Committed(first + 10, missing=9)]

    gaps = [(one.index, one.detail) for one in ledger.entries() if one.what == codes.REPORT_GAP]
    assert gaps == ([(first - 1, first - 1)] if first > 1 else []) + [(first + 9, 9)]


def test_a_report_that_comes_after_its_gap_is_kept(ledger):
    """What was thought missing and comes late is a record like any other."""
    ledger.commit(entry(1))
    ledger.commit(entry(4))

    assert ledger.commit(entry(3)) == [Committed(4, renumbered=True)]
    assert ledger.commit(entry(3)) == [Committed(4, new=False)]
    assert [one.index for one in ledger.entries()] == [1, 3, 4, 3]


def test_a_gate_that_lost_its_count_loses_no_record(ledger):
    """Its new reports under old indices are appended, each once."""
    for index in range(1, 6):
        ledger.commit(entry(index))
    for _ in range(2):
        ledger.commit(entry(1, codes.REPORT_BOOTED, boot=9, counter=0, at_s=5000))
        ledger.commit(entry(2, codes.REPORT_OPENING, boot=9, counter=1, at_s=5001))

    assert len(ledger.entries()) == 7
    assert ledger.cursors() == {GATE: 5}


def test_a_deleted_entry_keeps_its_leaf(path, ledger):
    """Retention empties salt and entry; the list goes on without them and a late repeat is none of our business."""
    ledger.commit(entry(1))
    ledger.commit(entry(2))
    with sqlite3.connect(path) as database:
        database.execute("update ledger set salt = null, entry = null where report = 1")
    database.close()

    assert [one.index for one in ledger.entries()] == [2]
    assert ledger.commit(entry(1)) == [Committed(2, new=False)]
    assert [leaf is not None for leaf, _, _ in ledger.leaves()] == [True, True]


def test_the_newest_entries_come_in_their_order(ledger):
    """The last few, oldest first."""
    for index in range(1, 10):
        ledger.commit(entry(index))

    assert [one.index for one in ledger.entries(3)] == [7, 8, 9]


@pytest.fixture
def full(ledger):
    """Makes the ledger's disk full, or not any more."""
    # SQLite takes the size that the file has now for the smallest limit.
    pages = [1 << 30]
    sa.event.listen(ledger._engine, "checkout", lambda raw, *_: raw.execute(f"pragma max_page_count = {pages[0]}"))

    def fill(yes):
        pages[0] = 1 if yes else 1 << 30

    return fill


def grown(index):
    """An entry too big for the room left in the pages that the file has."""
    return replace(entry(index), lane="lane " + "x" * 20_000)


def test_a_full_disk_moves_no_cursor(ledger, full):
    """The commit fails as a whole, and works again when there is room."""
    ledger.commit(entry(1))
    full(True)

    with pytest.raises(sa.exc.OperationalError):
        ledger.commit(grown(2))
    assert ledger.cursors() == {GATE: 1}
    assert [one.index for one in ledger.entries()] == [1]

    full(False)
    assert ledger.commit(grown(2)) == [Committed(2)]


def test_a_ledger_that_cannot_be_written_is_known_before_the_start(path, ledger):
    """The proof fails with what to do."""
    ledger.prove_writable()
    sa.event.listen(ledger._engine, "connect", lambda raw, _: raw.execute("pragma query_only = on"))
    ledger._engine.pool.dispose()

    with pytest.raises(DatabaseError, match=str(path)):
        ledger.prove_writable()


# --- the thread that commits ------------------------------------------------------------------------------


class Watched:
    """What a writer has told, and a way to wait for it."""

    def __init__(self):
        self.done, self.failed = [], []
        self._told = threading.Condition()

    def on_done(self, entry, committed):
        with self._told:
            self.done.append((entry.index, committed.cursor))
            self._told.notify_all()

    def on_failed(self, why):
        with self._told:
            self.failed.append(why)
            self._told.notify_all()

    def wait(self, condition):
        with self._told:
            assert self._told.wait_for(condition, timeout=20)


@pytest.fixture
def watched():
    return Watched()


@pytest.fixture
def writer(ledger, watched, monkeypatch):
    monkeypatch.setattr(LedgerWriter, "RETRY_S", 0.01)
    made = LedgerWriter(ledger, watched.on_done, watched.on_failed)
    made.start()
    yield made
    made.stop()


def test_entries_are_committed_in_the_order_given(writer, watched):
    """And each is told with the cursor after it."""
    for index in range(1, 21):
        writer.give(entry(index))
    watched.wait(lambda: len(watched.done) == 20)

    assert watched.done == [(index, index) for index in range(1, 21)]


def test_a_failing_commit_is_told_and_tried_until_it_works(writer, watched, ledger, full):
    """Nothing is dropped, nothing overtakes."""
    writer.give(entry(1))
    watched.wait(lambda: watched.done)
    full(True)
    writer.give(grown(2))
    writer.give(entry(3))
    watched.wait(lambda: len(watched.failed) >= 3)

    assert watched.done == [(1, 1)]
    assert "Free space on that disk" in watched.failed[0][1]

    full(False)
    watched.wait(lambda: len(watched.done) == 3)
    assert watched.done == [(1, 1), (2, 2), (3, 3)]


def test_stopping_commits_what_is_queued(writer, watched, ledger):
    """A clean end loses nothing that was given."""
    for index in range(1, 51):
        writer.give(entry(index))
    writer.stop()

    assert ledger.cursors() == {GATE: 50}


def test_stopping_does_not_wait_for_a_disk_that_stays_full(writer, watched, ledger, full):
    """The gate repeats what was not committed."""
    full(True)
    writer.give(grown(1))
    watched.wait(lambda: watched.failed)
    writer.stop()

    assert ledger.cursors() == {}


def test_stopping_a_writer_that_never_started_is_no_error(ledger, watched):
    """So that a start that fails halfway can clean up."""
    LedgerWriter(ledger, watched.on_done, watched.on_failed).stop()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_dies_of_a_bug_says_so(ledger, watched, monkeypatch):
    """Lanes must not go on opening without a ledger."""
    monkeypatch.setattr(ledger, "commit", lambda *entries: 1 // 0)
    writer = LedgerWriter(ledger, watched.on_done, watched.on_failed)
    writer.start()
    writer.give(entry(1))
    watched.wait(lambda: watched.failed)
    writer.stop()

    assert "restart the gatehouse" in watched.failed[0][1]
