"""A disk that gets full, or breaks, at one operation and stays so until somebody mends it."""

from faults.shim import Watcher
from faults.sqlite_vfs import FULL, IOERR_FSYNC, IOERR_READ, IOERR_TRUNCATE, IOERR_WRITE, OK

FULL_DISK = {"write": FULL, "truncate": FULL}
BAD_DISK = {"write": IOERR_WRITE, "sync": IOERR_FSYNC, "truncate": IOERR_TRUNCATE}
UNREADABLE = {"read": IOERR_READ}


class Broken(Watcher):
    """Fails the `nth` operation of its kinds, the first is 0, and all that follow until `mend`; None: none of them.

    failed: how many it has refused.
    """

    def __init__(self, codes: dict[str, int], nth: int | None) -> None:
        self._codes = codes
        self._left = nth
        self.failed = 0

    def mend(self) -> None:
        """Work again."""
        self._left = None

    def _asked(self, kind: str) -> int:
        code = self._codes.get(kind, OK)
        if code == OK or self._left is None:
            return OK
        if self._left:
            self._left -= 1
            return OK
        self.failed += 1
        return code

    def read(self, path: str, offset: int, size: int) -> int:
        return self._asked("read")

    def write(self, path: str, offset: int, data: bytes) -> int:
        return self._asked("write")

    def truncate(self, path: str, size: int) -> int:
        return self._asked("truncate")

    def sync(self, path: str) -> int:
        return self._asked("sync")
