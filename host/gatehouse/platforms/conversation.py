"""What one question takes at a platform: a token, a signature, requests at the same time, one status."""

import asyncio
import secrets
from collections.abc import Callable

from gatehouse.platforms import expression
from gatehouse.platforms.account import Account
from gatehouse.platforms.answer import read, read_in_part, warns
from gatehouse.platforms.exchange import Reply, exchange
from gatehouse.platforms.fields import Documents
from gatehouse.platforms.platform_error import AnswerUnusable, PlatformError, TokenExpired
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
# Of what required requests say in the place of an answer, the first that there is.
WORST_FIRST = (Outcome.UNMAPPED, Outcome.TIMED_OUT, Outcome.EXPIRED, Outcome.NOT_FOUND)

Ended = Reply | PlatformError


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
        self._signer = Signer(self._dialect.signing)
        self._forms = {name: Form(asked) for name, asked in self._dialect.request.items()}
        self._lean = {name: Form(asked, lean=True) for name, asked in self._dialect.request.items()}
        self._needed = {name for name, asked in self._dialect.request.items() if asked.need == "required"}
        self._tokens: Tokens | None = None
        if self._dialect.token is not None:
            self._token_form = Form(self._dialect.token)
            self._token_signer = Signer(self._dialect.token.signing)
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
            await self._wait(tasks)
            ended = {name: _ended(task) for name, task in tasks.items() if task.done()}
        finally:
            for task in tasks.values():
                task.cancel()
            await asyncio.wait(tasks.values())
            # Those that failed after the first one did have nobody else who would look.
            for task in tasks.values():
                task.cancelled() or task.exception()
        status = self._status(number, ended, frozenset(asked))
        whole = len(ended) == len(tasks) and all(map(_is_understood, ended.values()))
        # A red is kept whatever did not come with it.
        return status, whole or status.outcome is Outcome.RED

    async def _wait(self, tasks: dict[str, asyncio.Task[Reply]]) -> None:
        """Until all that is required has ended, and of the rest what ends in time.

        Where one has failed, the others are waited for as the rest is: one of them may tell a red. A red or
        yellow waits no longer than that either.
        """
        waiting = {tasks[name] for name in self._needed}
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            names = [name for name, task in tasks.items() if task in done]
            if any(tasks[name].exception() or self._warns(name, tasks[name].result()) for name in names):
                break
        rest = {task for task in tasks.values() if not task.done()}
        if rest and not any(_lost_its_token(task) for task in tasks.values()):
            await asyncio.wait(rest, timeout=self._dialect.limits.extra_wait_ms / 1000)
        for task in tasks.values():
            if _lost_its_token(task):
                task.result()

    def _warns(self, name: str, reply: Reply) -> bool:
        return warns(self._dialect, {name: reply.document})

    def _status(self, number: bytearray, ended: dict[str, Ended], asked: frozenset[str]) -> Status:
        """What the answers amount to; raises the failure of a required request, unless others tell more."""
        required: dict[str, object] = {}
        extras: dict[str, object] = {}
        fetched_s = int(self._wall())
        outcomes: list[Outcome] = []
        failures: list[PlatformError] = []
        for name, one in ended.items():
            if not isinstance(one, Reply):
                failures += [one] if name in self._needed else []
            elif one.outcome is None:
                (required if name in self._needed else extras)[name] = one.document
            elif name in self._needed:
                outcomes.append(one.outcome)
        if self._needed <= required.keys():
            knows_nothing = {name for name, one in ended.items() if _knows_nobody(one)}
            silent = asked - required.keys() - extras.keys() - knows_nothing
            return read(self._dialect, required, extras, number, fetched_s, self._show, silent)
        told = read_in_part(self._dialect, required, extras, number, fetched_s, self._show)
        if told is not None:
            return told
        if failures and Outcome.UNMAPPED not in outcomes:
            raise failures[0]
        worst = min(outcomes, key=WORST_FIRST.index, default=Outcome.UNMAPPED)
        return Status(worst, contact=self._dialect.contact, fetched_s=fetched_s)

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
        signed = self._token_signer.added(self._values())
        if "sign" in signed:
            self._watch("signature", self._token_signer.described())
        self._watch("request token", f"{by.method} {by.path} {by.body} {sorted(by.fields)}")
        reply = await exchange(self._transport, "token", by, self._token_form.fill(signed), self._watch)
        document: Documents = {"token": reply.document}
        told: object = by.life_s
        try:
            token = expression.found(expression.compiled(by.where), document)
            if by.life_where:
                told = expression.found(expression.compiled(by.life_where), document)
        except expression.Misfit:
            token = None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise AnswerUnusable("The answer holds no token where the file says.", "Check [token] where.")
        if len(token) > TOKEN_BYTES_MAX:
            raise AnswerUnusable(f"The token is longer than {TOKEN_BYTES_MAX} characters.", ASK_PLATFORM)
        if type(told) is not int:
            raise AnswerUnusable("The token's life is no whole number of seconds.", "Check [token] life_where.")
        if not LIFE_MIN_S <= told <= LIFE_MAX_S:
            said = f"By the answer the token lives for {told} s; one from {LIFE_MIN_S} s to {LIFE_MAX_S} s is of use."
            raise AnswerUnusable(said, "Check [token] life_where: it leads to seconds. Or ask the platform's operator.")
        self._watch("[token]", f"{by.where}: a text of {len(token)}; good for {told} s")
        return token.encode(), float(told)

    def _values(self) -> dict[str, Value]:
        nonce = secrets.token_hex(NONCE_BYTES).encode()
        return {**self._credentials, **clock_values(self._dialect, self._wall(), nonce)}


def _ended(task: asyncio.Task[Reply]) -> Ended:
    """How a request went; what is no trouble of the platform is raised."""
    failure = task.exception()
    return failure if isinstance(failure, PlatformError) else task.result()


def _lost_its_token(task: asyncio.Task[Reply]) -> bool:
    return task.done() and isinstance(task.exception(), TokenExpired)


def _is_understood(one: Ended) -> bool:
    return isinstance(one, Reply) and one.outcome in (None, Outcome.NOT_FOUND, Outcome.EXPIRED)


def _knows_nobody(one: Ended) -> bool:
    return isinstance(one, Reply) and one.outcome is Outcome.NOT_FOUND
