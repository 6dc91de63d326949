"""Bytes go to a platform and a bounded answer comes back. No failure that leaves here holds an address or a value."""

import ssl
from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from yarl import URL

from gatehouse.platforms import json_text
from gatehouse.platforms.platform_error import AccountRefused, AnswerUnusable, PlatformError, Unreachable
from gatehouse.platforms.request import Outgoing

CONNECTIONS_MAX = 64
HEADER_BYTES_MAX = 8190
TRIES = 2
CAUSES_MAX = 10
JSON_TYPES = ("application/json", "text/json")
NETWORK = "Check cable, address and firewall."
# Under TLS 1.3 the station's certificate is looked at after the connection stands, and a reset can overtake the alert.
REFUSED_LATE = (
    " A platform that asks for a certificate of the station may have refused it: check `certificate` and `key`."
)
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
                trouble = _trouble(failure, tls=self._url.startswith("https:"))
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


# What OpenSSL calls the alerts (RFC 8446 section 6.2) by which the other side says what it thinks of our certificate.
ALERTS = {
    "CERTIFICATE_EXPIRED": "The platform says that the station's certificate has expired.",
    "CERTIFICATE_REVOKED": "The platform says that the station's certificate has been revoked.",
    "CERTIFICATE_REQUIRED": "The platform asks for a certificate of the station, and got none.",
    "UNKNOWN_CA": "The platform does not know the authority of the station's certificate.",
    "BAD_CERTIFICATE": "The platform refuses the station's certificate.",
    "CERTIFICATE_UNKNOWN": "The platform refuses the station's certificate.",
    "UNSUPPORTED_CERTIFICATE": "The platform refuses the station's certificate.",
    "ACCESS_DENIED": "The platform refuses the station's certificate.",
}
# X509_V_ERR_* of OpenSSL's x509_vfy.h: what was found wrong with the other side's certificate.
VERIFY = {
    9: "The platform's certificate is not valid yet: check this PC's clock.",
    10: "The platform's certificate has expired.",
    62: "The platform's certificate is for another host.",
    64: "The platform's certificate is for another address.",
}


def _alert(failure: BaseException | None) -> str:
    """What the other side said of the station's certificate, "" if nothing; under TLS 1.3 it does so late."""
    for _ in range(CAUSES_MAX):
        if failure is None:
            return ""
        for one in (failure, getattr(failure, "os_error", None), *failure.args):
            reason = getattr(one, "reason", None) if isinstance(one, ssl.SSLError) else None
            for alert, said in ALERTS.items():
                if reason is not None and reason.endswith(f"ALERT_{alert}"):
                    return said
        failure = failure.__cause__ or failure.__context__
    return ""


def _trouble(failure: Exception, *, tls: bool) -> PlatformError:
    """The same in our words. tls: on a connection by https. aiohttp's own hold the address, which may hold a number."""
    said = _alert(failure)
    if said:
        return AccountRefused(said, "Ask its operator for a new one, and check `certificate` and `key`.")
    if isinstance(failure, aiohttp.ClientConnectorCertificateError):
        code = getattr(failure.certificate_error, "verify_code", 0)
        return Unreachable(
            VERIFY.get(code, "The platform's certificate was not accepted."),
            "Check url, and that `ca` names the file of the authority that signed it. Nothing was sent.",
        )
    if isinstance(failure, (aiohttp.ClientSSLError, ssl.SSLError)):
        return Unreachable(
            "No TLS connection came about.",
            "If the platform asks for a certificate of the station, check `certificate` and `key`. Nothing was sent.",
        )
    reset = isinstance(getattr(failure, "os_error", None), ConnectionResetError)
    if isinstance(failure, aiohttp.ClientConnectorError) and not reset:
        return Unreachable("Nobody answers at the platform's address.", NETWORK)
    if isinstance(failure, (aiohttp.ClientConnectionError, TimeoutError, OSError)):
        return Unreachable("The connection ended before the answer did.", NETWORK + (REFUSED_LATE if tls else ""))
    return AnswerUnusable("The platform's answer is no HTTP that can be read.", ASK_PLATFORM)
