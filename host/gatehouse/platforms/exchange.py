"""One request of a platform's file: sent, answered, and what the answer says of how it went."""

import re
import time
from dataclasses import dataclass

from gatehouse.platforms import expression
from gatehouse.platforms.dialect import Asked
from gatehouse.platforms.fields import key_of
from gatehouse.platforms.outline import outline
from gatehouse.platforms.platform_error import AccountRefused, AnswerUnusable, Busy, PlatformError, TokenExpired
from gatehouse.platforms.request import Outgoing
from gatehouse.platforms.steps import Watcher, unwatched
from gatehouse.platforms.transport import ASK_PLATFORM, Answer, Transport
from gatehouse.status import Outcome

HTTP_OK = 200
REDIRECTS = range(300, 400)
CODE = re.compile("-?[A-Za-z_]{0,12}[0-9]{0,5}")
# Of a status that the file does not map.
HTTP_MEANINGS = {"401": "refused", "403": "refused", "429": "busy"}
WITHOUT_DOCUMENT = {
    "not_found": Outcome.NOT_FOUND,
    "expired": Outcome.EXPIRED,
    "timed_out": Outcome.TIMED_OUT,
    "": Outcome.UNMAPPED,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """document: the answer's JSON if it went well; else `outcome` says how it went."""

    document: object = None
    outcome: Outcome | None = None


async def exchange(transport: Transport, name: str, asked: Asked, outgoing: Outgoing, watch: Watcher) -> Reply:
    """Send it and read what comes; the body is wiped. `name`: of the request. PlatformError as it says."""
    began_s = time.monotonic()
    try:
        answer = await transport.send(outgoing)
    except PlatformError:
        watch(f"answer to {name}", f"none, after {_ms(began_s)} ms")
        raise
    finally:
        outgoing.wipe()
    about = f"HTTP {answer.http}, {answer.content_type}, {len(answer.body)} bytes"
    watch(f"answer to {name}", f"{about}, after {_ms(began_s)} ms")
    if answer.http in REDIRECTS:
        said = f"The platform answered with HTTP status {answer.http}: redirects are not followed."
        raise AnswerUnusable(said, "Check url and path: they have to lead to the platform itself.")
    if answer.http != HTTP_OK:
        return _by_meaning(_http_meaning(asked, answer), answer, f"It answered with HTTP status {answer.http}.")
    document = answer.document()
    if watch is not unwatched:
        for line in outline(document):
            watch("", line)
    if asked.codes is None:
        return Reply(document)
    try:
        code = expression.found(expression.compiled(asked.codes.where), {name: document})
    except expression.Misfit:
        code = []  # no code, which is another thing than none
    meaning = asked.codes.values.get(key_of(code), "")
    said = _code(code)
    watch(f"{name}.codes", f"{asked.codes.where}: {said} means {meaning or 'nothing that the file names'}")
    return Reply(document) if meaning == "ok" else _by_meaning(meaning, answer, f"Its code is {said}.")


def _ms(since_s: float) -> int:
    return round((time.monotonic() - since_s) * 1000)


def _code(value: object) -> str:
    """A code for people, unless it could be something else: a platform may put there what it was sent."""
    text = key_of(value)
    return text if CODE.fullmatch(text) else "<no short code>"


def _http_meaning(asked: Asked, answer: Answer) -> str:
    code = str(answer.http)
    return asked.http.get(code) or HTTP_MEANINGS.get(code, "failed")


def _by_meaning(meaning: str, answer: Answer, how: str) -> Reply:
    if meaning in WITHOUT_DOCUMENT:
        return Reply(outcome=WITHOUT_DOCUMENT[meaning])
    if meaning == "token_expired":
        raise TokenExpired(f"The platform no longer takes the token. {how}", "A new one is fetched.")
    if meaning == "refused":
        advice = "Check the credentials file, the station's certificate, and that this PC's clock is right."
        raise AccountRefused(f"The platform refuses the station. {how}", advice)
    if meaning == "busy":
        advice = "Lower limits.requests_per_s in its file, or ask its operator for more."
        raise Busy(f"The platform asks for fewer requests. {how}", advice, answer.retry_s)
    # "failed", and "ok" of an HTTP status that brings no document
    raise AnswerUnusable(f"The platform failed. {how}", ASK_PLATFORM)
