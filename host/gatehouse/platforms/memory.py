"""Answers for as long as they may be used again, by pseudonyms that nobody outside this process can make."""

import secrets
from collections import OrderedDict
from collections.abc import Callable

from gatehouse.person import pseudonym, wipe
from gatehouse.status import Status

ENTRIES_MAX = 20_000  # 12 MB; more travellers than a large station has within an answer's life
KEY_BYTES = 32


class Memory:
    """`monotonic()`: seconds. The key of the pseudonyms is drawn here and ends with the process."""

    def __init__(self, monotonic: Callable[[], float], entries_max: int = ENTRIES_MAX) -> None:
        self._monotonic = monotonic
        self._entries_max = entries_max
        self._key = secrets.token_bytes(KEY_BYTES)
        self._entries: OrderedDict[bytes, tuple[float, Status]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def who(self, kind: int, number: bytes | bytearray) -> bytes:
        """The pseudonym of a card: its kind (a CARD_ code) and number."""
        text = bytearray((kind,)) + number
        try:
            return pseudonym(self._key, text)
        finally:
            wipe(text)

    def recall(self, who: bytes) -> Status | None:
        """The status that was kept, None if there is none or its life is over."""
        kept = self._entries.get(who)
        if kept is None:
            return None
        if self._monotonic() >= kept[0]:
            del self._entries[who]
            return None
        return kept[1]

    def keep(self, who: bytes, status: Status, life_s: float) -> None:
        """Keep it for so long. The oldest make room, and go when their life is over."""
        if life_s <= 0:
            return
        self._entries.pop(who, None)
        self._let_go()
        while len(self._entries) >= self._entries_max:
            self._entries.popitem(last=False)
        self._entries[who] = (self._monotonic() + life_s, status)

    def _let_go(self) -> None:
        """Of the oldest whose life is over. One that lives on keeps younger ones, which may have had a shorter life."""
        now_s = self._monotonic()
        while self._entries and now_s >= next(iter(self._entries.values()))[0]:
            self._entries.popitem(last=False)

    def forget(self) -> None:
        """Keep nothing."""
        self._entries.clear()
