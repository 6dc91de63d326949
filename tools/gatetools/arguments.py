"""What is typed after a command: names, speeds, times. What cannot be meant ends it with status 2, before anything.

The functions are callbacks of click: they return the value as it is used from then on.
"""

import math

import click

LANE_MAX_CHARACTERS = 64
LINK_BAUD = click.IntRange(1200, 4_000_000)  # as the settings of a port have it


def readable(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    """A name without spaces around it; refused if it is empty or holds what no screen shows."""
    text = value.strip()
    if not text or not text.isprintable():
        raise click.BadParameter("give a name that can be read, without control characters.")
    return text


def lane_name(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """The same for a lane that is to have this name: it goes into every table."""
    text = readable(ctx, param, value)
    if len(text) > LANE_MAX_CHARACTERS:
        raise click.BadParameter(f"a lane's name has at most {LANE_MAX_CHARACTERS} characters, for example A1.")
    return text


def finite(_ctx: click.Context, _param: click.Parameter, value: float | None) -> float | None:
    """A time that is a number: a range of click lets "nan" pass."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter("give a number of seconds.")
    return value
