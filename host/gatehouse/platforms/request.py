"""A question becomes the bytes of a request. The number is in them as bytes and can be wiped; in a query it cannot."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from gatehouse.person import wipe
from gatehouse.platforms import template, times
from gatehouse.platforms.dialect import Asked, Dialect, Request, Signing
from gatehouse.platforms.signing import signature
from gatehouse.platforms.template import Template, Value

CONTENT_TYPES = {"json": "application/json; charset=utf-8", "form": "application/x-www-form-urlencoded"}


@dataclass(slots=True)
class Outgoing:
    """One request, ready to leave. target: path and query. The body may hold the number: wipe it afterwards."""

    method: str
    target: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytearray | None = field(repr=False)

    def wipe(self) -> None:
        """Overwrite the body where it lies."""
        if self.body is not None:
            wipe(self.body)


class Form:
    """A request's texts, parsed once. `lean`: without what is left out under load."""

    def __init__(self, asked: Asked, *, lean: bool = False) -> None:
        self._method = asked.method
        self._path = template.parse(asked.path)
        self._headers = {name: template.parse(text) for name, text in asked.headers.items()}
        self._query = template.form_body(asked.query)
        self._content_type = CONTENT_TYPES.get(asked.body)
        self._escape = template.form_escape if asked.body == "form" else template.json_escape
        fields = dict(asked.fields)
        if isinstance(asked, Request) and not lean:
            fields |= asked.extra_fields
        bodies = {"json": template.json_body, "form": template.form_body}
        self._body: Template | None = bodies[asked.body](fields) if asked.body in bodies else None

    def fill(self, values: Mapping[str, Value]) -> Outgoing:
        """The request with its values."""
        target = self._path.fill(values, template.form_escape).decode()
        query = self._query.fill(values, template.form_escape)
        if query:
            target += "?" + query.decode()
            wipe(query)
        headers = {name: text.fill(values).decode() for name, text in self._headers.items()}
        if self._content_type is not None:
            headers["Content-Type"] = self._content_type
        body = self._body.fill(values, self._escape) if self._body is not None else None
        return Outgoing(self._method, target, headers, body)


class Signer:
    """The value of {sign} by a table [signing], where there is one."""

    def __init__(self, by: Signing | None) -> None:
        self._by = by
        if self._by is not None:
            self._parameters = {name: template.parse(text) for name, text in self._by.parameters.items()}
            self._before, self._after, self._key = (
                template.parse(text) for text in (self._by.before, self._by.after, self._by.key)
            )

    def described(self) -> str:
        """How it is made, for people."""
        return f"{self._by.algorithm} over {', '.join(sorted(self._by.parameters))}" if self._by else ""

    def added(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """The values, and the signature over them."""
        if self._by is None:
            return dict(values)
        signed = signature(
            self._by.algorithm,
            self._parameters,
            values,
            before=self._before,
            after=self._after,
            key=self._key,
            encoding=self._by.encoding,
            skip_empty=self._by.skip_empty,
        )
        return {**values, "sign": signed}


def clock_values(dialect: Dialect, now_s: float, nonce: bytes) -> dict[str, Value]:
    """The named values that every request has."""
    here = datetime.datetime.fromtimestamp(now_s, times.zone_of(dialect.zone))
    form = dialect.time_text
    texts = {times.UNIX_S: f"{now_s:.0f}", times.UNIX_MS: f"{now_s * 1000:.0f}", times.ISO_8601: here.isoformat()}
    return {
        "time_s": b"%d" % int(now_s),
        "time_ms": b"%d" % int(now_s * 1000),
        "time_text": (texts.get(form) or here.strftime(form)).encode(),
        "nonce": nonce,
    }
