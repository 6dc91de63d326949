"""The thread that commits: a commit waits for the disk, and the event loop waits for nobody."""

import queue
import threading
from collections.abc import Callable

import sqlalchemy as sa

from gatehouse import schema
from gatehouse.ledger import Committed, Entry, Ledger


class LedgerWriter:
    """Commits entries in the order in which they were given.

    `done(entry, committed)` is called in this thread after each commit. While a commit fails, `failed(why)` is
    called and the same entry is tried again every RETRY_S: nothing is dropped, and nothing overtakes it.
    """

    RETRY_S = 1.0

    def __init__(self, ledger: Ledger, done: Callable[[Entry, Committed], None], failed: Callable[[str], None]) -> None:
        self._ledger = ledger
        self._done = done
        self._failed = failed
        self._waiting: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="ledger")

    def start(self) -> None:
        """Begin to commit."""
        self._thread.start()

    def give(self, entry: Entry) -> None:
        """Queue an entry."""
        self._waiting.put(entry)

    def stop(self) -> None:
        """Commit what is queued if the disk lets us, then end; gates repeat what was not committed."""
        self._stopping.set()
        self._waiting.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    def _work(self) -> None:
        finished = False
        try:
            while (entry := self._waiting.get()) is not None and self._commit(entry):
                pass
            finished = True
        finally:
            if not finished:
                # Whatever killed this thread, lanes must not go on without a ledger.
                self._failed("its thread has ended by an error; restart the gatehouse.")

    def _commit(self, entry: Entry) -> bool:
        """Try until it is committed; False if it is time to stop first."""
        while True:
            try:
                committed = self._ledger.commit(entry)
            except sa.exc.SQLAlchemyError as failure:
                self._failed(schema.explain(failure))
                if self._stopping.wait(self.RETRY_S):
                    return False
            else:
                self._done(entry, committed)
                return True
