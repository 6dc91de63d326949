"""What one question takes at a platform: a token, a signature, requests at the same time, one status."""

import asyncio
import secrets
from collections.abc import Callable

from gatehouse.platforms import expression
from gatehouse.platforms.account import Account
from gatehouse.platforms.answer import Documents, read
from gatehouse.platforms.exchange import Reply, exchange
from gatehouse.platforms.platform_error import AnswerUnusable, TokenExpired
from gatehouse.platforms.request import Form, Signer, clock_values
from gatehouse.platforms.steps import Watcher
from gatehouse.platforms.template import Value
from gatehouse.platforms.token import Tokens
from gatehouse.platforms.transport import ASK_PLATFORM, Transport
from gatehouse.status import Outcome, Status

TOKEN_BYTES_MAX = 4000
NONCE_BYTES = 16
LIFE_MIN_S = 10
LIFE_MAX_S = 30 * 86400


class Conversation:
    """Asks one platform. `wall()`: Unix time. `monotonic()`: seconds. `watch`: is told each step, without values."""

    def __init__(
        self, account: Account, wall: Callable[[], float], monotonic: Callable[[], float], watch: Watcher
    ) -> None:
        self._dialect = account.dialect
        self._credentials = account.credentials
        self._wall = wall
        self._watch = watch
        self._transport = Transport(account.url, account.tls, self._dialect.limits.answer_bytes)
        self._signer = Signer(self._dialect)
        self._forms = {name: Form(asked) for name, asked in self._dialect.request.items()}
        self._lean = {name: Form(asked, lean=True) for name, asked in self._dialect.request.items()}
        self._tokens: Tokens | None = None
        if self._dialect.token is not None:
            self._token_form = Form(self._dialect.token)
            self._tokens = Tokens(self._fetch_token, self._dialect.token.renew_at, monotonic)

    async def ask(self, word: str, number: bytearray, *, lean: bool) -> tuple[Status, bool]:
        """The status, and whether all came that was asked for. PlatformError as it says.

        word: the platform's for the kind of card. lean: without what is left out under load. A token that is
        refused is replaced once.
        """
        for last in (False, True):
            token = await self._tokens.current() if self._tokens is not None else b""
            if self._tokens is not None:
                self._watch("token", "there is one")
            try:
                return await self._ask(word, number, token, lean=lean)
            except TokenExpired:
                if self._tokens is None or last:
                    raise
                self._tokens.refused(token)
        raise AssertionError

    async def close(self) -> None:
        """End what is under way and close the connections."""
        if self._tokens is not None:
            await self._tokens.close()
        await self._transport.close()

    async def _ask(self, word: str, number: bytearray, token: bytes, *, lean: bool) -> tuple[Status, bool]:
        values = self._values() | {"kind": word.encode(), "number": number, "token": token}
        signed = self._signer.added(values)
        if "sign" in signed:
            self._watch("signature", self._signer.described())
        asked = [name for name, one in self._dialect.request.items() if not (lean and one.need == "extra")]
        tasks = {name: asyncio.create_task(self._request(name, signed, lean=lean)) for name in asked}
        try:
            replies = await self._gather(tasks)
        finally:
            for task in tasks.values():
                task.cancel()
            await asyncio.wait(tasks.values())
            # Those that failed after the first one did have nobody else who would look.
            for task in tasks.values():
                task.cancelled() or task.exception()
        return self._status(number, replies, complete=len(replies) == len(tasks))

    async def _gather(self, tasks: dict[str, asyncio.Task[Reply]]) -> dict[str, Reply]:
        """The replies of all that is required, and of the rest what comes in time."""
        required = [task for name, task in tasks.items() if self._dialect.request[name].need == "required"]
        await asyncio.gather(*required)
        rest = [task for task in tasks.values() if task not in required]
        if rest:
            await asyncio.wait(rest, timeout=self._dialect.limits.extra_wait_ms / 1000)
        for task in rest:
            if task.done() and isinstance(task.exception(), TokenExpired):
                task.result()
        return {name: task.result() for name, task in tasks.items() if task.done() and not task.exception()}

    def _status(self, number: bytearray, replies: dict[str, Reply], *, complete: bool) -> tuple[Status, bool]:
        required: Documents = {}
        extras: Documents = {}
        fetched_s = int(self._wall())
        outcomes = []
        for name, reply in replies.items():
            need = self._dialect.request[name].need
            if need == "required" and reply.outcome is not None:
                outcomes.append(reply.outcome)
            elif need == "required":
                required = {**required, name: reply.document}
            elif reply.outcome is None:
                extras = {**extras, name: reply.document}
        if outcomes:
            # What is not understood outweighs what is: nothing here ever outweighs it to a colour.
            worst = Outcome.UNMAPPED if Outcome.UNMAPPED in outcomes else outcomes[0]
            return Status(worst, contact=self._dialect.contact, fetched_s=fetched_s), complete
        return read(self._dialect, required, extras, number, fetched_s, self._show), complete

    def _show(self, field: str, where: str, shown: str, meaning: str) -> None:
        self._watch(f"[{field}]", f"{where}: {shown}; {meaning}")

    async def _request(self, name: str, values: dict[str, Value], *, lean: bool) -> Reply:
        asked = self._dialect.request[name]
        outgoing = (self._lean if lean else self._forms)[name].fill(values)
        self._watch(f"request {name}", f"{asked.method} {asked.path} {asked.body} {sorted(asked.fields)}")
        return await exchange(self._transport, name, asked, outgoing, self._watch)

    async def _fetch_token(self) -> tuple[bytes, float]:
        by = self._dialect.token
        if by is None:
            raise AssertionError
        self._watch("request token", f"{by.method} {by.path} {by.body} {sorted(by.fields)}")
        reply = await exchange(self._transport, "token", by, self._token_form.fill(self._values()), self._watch)
        document = {"token": reply.document}
        token = expression.found(expression.compiled(by.where), document)
        told = expression.found(expression.compiled(by.life_where), document) if by.life_where else by.life_s
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise AnswerUnusable("The answer holds no token where the file says.", "Check [token] where.")
        if type(told) is not int or not LIFE_MIN_S <= told <= LIFE_MAX_S or len(token) > TOKEN_BYTES_MAX:
            raise AnswerUnusable("The token's life is none, or it is too long.", ASK_PLATFORM)
        self._watch("[token]", f"{by.where}: a text of {len(token)}; good for {told} s")
        return token.encode(), float(told)

    def _values(self) -> dict[str, Value]:
        nonce = secrets.token_hex(NONCE_BYTES).encode()
        return {**self._credentials, **clock_values(self._dialect, self._wall(), nonce)}
