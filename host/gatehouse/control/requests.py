"""What may be asked over the control socket: the forms, and the bounds that hold before anything is looked at."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

REQUEST_BYTES_MAX = 4096
LANE_CHARACTERS_MAX = 100
NUMBER_MAX = 1 << 53  # what every JSON reader holds

# Results beside those of `staff.Result`.
DONE = "done"
WRONG = "wrong"  # not of these forms; the connection is closed
UNSUITABLE = "unsuitable"  # a name or reason that is not recorded; `text` says why, `text_zh` in Chinese
NOT_OPEN = "not open"  # no such alarm, or somebody has acknowledged it


class Request(BaseModel):
    """Base of every request. id: what the answer repeats."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: Annotated[int, Field(ge=0, le=NUMBER_MAX)]


class OrderRequest(Request):
    """An order for a lane. reason, name, grounds: what `staff` takes."""

    do: Literal["order"]
    lane: Annotated[str, Field(max_length=LANE_CHARACTERS_MAX)]
    order: Literal["open", "hold", "lock", "resume"]
    reason: str = ""
    grounds: Literal["paper-code", "child", "unreadable", "document", "other"] | None = None
    name: str | None = None


class AcknowledgeRequest(Request):
    """Somebody of staff has taken note of an alarm."""

    do: Literal["acknowledge"]
    alarm: Annotated[int, Field(ge=0, le=NUMBER_MAX)]
    name: str | None = None


class SceneRequest(Request):
    """How the lanes stand."""

    do: Literal["scene"]


class WatchRequest(Request):
    """How the lanes stand, and everything that happens from now on."""

    do: Literal["watch"]


class ReloadRequest(Request):
    """The rule file, read again."""

    do: Literal["reload"]


class SlipRequest(Request):
    """What the last traveller whom a lane refused or sent to staff may take along."""

    do: Literal["slip"]
    lane: Annotated[str, Field(max_length=LANE_CHARACTERS_MAX)]


AnyRequest = OrderRequest | AcknowledgeRequest | SceneRequest | WatchRequest | ReloadRequest | SlipRequest
# The library would keep every text that it has ever read: a number that was typed as a reason, too.
READ: TypeAdapter[AnyRequest] = TypeAdapter(
    Annotated[AnyRequest, Field(discriminator="do")], config=ConfigDict(cache_strings="none")
)


class NotARequest(ValueError):
    """A line of another form."""


def read(line: bytes) -> AnyRequest:
    """The request in a line. NotARequest for every other line there can be, however deep its brackets lie."""
    try:
        return READ.validate_json(line)
    except ValidationError:
        raise NotARequest from None
