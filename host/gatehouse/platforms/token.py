"""The station's token at a platform: renewed ahead of its end, by one renewal at a time that all share."""

import asyncio
from collections.abc import Awaitable, Callable

from gatehouse.platforms.platform_error import AccountRefused, Busy, PlatformError, Unreachable

# A renewal is tried three times, so that one or two slips of the platform are no trouble of all its travellers: a first
# answer, and a second, that takes longer than most is not waited for, and the third comes within the budget of a tap.
TRIES_S = (0.3, 0.3, 10.0)
RETRY_S = 1.0  # after a renewal that failed, so that a rush of travellers makes no rush of renewals

# Gets a token: the token, and its life in seconds.
Fetch = Callable[[], Awaitable[tuple[bytes, float]]]


class Tokens:
    """`renew_at`: the part of its life after which a token is renewed while it still serves. `monotonic()`: seconds."""

    def __init__(self, fetch: Fetch, renew_at: float, monotonic: Callable[[], float]) -> None:
        self._fetch = fetch
        self._renew_at = renew_at
        self._monotonic = monotonic
        self._token = b""
        self._renew_s = self._end_s = 0.0
        self._retry_s = float("-inf")
        self._failure: PlatformError | None = None
        self._renewal: asyncio.Task[None] | None = None

    async def current(self) -> bytes:
        """A token that is good. PlatformError if there is none to be had: until the next renewal the same object."""
        now_s = self._monotonic()
        good = bool(self._token) and now_s < self._end_s
        if good and now_s < self._renew_s:
            return self._token
        if self._renewal is None and now_s >= self._retry_s:
            self._renewal = asyncio.get_running_loop().create_task(self._renew())
        if good:
            return self._token
        if self._renewal is not None:
            await asyncio.shield(self._renewal)
        if self._failure is not None:
            raise self._failure
        return self._token

    def refused(self, token: bytes) -> None:
        """The platform no longer takes this one; a newer one stays."""
        if token == self._token:
            self._token = b""

    async def close(self) -> None:
        """End a renewal that is under way, and forget the token."""
        self._token = b""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.wait({self._renewal})

    async def _renew(self) -> None:
        """Never raises but for its cancellation: who waits sees the failure."""
        try:
            for limit_s in TRIES_S:
                if await self._renewed(limit_s):
                    break
        finally:
            self._renewal = None

    async def _renewed(self, limit_s: float) -> bool:
        try:
            async with asyncio.timeout(limit_s):
                token, life_s = await self._fetch()
        except PlatformError as failure:
            self._fail(failure)
            # Who refuses the station, or asks for less, is not asked again at once.
            return isinstance(failure, (AccountRefused, Busy))
        except TimeoutError:
            self._fail(Unreachable("No token came in time.", "Ask the platform whether its token service works."))
            return False
        now_s = self._monotonic()
        self._token, self._failure = token, None
        self._renew_s, self._end_s = now_s + life_s * self._renew_at, now_s + life_s
        return True

    def _fail(self, failure: PlatformError) -> None:
        self._failure = failure.with_traceback(None)
        self._retry_s = self._monotonic() + RETRY_S
