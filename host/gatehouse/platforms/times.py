"""Times in answers: text or number, by a stated format and zone, to Unix seconds."""

import datetime
import re

UNIX_S, UNIX_MS, ISO_8601 = "unix_s", "unix_ms", "iso8601"
DIRECTIVES = frozenset("YmdHMSfz%")
ZONE = re.compile(r"([+-])([01][0-9]|2[0-3]):([0-5][0-9])")
TEXT_MAX_CHARACTERS = 40
# What lies outside is a placeholder or another unit, not a time: no health code is older, and nobody plans so far.
EARLIEST_S = 1_575_158_400  # 2019-12-01T00:00:00Z
LATEST_S = 4_102_444_800  # 2100-01-01T00:00:00Z


def zone_of(text: str) -> datetime.timezone:
    """The zone of "+08:00". ValueError for what is none."""
    found = ZONE.fullmatch(text)
    if not found:
        raise ValueError("a zone is a sign, hours and minutes, like +08:00")
    minutes = int(found[2]) * 60 + int(found[3])
    return datetime.timezone(datetime.timedelta(minutes=-minutes if found[1] == "-" else minutes))


def check_format(text: str) -> str:
    """The format itself; ValueError if times cannot be read by it."""
    if text in {UNIX_S, UNIX_MS, ISO_8601}:
        return text
    used = re.findall("%(.?)", text)
    if not set(used) <= DIRECTIVES or not {"Y", "m", "d"} <= set(used):
        raise ValueError("a pattern has %Y, %m and %d, and besides them %H, %M, %S, %f and %z only")
    return text


def unix_s(value: object, form: str, zone: datetime.timezone) -> int:
    """The time that `value` tells. ValueError, without the value, if it tells none.

    A day without a time of day is its first moment: what is older is never thought younger than it is.
    """
    at = _number(value, form) if form in {UNIX_S, UNIX_MS} else _text(value, form, zone)
    if not EARLIEST_S <= at < LATEST_S:
        raise ValueError("no time that can be meant")
    return at


def end_of_day_s(moment_s: int, zone: datetime.timezone) -> int:
    """Unix time of the midnight that ends the day of `moment_s` in the zone."""
    day = datetime.datetime.fromtimestamp(moment_s, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((day + datetime.timedelta(days=1)).timestamp())


def _number(value: object, form: str) -> int:
    if isinstance(value, str) and re.fullmatch("[0-9]{1,15}", value):
        value = int(value)
    if type(value) is not int:
        raise ValueError("no whole number")
    return value // 1000 if form == UNIX_MS else value


def _text(value: object, form: str, zone: datetime.timezone) -> int:
    if not isinstance(value, str) or not value.isascii() or len(value) > TEXT_MAX_CHARACTERS:
        raise ValueError("no text of a time")
    try:
        read = datetime.datetime.fromisoformat
        told = read(value) if form == ISO_8601 else datetime.datetime.strptime(value, form)  # noqa: DTZ007  # see below
        told = told if told.tzinfo is not None else told.replace(tzinfo=zone)
        return int(told.timestamp() // 1)
    except (ValueError, OverflowError):
        raise ValueError("not of the stated form") from None
