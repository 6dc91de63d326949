"""The thread that commits: a commit waits for the disk, and the event loop waits for nobody."""

import queue
import threading
from collections.abc import Callable

import sqlalchemy as sa

from gatehouse import schema
from gatehouse.ledger import Committed, Entry, Ledger
from gatehouse.words import Words

ENDED: Words = ("写入线程因错误终止，请重启主机。", "its thread has ended by an error; restart the gatehouse.")


class LedgerWriter:
    """Commits entries in the order in which they were given; what has gathered meanwhile goes together.

    `done(entry, committed)` is called in this thread for each entry after its commit. While a commit fails,
    `failed(why)` is called and the same entries are tried again every RETRY_S: nothing is dropped or overtaken.
    """

    RETRY_S = 1.0
    TOGETHER_MAX = 100  # one wait for the disk serves many lanes

    def __init__(
        self, ledger: Ledger, done: Callable[[Entry, Committed], None], failed: Callable[[Words], None]
    ) -> None:
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
            while (entries := self._gathered()) and self._commit(entries):
                pass
            finished = True
        finally:
            if not finished:
                # Whatever killed this thread, lanes must not go on without a ledger.
                self._failed(ENDED)

    def _gathered(self) -> list[Entry]:
        """What waits, at least one entry; nothing when it is time to end."""
        entries: list[Entry] = []
        while not entries or not (self._waiting.empty() or len(entries) >= self.TOGETHER_MAX):
            entry = self._waiting.get()
            if entry is None:
                if entries:
                    self._waiting.put(None)
                break
            entries.append(entry)
        return entries

    def _commit(self, entries: list[Entry]) -> bool:
        """Try until they are committed; False if it is time to stop first."""
        while True:
            try:
                committed = self._ledger.commit(*entries)
            except sa.exc.SQLAlchemyError as failure:
                self._failed(schema.explained(failure))
                if self._stopping.wait(self.RETRY_S):
                    return False
            else:
                for entry, outcome in zip(entries, committed, strict=True):
                    self._done(entry, outcome)
                return True
