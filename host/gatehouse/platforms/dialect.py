"""What a platform's file may say: one model, from whose descriptions error messages and the guide are made.

`dialect_check` holds against each other what stands in different tables.
"""

import re
from typing import Annotated, Literal

from gatelink import codes
from pydantic import AfterValidator, Field, field_validator

from gatehouse.platforms import expression, template, times
from gatehouse.section import Section

FORMAT = 1
KINDS = {
    "resident": codes.CARD_RESIDENT,
    "hmt_permit": codes.CARD_HMT_PERMIT,
    "foreign_2017": codes.CARD_FOREIGN_2017,
    "foreign_2023": codes.CARD_FOREIGN_2023,
}
NAME = r"^[a-z][a-z0-9_]{0,31}$"
PATH = re.compile(r"/[A-Za-z0-9._~/{}-]*")
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
# The engine's own: a file that set them could switch its limits off.
OWN_HEADERS = frozenset(
    ("host", "content-length", "content-type", "transfer-encoding", "accept-encoding", "connection")
)
CODES_MAX = 200
NULL = "null"  # how a value that is missing, or null, is written in a table of values


def _template(text: str) -> str:
    template.parse(text)
    return text


def _path(text: str) -> str:
    if not PATH.fullmatch(text) or ".." in text:
        raise ValueError("a path begins with / and has letters, digits, . _ ~ / and - only")
    return _template(text)


def _where(text: str) -> str:
    expression.compiled(text)
    return text


def _zone(text: str) -> str:
    times.zone_of(text)
    return text


TEXT_WITH_NAMES = 'a text in quotes, in which {names} stand for values, like "{token}"'
Templated = Annotated[str, AfterValidator(_template), Field(max_length=500, description=TEXT_WITH_NAMES)]
Path = Annotated[str, AfterValidator(_path), Field(max_length=200, description='a path in quotes, like "/v1/status"')]
Where = Annotated[
    str,
    AfterValidator(_where),
    Field(description='a JMESPath in quotes, which begins with the name of a request, like "status.data.color"'),
]
Zone = Annotated[str, AfterValidator(_zone), Field(description='a zone in quotes, like "+08:00"')]
Texts = Annotated[
    dict[str, Templated], Field(default_factory=dict, max_length=40, description=f"a table: {TEXT_WITH_NAMES}")
]

Meaning = Literal["ok", "not_found", "expired", "timed_out", "failed", "token_expired", "busy", "refused"]
MEANINGS = '"ok", "not_found", "expired", "timed_out", "failed", "token_expired", "busy" or "refused"'
Colouring = Literal["green", "yellow", "red", "expired", "not_found", "failed", "timed_out"]
COLOURINGS = '"green", "yellow", "red", "expired", "not_found", "failed" or "timed_out"'


class Codes(Section):
    """What the platform itself says of how a request went. A code that is not in the table is not understood."""

    where: Where
    values: Annotated[dict[str, Meaning], Field(min_length=1, max_length=CODES_MAX, description=MEANINGS)]


class Asked(Section):
    """How something is asked."""

    method: Annotated[Literal["GET", "POST"], Field(description='"GET" or "POST"')] = "POST"
    path: Path
    body: Annotated[Literal["json", "form", "none"], Field(description='"json", "form" or "none"')] = "json"
    headers: Texts
    query: Texts
    fields: Annotated[
        dict[str, object], Field(default_factory=dict, max_length=40, description=f"a table: {TEXT_WITH_NAMES}")
    ]
    http: Annotated[
        dict[str, Meaning], Field(default_factory=dict, description=f"a table of HTTP status codes: {MEANINGS}")
    ]
    codes: Annotated[Codes | None, Field(description="a table with where and values")] = None

    @field_validator("headers")
    @classmethod
    def _no_own_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        wrong = sorted(name for name in headers if not HEADER.fullmatch(name) or name.lower() in OWN_HEADERS)
        if wrong:
            raise ValueError(f"{wrong[0][:40]!r} is no header that a file may set")
        return headers

    @field_validator("fields")
    @classmethod
    def _fields(cls, fields: dict[str, object]) -> dict[str, object]:
        template.json_body(fields)
        return fields

    @field_validator("http")
    @classmethod
    def _http(cls, http: dict[str, Meaning]) -> dict[str, Meaning]:
        if any(not re.fullmatch("[45][0-9][0-9]", code) for code in http):
            raise ValueError("its keys are HTTP status codes from 400 to 599 in quotes")
        return http


class Request(Asked):
    """One of the requests that together answer a question; they go out at the same time."""

    need: Annotated[
        Literal["required", "wanted", "extra"],
        Field(description='"required" (no status without it), "wanted", or "extra" (dropped under load)'),
    ] = "required"
    extra_fields: Annotated[
        dict[str, object],
        Field(default_factory=dict, max_length=40, description="fields that are left out under load"),
    ]

    @field_validator("extra_fields")
    @classmethod
    def _extra_fields(cls, fields: dict[str, object]) -> dict[str, object]:
        template.json_body(fields)
        return fields


class Signing(Section):
    """A signature over parameters in the order of their names; {sign} stands for it."""

    algorithm: Annotated[
        Literal["sha256", "hmac-sha256", "sm3", "hmac-sm3"],
        Field(description='"sha256", "hmac-sha256", "sm3" or "hmac-sm3"'),
    ]
    parameters: Annotated[
        dict[str, Templated], Field(min_length=1, max_length=40, description=f"a table: {TEXT_WITH_NAMES}")
    ]
    before: Templated = ""
    after: Templated = ""
    key: Templated = ""
    encoding: Annotated[Literal["hex", "HEX", "base64"], Field(description='"hex", "HEX" or "base64"')] = "hex"
    skip_empty: Annotated[bool, Field(description="true or false")] = True


class Token(Asked):
    """How a token is got, and how long it lives."""

    where: Where
    life_s: Annotated[int, Field(ge=10, le=30 * 86400, description="whole seconds from 10 to 2592000")]
    life_where: Annotated[str, Field(description="a JMESPath to seconds that the platform tells")] = ""
    renew_at: Annotated[float, Field(ge=0.1, le=0.9, description="a part of its life from 0.1 to 0.9")] = 0.5
    signing: Annotated[
        Signing | None, Field(description="a table [token.signing]: {sign} of this request; [signing] is not over it")
    ] = None

    @field_validator("life_where")
    @classmethod
    def _life_where(cls, text: str) -> str:
        return _where(text) if text else text


class Time(Section):
    """A time in an answer."""

    where: Where
    format: Annotated[
        str,
        AfterValidator(times.check_format),
        Field(description='"unix_s", "unix_ms", "iso8601" or a pattern like "%Y-%m-%d %H:%M:%S"'),
    ]
    zone: Zone = "+08:00"


class Updated(Time):
    """When the colour was set; or, where the platform does not tell that, when it was looked up."""

    tells: Annotated[Literal["set", "looked_up"], Field(description='"set" or "looked_up"')] = "set"


class Colours(Section):
    """The colour. A value that is not in the table is not understood. With `rows`, `where` begins in each of them."""

    rows: Annotated[
        str, Field(description="a JMESPath to a list of codes, which all have to say the same; left out, there is one")
    ] = ""
    where: Where
    values: Annotated[dict[str, Colouring], Field(min_length=1, max_length=CODES_MAX, description=COLOURINGS)]

    @field_validator("rows")
    @classmethod
    def _rows(cls, text: str) -> str:
        return _where(text) if text else text


class Test(Section):
    """The laboratory test that counts. With `rows` there may be several, and the other keys begin in one of them."""

    rows: Annotated[
        str,
        Field(description="a JMESPath to the list of tests, or to the table of one; left out, where leads to it all"),
    ] = ""
    always: Annotated[
        bool, Field(description="true if something stands there of everybody, an empty list where there is no test")
    ] = False
    where: Where
    values: Annotated[
        dict[str, Literal["negative", "positive", "pending"]],
        Field(min_length=1, max_length=CODES_MAX, description='"negative", "positive" or "pending"'),
    ]
    sampled: Annotated[Time | None, Field(description="a table with where, format and zone")] = None
    tested: Annotated[Time | None, Field(description="a table with where, format and zone")] = None
    reported: Annotated[Time | None, Field(description="a table with where, format and zone")] = None

    @field_validator("rows")
    @classmethod
    def _rows(cls, text: str) -> str:
        return _where(text) if text else text


class Flags(Section):
    """What is added to the colour. A value that is not in the table is not understood; "" adds nothing."""

    where: Where
    values: Annotated[
        dict[str, Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]{0,31})?$")]],
        Field(min_length=1, max_length=CODES_MAX, description='names like "test_owed", or "" for nothing'),
    ]


class Found(Section):
    """A field that is taken as it is."""

    where: Where


class Echo(Found):
    """Whose status it is: the number, with stars for what is hidden."""

    first: Annotated[int, Field(ge=1, le=20, description="how many characters are shown in front, 1 to 20")] = 2
    last: Annotated[int, Field(ge=1, le=20, description="how many characters are shown at the end, 1 to 20")] = 2


class Life(Section):
    """How long an answer may be used again without asking."""

    answer_s: Annotated[int, Field(ge=0, le=86400, description="whole seconds from 0 to 86400")] = 0
    not_found_s: Annotated[int, Field(ge=0, le=3600, description="whole seconds from 0 to 3600")] = 0
    until_midnight: Annotated[bool, Field(description="true if an answer ends with its day")] = False
    zone: Zone = "+08:00"
    until: Annotated[Time | None, Field(description="a table with where, format and zone")] = None


class Limits(Section):
    """What the platform is spared, and what is not borne from it."""

    requests_per_s: Annotated[float, Field(gt=0, le=10_000, description="a number up to 10000")] = 50.0
    burst: Annotated[int, Field(ge=1, le=10_000, description="a whole number from 1 to 10000")] = 50
    extra_below: Annotated[
        int, Field(ge=0, le=10_000, description="how many questions in flight stop the extra ones, 0 to 10000")
    ] = 32
    extra_wait_ms: Annotated[int, Field(ge=0, le=2000, description="whole milliseconds from 0 to 2000")] = 100
    answer_bytes: Annotated[int, Field(ge=256, le=1_000_000, description="whole bytes from 256 to 1000000")] = 65_536
    failures: Annotated[int, Field(ge=1, le=100, description="failures in a row, 1 to 100")] = 5
    rest_s: Annotated[float, Field(ge=0.1, le=600, description="seconds from 0.1 to 600")] = 10.0


class Dialect(Section):
    """The whole file."""

    dialect: Annotated[Literal[1], Field(description="1, the version of this format")]
    name: Annotated[str, Field(pattern=NAME, description='a name of small letters, digits and _, like "guangdong"')]
    title: Annotated[str, Field(min_length=1, max_length=80, description="what people call it, in quotes")]
    contact: Annotated[
        str, Field(min_length=1, max_length=120, description="whom a traveller asks for a correction, in quotes")
    ]
    mutual_tls: Annotated[bool, Field(description="true if the platform asks for a certificate of the station")] = False
    credentials: Annotated[
        dict[str, str],
        Field(default_factory=dict, max_length=20, description="a table: a name, and in quotes what it is"),
    ]
    kinds: Annotated[
        dict[Literal["resident", "hmt_permit", "foreign_2017", "foreign_2023"], str],
        Field(min_length=1, description="a table of the kinds of cards that it knows: its word for {kind}, in quotes"),
    ]
    time_text: Annotated[str, AfterValidator(times.check_format), Field(description="the pattern of {time_text}")] = (
        "%Y-%m-%d %H:%M:%S"
    )
    zone: Zone = "+08:00"
    token: Annotated[Token | None, Field(description="a table [token]")] = None
    signing: Annotated[Signing | None, Field(description="a table [signing]")] = None
    request: Annotated[
        dict[str, Request], Field(min_length=1, max_length=6, description="tables like [request.status]")
    ]
    status: Annotated[Colours, Field(description="a table [status]")]
    updated: Annotated[Updated, Field(description="a table [updated]: when the colour was set, or looked up")]
    test: Annotated[Test | None, Field(description="a table [test]")] = None
    doses: Annotated[Found | None, Field(description="a table [doses]")] = None
    flags: Annotated[Flags | None, Field(description="a table [flags]")] = None
    reason: Annotated[Found | None, Field(description="a table [reason]")] = None
    echo: Annotated[Echo | None, Field(description="a table [echo]: whose status it is, stars for what is hidden")] = (
        None
    )
    life: Annotated[Life, Field(description="a table [life]")] = Life()
    limits: Annotated[Limits, Field(description="a table [limits]")] = Limits()

    @field_validator("request", "credentials")
    @classmethod
    def _names(cls, named: dict[str, object]) -> dict[str, object]:
        wrong = sorted(name for name in named if not re.fullmatch(NAME, name))
        if wrong:
            raise ValueError(f"{wrong[0][:40]!r} is no name of small letters, digits and _")
        return named

    def of_kind(self, kind: int) -> str | None:
        """The platform's word for a kind of card, None if it knows no such cards."""
        return next((word for name, word in self.kinds.items() if KINDS[name] == kind), None)
