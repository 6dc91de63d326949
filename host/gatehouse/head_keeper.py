"""Has the ledger's heads signed while the gatehouse runs, and keeps the newest one where no backup of data holds it."""

import asyncio
import time

import sqlalchemy as sa

from gatehouse import alarms, heads, schema
from gatehouse.clock import StationClock
from gatehouse.deeds import Deed, What
from gatehouse.falling_back import FallenBack
from gatehouse.happenings import Happenings
from gatehouse.heads import HEAD_KEY, Head, NotAHead, Signer
from gatehouse.keyfile import KeyFile, KeyFileError
from gatehouse.ledger import Ledger
from gatehouse.words import Words, filled

SIGNED_EACH_S = 600.0
SIGNED_EACH_ENTRIES = 1000
LOOK_S = 1.0
RETRY_S = 60.0
HEADS = "head"  # the cause of alarms that end when one is signed


class HeadKeeper:
    """On the event loop: the key file is used there, the ledger in threads."""

    def __init__(self, ledger: Ledger, keys: KeyFile, happenings: Happenings, clock: StationClock) -> None:
        """KeyFileError if there is no key to sign with."""
        self._ledger = ledger
        self._keys = keys
        self._happenings = happenings
        self._clock = clock
        self._signer = Signer(keys.secret(HEAD_KEY))
        self._fails = False
        self._signed_size = 0
        self._next_s = 0.0

    def begin(self) -> None:
        """Before lanes are served: say it, and record it, if the ledger has fallen back; sign what there is.

        What fails is an alarm and hinders nobody.
        """
        try:
            back = settled(self._ledger, self._keys, self._clock.unix_s(), "gatehouse")
            if back is not None:
                self._happenings.alarm(back.words(), about="ledger fell back")
            self._signed(self._ledger.sign(self._signer, self._clock.unix_s()))
        except (KeyFileError, sa.exc.SQLAlchemyError) as failure:
            self._failed(failure)

    async def watch(self) -> None:
        """Sign from time to time, if there is something new, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            many = self._ledger.size - self._signed_size >= SIGNED_EACH_ENTRIES and not self._fails
            if many or time.monotonic() >= self._next_s:
                await self.sign()

    async def sign(self) -> Head | None:
        """Sign what there is now; its head, None if it could not be signed or there is nothing."""
        try:
            head = await asyncio.to_thread(self._ledger.sign, self._signer, self._clock.unix_s())
            self._signed(head)
        except (KeyFileError, sa.exc.SQLAlchemyError) as failure:
            self._failed(failure)
            return None
        return head

    def _signed(self, head: Head | None) -> None:
        self._next_s = time.monotonic() + SIGNED_EACH_S
        if head is not None and head.size != self._signed_size:
            self._keys.keep_head(head.encoded())
            self._signed_size = head.size
        if self._fails:
            self._fails = False
            self._happenings.notice(alarms.HEAD_SIGNED, HEADS)

    def _failed(self, failure: Exception) -> None:
        self._fails = True
        self._next_s = time.monotonic() + RETRY_S
        told = schema.explained(failure) if isinstance(failure, sa.exc.SQLAlchemyError) else (str(failure),) * 2
        why: Words = told[0], told[1]
        self._happenings.alarm(filled(alarms.HEAD_NOT_SIGNED, why=why), about="head of the ledger", cause=HEADS)


def kept(keys: KeyFile) -> Head | None:
    """The head of which the key file has a copy, None if it has none. KeyFileError if it cannot be read."""
    told = keys.kept_head()
    try:
        return None if told is None else heads.decoded(told)
    except NotAHead:
        raise KeyFileError(
            "the ledger's head in the key file is of another form: a later Gatehouse kept it. Update this one."
        ) from None


def settled(ledger: Ledger, keys: KeyFile, at_s: int, who: str) -> FallenBack | None:
    """Where the ledger has fallen back behind the head in the key file, have it say so from now on.

    Before the next head takes that one's place. KeyFileError, or what SQLAlchemy raises, if it cannot be done.
    """
    back = ledger.fallen_back(kept(keys))
    if back is not None:
        ledger.record(Deed(What.LEDGER_FELL_BACK, at_s, who, back.detail()))
    return back


def signed_now(ledger: Ledger, keys: KeyFile, at_s: int, who: str) -> tuple[Head | None, FallenBack | None]:
    """For a command: the head of all that is there, None of nothing; and whether the ledger had fallen back."""
    back = settled(ledger, keys, at_s, who)
    head = ledger.sign(Signer(keys.secret(HEAD_KEY)), at_s)
    if head is not None:
        keys.keep_head(head.encoded())
    return head, back
