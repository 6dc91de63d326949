"""What `gatehouse gates` shows: who is enrolled, and how each link stands."""

import json
import time
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table

from gatehouse import faults, words
from gatehouse.faults import Faults
from gatehouse.keyfile import GateRecord
from gatehouse.standing import Standing

HEADINGS = (
    "lane",
    "link",
    "port",
    "state",
    "rtt ms",
    "waiting",
    "queued",
    "frames in/out",
    "damaged",
    "forged",
    "again",
    "NAKs in/out",
    "sessions",
    "last error",
    "standing faults",
)
FIRST_NUMBER = 4
WIDE = 165  # columns that the table needs; on a narrower screen each lane has a table of its own
Notice = tuple[float, list[Standing]] | None


def enrolled_table(enrolled: Sequence[GateRecord]) -> Table:
    """Lane, identity, sessions so far, state."""
    table = Table("lane", "identity", "sessions so far", "state")
    for gate in enrolled:
        table.add_row(gate.lane, gate.identity.hex(), str(gate.keys.count), state(gate))
    return table


def state(gate: GateRecord) -> str:
    """How far its enrolment is."""
    return gate.state


def links(standings: Sequence[Standing], width: int) -> RenderableType:
    """Each lane, and each port where no gate has proven itself: a row of a wide table, or a small table of its own."""
    told = [told_of(one) for one in standings]
    if not told or width >= WIDE:
        table = Table(*HEADINGS)
        for column in table.columns:
            column.overflow = "fold"
        for column in table.columns[FIRST_NUMBER:-2]:
            column.justify = "right"
        for row in told:
            table.add_row(*row)
        return table
    return Group(*(block(row) for row in told))


def block(row: Sequence[str]) -> Table:
    """One lane on a narrow screen."""
    table = Table(title=row[0], title_justify="left", show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    for heading, value in zip(HEADINGS[1:], row[1:], strict=True):
        if value:
            table.add_row(heading, value)
    return table


def told_of(one: Standing) -> tuple[str, ...]:
    """What is told of a lane, in the order of HEADINGS."""
    counts = one.counts
    return (
        one.lane,
        f"{'up' if one.up else 'down'} {ago(one.since_s)}" if one.since_s else "no gate yet",
        one.port,
        words.LANE_STATES.get(one.state, ("", ""))[1] if one.state is not None else "",
        str(one.round_trip_ms),
        str(one.waiting),
        str(one.queued),
        f"{counts['frames_in']}/{counts['frames_out']}",
        str(counts["damaged"]),
        str(counts["forged"]),
        str(counts["repeated"]),
        f"{counts['naks_in']}/{counts['naks_out']}",
        str(counts["handshakes"]),
        f"{one.last_error}, {ago(one.last_error_s)} ago" if one.last_error else "",
        standing_faults(one.faults),
    )


def standing_faults(stood: Faults) -> str:
    """In English and Chinese; "" if there are none."""
    return "\n".join(filter(None, reversed(faults.said(stood))))


def ago(moment_s: float) -> str:
    """How long ago a Unix time was, in its largest unit."""
    passed_s = max(0.0, time.time() - moment_s)
    for unit, length_s in (("d", 86400), ("h", 3600), ("min", 60)):
        if passed_s >= length_s:
            return f"{passed_s // length_s:.0f} {unit}"
    return f"{passed_s:.0f} s"


def not_running(notice: Notice) -> str:
    """Why there are no numbers, and what to do."""
    if notice is None:
        return "The gatehouse is not running, so there is nothing to tell of the links. Start it: gatehouse run"
    return (
        f"The gatehouse has said nothing for {notice[0]:.0f} s: it was ended by force, or its disk is full. "
        "Look at its log, then start it: gatehouse run"
    )


def as_json(enrolled: Sequence[GateRecord], notice: Notice) -> str:
    """The same for programs: `age_s` tells how old the links' numbers are, null if there are none."""
    gates = [
        {"lane": gate.lane, "identity": gate.identity.hex(), "sessions": gate.keys.count, "state": state(gate)}
        for gate in enrolled
    ]
    links = [standing.told() for standing in notice[1]] if notice else []
    return json.dumps({"gates": gates, "age_s": notice[0] if notice else None, "links": links}, ensure_ascii=False)
