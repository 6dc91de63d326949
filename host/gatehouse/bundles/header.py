"""The head of a bundle: three lines of text. Who issued it, for whom, when, and what follows; signed.

What stands here is the format of README.md in this folder, and nothing is taken that it does not describe.
"""

import datetime
import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, field_validator

from gatehouse.section import Section

MARK = b"gatehouse-bundle "  # what every version's first line begins with
FIRST_LINE = MARK + b"1\n"
FACTS_MAX_BYTES = 4096  # of the second line, its end included
SIGNATURE_BYTES = 64
KEY_BYTES = 32
NAME_CHARACTERS_MAX = 60
NUMBER_MAX = 2**53 - 1  # what every JSON parser keeps exactly
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)", re.ASCII)


class BundleRefused(Exception):
    """Nothing of this bundle was used; the text says why, without a person's data, and what to do."""


def plain(name: str) -> str:
    """ValueError for a name that a line on a screen could not show as it is, or that looks like another one."""
    if not name.isprintable() or name != name.strip():
        raise ValueError("a name has no control characters and no space at its ends")
    return name


def moment(text: str) -> datetime.datetime:
    """ValueError unless it is a time to the second, with a zone, that Unix times can tell."""
    if not TIME.fullmatch(text):
        raise ValueError("a time is written like 2026-01-31T08:00:00+08:00")
    time = datetime.datetime.fromisoformat(text)
    if not datetime.MINYEAR + 1 < time.year < datetime.MAXYEAR:  # in every zone then
        raise ValueError("a time is out of range")
    return time


def _checked_time(text: str) -> str:
    moment(text)
    return text


Name = Annotated[str, AfterValidator(plain)]
Time = Annotated[str, AfterValidator(_checked_time)]
Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="64 digits 0-9 and a-f")]
Serial = Annotated[int, Field(ge=1, le=NUMBER_MAX, description=f"a whole number from 1 to {NUMBER_MAX}")]
TimeField = Field(description="a time like 2026-01-31T08:00:00+08:00")


class Facts(Section):
    """What the second line says; README.md tells what each means."""

    issuer: Annotated[Name, Field(min_length=1, max_length=NAME_CHARACTERS_MAX, description="a name in plain text")]
    key: Hex
    serial: Serial
    kind: Annotated[
        Literal["whole", "incremental", "deletion"], Field(description='"whole", "incremental" or "deletion"')
    ]
    after: Annotated[int, Field(ge=0, le=NUMBER_MAX, description="a whole number lower than serial")] = 0
    issued: Annotated[Time, TimeField]
    valid_until: Annotated[Time, TimeField]
    station: Annotated[Name, Field(max_length=NAME_CHARACTERS_MAX, description="a name in plain text")] = ""
    length: Annotated[int, Field(ge=0, le=NUMBER_MAX, description="how many bytes of rows follow the head")]
    sha256: Hex

    @field_validator("after")
    @classmethod
    def _before_this(cls, after: int, info: ValidationInfo) -> int:
        if after >= info.data.get("serial", NUMBER_MAX + 1):
            raise ValueError("a bundle builds upon an earlier one")
        if after and info.data.get("kind") == "whole":
            raise ValueError("a whole bundle builds upon nothing")
        return after

    @field_validator("valid_until")
    @classmethod
    def _not_over_before(cls, until: str, info: ValidationInfo) -> str:
        issued = info.data.get("issued")
        if issued is not None and moment(until) <= moment(issued):
            raise ValueError("it is over before it is issued")
        return until

    def line(self) -> bytes:
        """The second line, its end included."""
        told = self.model_dump(exclude_defaults=True)
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Head:
    """The three lines as they stand in a file. signed: the first two, which the signature is over."""

    signed: bytes
    signature: bytes

    def encoded(self) -> bytes:
        """The three lines; the rows begin behind them."""
        return self.signed + self.signature.hex().encode() + b"\n"

    def facts(self) -> Facts:
        """What the second line says. BundleRefused, naming what is wrong, if it says anything else."""
        try:
            told = json.loads(self.signed[len(FIRST_LINE) :].decode(), object_pairs_hook=_each_once)
            return Facts.model_validate(told)
        except ValidationError as failure:
            raise BundleRefused(f"its second line is wrong: {said_of(failure)}") from None
        except (ValueError, RecursionError):  # of UTF-8, of JSON, of numbers with too many digits
            raise BundleRefused("its second line is no JSON object, or names something twice") from None


def head_of(start: bytes) -> Head:
    """The head of a file that begins so; `start`: at least its first HEAD_MAX_BYTES, or all of it.

    BundleRefused if it has none. Nothing of it is proven yet.
    """
    if not start.startswith(FIRST_LINE):
        raise BundleRefused("it is no bundle, or of a version that this Gatehouse does not know; update this one")
    facts_end = start.find(b"\n", len(FIRST_LINE), len(FIRST_LINE) + FACTS_MAX_BYTES) + 1
    if not facts_end:
        raise BundleRefused(f"its second line does not end within {FACTS_MAX_BYTES} bytes")
    line = start[facts_end : facts_end + 2 * SIGNATURE_BYTES + 1]
    # In one way only, so that no digit of it can be altered without a trace.
    if not re.fullmatch(rb"[0-9a-f]{%d}\n" % (2 * SIGNATURE_BYTES), line):
        raise BundleRefused(f"its third line is no signature of {2 * SIGNATURE_BYTES} digits 0-9 and a-f")
    return Head(start[:facts_end], bytes.fromhex(line.decode()))


HEAD_MAX_BYTES = len(FIRST_LINE) + FACTS_MAX_BYTES + 2 * SIGNATURE_BYTES + 1


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError
    return told


def said_of(failure: ValidationError) -> str:
    """The first thing that is wrong with facts, and what is allowed; never the value itself."""
    error = failure.errors(include_url=False, include_input=False)[0]
    name = str(error["loc"][0]) if error["loc"] else ""
    info = Facts.model_fields.get(name)
    if info is None:
        return "it holds something that the format does not have" if name else "it is no JSON object"
    if error["type"] == "missing":
        return f"{name} is missing"
    if error["type"] == "value_error":
        return f"{name}: {error['ctx']['error']}"
    return f"{name}: allowed is {info.description}"
