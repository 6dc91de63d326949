"""The ledger's entries as people and programs read them: a table, or one JSON object per line."""

import datetime
import json
from collections.abc import Sequence

from gatelink import codes
from rich.table import Table
from rich.text import Text

from gatehouse import words
from gatehouse.deeds import WORDS, Deed, Detail
from gatehouse.heads import Head
from gatehouse.ledger import Entry
from gatehouse.standing import name_of


def is_order(entry: Entry) -> bool:
    """Whether it is an order of staff or what became of one, whose counter is the order's number."""
    return entry.what in {codes.REPORT_ORDERED, codes.REPORT_COMPLETED}


def table(entries: Sequence[tuple[int, Entry | Deed]]) -> Table:
    """For people. entries: each with its number in the ledger."""
    shown = Table(
        "no.", "time", "lane", "report", "what", "detail", "tap", "person (pseudonym of the day), or who and why"
    )
    for number, entry in entries:
        if isinstance(entry, Deed):
            shown.add_row(str(number), *deed_cells(entry))
        else:
            shown.add_row(str(number), *entry_cells(entry))
    return shown


def entry_cells(entry: Entry) -> tuple[str | Text, ...]:
    """What a gate reported, or staff ordered."""
    # A gate that has not been told the time since it started knows none; then this is when it was heard.
    before = "" if entry.at_s else "before "
    return (
        before + seconds(entry.at_s or entry.heard_s),
        entry.lane,
        str(entry.index),
        " ".join(reversed(words.REPORTS.get(entry.what, ("未知", f"unknown report {entry.what}")))),
        words.detail(entry.what, entry.detail, entry.counter),
        tap(entry),
        Text(behind(entry)),  # not markup: a reason may hold brackets
    )


def deed_cells(deed: Deed) -> tuple[str | Text, ...]:
    """What the house itself has done."""
    told = ", ".join(f"{name} {shown(value)}" for name, value in deed.detail.items())
    return seconds(deed.at_s), "", "", " ".join(reversed(WORDS[deed.what])), Text(told), "", Text(deed.who)


def shown(value: Detail) -> str:
    """A deed's detail for people and programs; hashes by their beginning would prove nothing, so all of it."""
    return value.hex() if isinstance(value, bytes) else str(value)


def seconds(at_s: int) -> str:
    """A time at the station; "?" for one that no calendar has."""
    try:
        return datetime.datetime.fromtimestamp(at_s).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, OSError, ValueError):
        return "?"


def head_lines(head: Head) -> str:
    """A signed head for people, fit to be written on paper."""
    return (
        f"head {head.number}: {head.size} entries, {seconds(head.at_s)}\n"
        f"  root       {head.root.hex()}\n"
        f"  signature  {head.signature.hex()}\n"
        f"  public key {head.signer.hex()}"
    )


def tap(entry: Entry) -> str:
    """Which tap, or which order, and for whose tap it answered."""
    if is_order(entry):
        of = None if entry.note is None else entry.note.tap
        return f"order {entry.counter}" + (f" for {of[0]}/{of[1]}" if of else "")
    return f"{entry.boot}/{entry.counter}" if entry.counter else ""


def behind(entry: Entry) -> str:
    """The traveller's pseudonym, or who of the staff and why."""
    if entry.note is not None:
        grounds = "" if entry.note.grounds is None else " ".join(reversed(words.GROUNDS[entry.note.grounds]))
        return f"{entry.note.who}: {words.why(grounds, entry.note.reason)}"
    return entry.person.hex() if entry.person else ""


def json_line(number: int, entry: Entry | Deed) -> str:
    """For programs: the names of the event `report`, and what the ledger adds to it. number: in the ledger.

    A deed of the house has number, deed (its name), at_s, who and told (its details) instead.

    at_s, heard_s: Unix times; at_s is null where the gate knew none. tap: [boot, counter] or null. said: the detail in
    words, "" if it has none. order: the number of an order of staff, which its outcome repeats; who, reason,
    grounds: as they were given with it; answers: [boot, counter] of the tap that staff answered for, if it is known;
    null elsewhere.
    """
    if isinstance(entry, Deed):
        told: dict[str, object] = {
            "number": number,
            "deed": entry.what.name.lower(),
            "at_s": entry.at_s,
            "who": entry.who,
        }
        told["told"] = {name: value if isinstance(value, int) else shown(value) for name, value in entry.detail.items()}
        return json.dumps(told, ensure_ascii=False)
    told = {
        "number": number,
        "gate": entry.identity.hex(),
        "lane": entry.lane,
        "index": entry.index,
        "what": entry.what,
        "what_name": name_of("REPORT_", entry.what),
        "detail": entry.detail,
        "said": words.detail(entry.what, entry.detail, entry.counter),
        "tap": [entry.boot, entry.counter] if entry.boot and entry.counter and not is_order(entry) else None,
        "at_s": entry.at_s or None,
        "heard_s": entry.heard_s,
        "person": entry.person.hex() if entry.person else None,
        "order": entry.counter if is_order(entry) else None,
        "who": entry.note.who if entry.note else None,
        "reason": entry.note.reason if entry.note else None,
        "grounds": entry.note.grounds if entry.note else None,
        "answers": entry.note.tap if entry.note else None,
    }
    return json.dumps(told, ensure_ascii=False)
