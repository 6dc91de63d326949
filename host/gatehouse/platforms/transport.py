"""Bytes go to a platform and a bounded answer comes back. No failure that leaves here holds an address or a value."""

import ssl
from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from yarl import URL

from gatehouse.platforms import json_text
from gatehouse.platforms.platform_error import AnswerUnusable, PlatformError, Unreachable
from gatehouse.platforms.request import Outgoing

CONNECTIONS_MAX = 64
HEADER_BYTES_MAX = 8190
TRIES = 2
JSON_TYPES = ("application/json", "text/json")
NETWORK = "Check cable, address and firewall: `gatehouse platform test NAME` shows each step."
ASK_PLATFORM = "Tell the platform's operator; nobody passes by such an answer."


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. body: as it came, at most as long as the limit. retry_s: what Retry-After says in seconds."""

    http: int
    content_type: str
    body: bytes
    retry_s: float | None

    def document(self) -> object:
        """The JSON in it. AnswerUnusable if it is none."""
        if self.content_type not in JSON_TYPES and not self.content_type.endswith("+json"):
            raise AnswerUnusable("The platform's answer is not JSON by its own content type.", ASK_PLATFORM)
        try:
            return json_text.parse(self.body)
        except ValueError as wrong:
            said = str(wrong)
        raise AnswerUnusable(f"The platform's answer cannot be read: {said}.", ASK_PLATFORM)


class Body(aiohttp.BytesPayload):
    """What is sent, and its owner wipes: the library would copy it behind the headers, where nobody can."""

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Headers first, then the bytes from where they lie; no more than `content_length` of them."""
        writer.send_headers()
        await writer.write(memoryview(self._value)[:content_length])


class Transport:
    """One platform's connections. url: where its paths begin. answer_bytes: the longest answer that is read."""

    def __init__(self, url: str, tls: ssl.SSLContext, answer_bytes: int) -> None:
        self._url = url.rstrip("/")
        self._tls = tls
        self._answer_bytes = answer_bytes
        self._session: aiohttp.ClientSession | None = None

    async def send(self, outgoing: Outgoing) -> Answer:
        """The answer. Unreachable or AnswerUnusable if there is none; both name no value."""
        trouble: PlatformError = Unreachable("No connection stays open.", NETWORK)
        for _ in range(TRIES):
            try:
                return await self._exchange(outgoing)
            except PlatformError:
                raise
            except Exception as failure:  # noqa: BLE001  # below are libraries, whose failures hold addresses
                trouble = _trouble(failure)
                # A connection that was kept, and that the other side has closed just now: a new one may do.
                again = isinstance(failure, aiohttp.ServerDisconnectedError)
            if not again:
                break
        # Outside of the handler, or the library's failure would stay with it as its context.
        raise trouble

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def _exchange(self, outgoing: Outgoing) -> Answer:
        session = self._session = self._session or self._new_session()
        request = session.request(
            outgoing.method,
            URL(self._url + outgoing.target, encoded=True),
            data=None if outgoing.body is None else Body(outgoing.body),
            headers=outgoing.headers,
            allow_redirects=False,
        )
        async with request as response:
            if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                response.close()
                raise AnswerUnusable("The platform's answer is compressed, which was not asked for.", ASK_PLATFORM)
            body = bytearray()
            async for piece in response.content.iter_any():
                body += piece
                if len(body) > self._answer_bytes:
                    response.close()
                    said = f"The platform's answer is longer than {self._answer_bytes} bytes."
                    raise AnswerUnusable(said, "If that is right, raise limits.answer_bytes in its file.")
            retry = response.headers.get("Retry-After", "")
            wait_s = float(retry) if retry.isascii() and retry.isdecimal() and len(retry) <= 4 else None
            return Answer(response.status, response.content_type, bytes(body), wait_s)

    def _new_session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX, ssl=self._tls),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "gatehouse"},
            auto_decompress=False,  # a small answer cannot become a large one
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None),  # whoever asks has a budget
            max_line_size=HEADER_BYTES_MAX,
            max_field_size=HEADER_BYTES_MAX,
        )


def _trouble(failure: Exception) -> PlatformError:
    """The same in our words. aiohttp's own hold the address, which may hold a number."""
    if isinstance(failure, aiohttp.ClientConnectorCertificateError):
        return Unreachable(
            "The platform's certificate was not accepted.",
            "Check url, and that `ca` names the file of the authority that signed it. Nothing was sent.",
        )
    if isinstance(failure, (aiohttp.ClientSSLError, ssl.SSLError)):
        return Unreachable(
            "No TLS connection came about.",
            "If the platform asks for a certificate of the station, check `certificate` and `key`. Nothing was sent.",
        )
    if isinstance(failure, aiohttp.ClientConnectorError):
        return Unreachable("Nobody answers at the platform's address.", NETWORK)
    if isinstance(failure, (aiohttp.ClientConnectionError, TimeoutError, OSError)):
        return Unreachable("The connection ended before the answer did.", NETWORK)
    return AnswerUnusable("The platform's answer is no HTTP that can be read.", ASK_PLATFORM)
