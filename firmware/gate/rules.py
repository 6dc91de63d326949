"""The numbers that a station sets: gatelink's Settings and LaneRules, field by field, with the gate's own limits."""

import json
import os

NEW_SUFFIX = ".new"

# Name, lowest, highest, value if absent. As text: a dictionary of tuples takes three times as much of the heap.
# Turnstile inputs want a pulse of at least 100 ms, and turnstiles raise their own alarm after 10 s in the passage
# (PERCo TTR-10A). An append to the journal takes 2 ms, beside a flash erase 80. hold_limit_s 0: until staff resume.
# direction and second_card are codes of gatelink.
STATION = """\
answer_limit_ms 100 5000 1500
blocked_limit_s 5 3600 30
direction 1 3 1
hold_limit_s 0 43200 0
open_limit_ms 500 60000 5000
passage_limit_ms 2000 60000 10000
place_again_ms 500 10000 2500
pulse_ms 100 500 300
record_limit_ms 500 5000 1000
referred_ms 500 10000 4000
refused_ms 500 10000 2500
revision 0 4294967295 0
second_card 0 1 0
second_card_limit_ms 1000 30000 8000"""


class SettingsInvalid(ValueError):
    """The settings as a whole are refused; the text names the key and what is allowed, never the value."""


def limits(numbers: str) -> "dict[str, tuple[int, ...]]":
    """Name -> (lowest, highest, value if absent), of a text like STATION."""
    return {line.split(" ")[0]: _edges(line) for line in numbers.split("\n")}


def _edges(line: str) -> "tuple[int, ...]":
    return tuple([int(limit) for limit in line.split(" ")[1:]])


def judged(line: str, values: "dict[str, object]") -> "tuple[str, int]":
    """Name and value of the number in a line like those of STATION; SettingsInvalid if it is out of its limits."""
    name = line.split(" ", 1)[0]
    lowest, highest, usual = _edges(line)
    value = values.get(name, usual)
    if value is True or value is False or not isinstance(value, int) or not lowest <= value <= highest:
        raise SettingsInvalid("%s: allowed is a whole number from %d to %d" % (name, lowest, highest))
    return name, value


def write(path: str, values: "dict[str, object]", others: "dict[str, object] | None" = None) -> None:
    """Put settings in place as a whole or not at all. OSError if the file system does not take them.

    `others`: what stands in place of some of `values`.
    """
    with open(path + NEW_SUFFIX, "w") as file:
        # Piece by piece: the whole text would want a large block of the heap.
        before = "{"
        for name in values:
            value = values[name] if others is None else others.get(name, values[name])
            file.write("%s%s: %s" % (before, json.dumps(name), json.dumps(value)))
            before = ", "
        file.write("}")
    os.rename(path + NEW_SUFFIX, path)
