"""The ledger's entries as people and programs read them: a table, or one JSON object per line."""

import datetime
import json

from rich.table import Table

from gatehouse import words
from gatehouse.ledger import Entry
from gatehouse.standing import name_of


def table(entries: list[Entry]) -> Table:
    """For people."""
    shown = Table("time", "lane", "report", "what", "detail", "tap", "person (pseudonym of the day)")
    for entry in entries:
        moment = datetime.datetime.fromtimestamp(entry.at_s or entry.heard_s).astimezone()
        # A gate that has not been told the time since it started knows none; then this is when it was heard.
        before = "" if entry.at_s else "before "
        shown.add_row(
            before + moment.strftime("%Y-%m-%d %H:%M:%S"),
            entry.lane,
            str(entry.index),
            " ".join(reversed(words.REPORTS.get(entry.what, ("未知", f"unknown report {entry.what}")))),
            words.detail(entry.what, entry.detail),
            f"{entry.boot}/{entry.counter}" if entry.counter else "",
            entry.person.hex() if entry.person else "",
        )
    return shown


def json_line(entry: Entry) -> str:
    """For programs: the names of the event `report`, and what the ledger adds to it.

    at_s, heard_s: Unix times; at_s is null where the gate knew none. tap: [boot, counter] or null.
    """
    told = {
        "gate": entry.identity.hex(),
        "lane": entry.lane,
        "index": entry.index,
        "what": entry.what,
        "what_name": name_of("REPORT_", entry.what),
        "detail": entry.detail,
        "tap": [entry.boot, entry.counter] if entry.counter else None,
        "at_s": entry.at_s or None,
        "heard_s": entry.heard_s,
        "person": entry.person.hex() if entry.person else None,
    }
    return json.dumps(told, ensure_ascii=False)
