"""The numbers that a station sets: gatelink's Settings and LaneRules, field by field, with the gate's own limits."""

import json
import os

from gatelink import codes

NEW_SUFFIX = ".new"

# name -> (lowest, highest, value if absent)
NUMBERS = {
    "revision": (0, 0xFFFFFFFF, 0),
    "pulse_ms": (100, 500, 300),  # turnstile inputs want at least 100 ms
    "open_limit_ms": (500, 60000, 5000),
    "answer_limit_ms": (100, 5000, 1500),
    "direction": (codes.DIRECTION_ENTRY, codes.DIRECTION_BOTH, codes.DIRECTION_ENTRY),
    "second_card": (codes.SECOND_CARD_REFUSED, codes.SECOND_CARD_WAITS, codes.SECOND_CARD_REFUSED),
    "second_card_limit_ms": (1000, 30000, 8000),
    "passage_limit_ms": (2000, 60000, 10000),  # turnstiles raise their own alarm after 10 s (PERCo TTR-10A)
    "refused_ms": (500, 10000, 2500),
    "referred_ms": (500, 10000, 4000),
    "place_again_ms": (500, 10000, 2500),
    "record_limit_ms": (500, 5000, 1000),  # an append takes 2 ms, beside a flash erase 80
    "blocked_limit_s": (5, 3600, 30),
    "hold_limit_s": (0, 43200, 0),  # 0 = until staff resume
}


class SettingsInvalid(ValueError):
    """The settings as a whole are refused; the text names the key and what is allowed, never the value."""


def check(values: "dict[str, object]", numbers: "dict[str, tuple[int, int, int]]") -> "dict[str, int]":
    """A value within its limits for each of `numbers`; SettingsInvalid if one is not."""
    found = {}
    # Sorted: MicroPython's dictionaries have no order, and the same mistake should always be told first.
    for name in sorted(numbers):
        lowest, highest, usual = numbers[name]
        value = values.get(name, usual)
        if value is True or value is False or not isinstance(value, int) or not lowest <= value <= highest:
            raise SettingsInvalid("%s: allowed is a whole number from %d to %d" % (name, lowest, highest))
        found[name] = value
    return found


def write(path: str, values: "dict[str, object]") -> None:
    """Put settings in place as a whole or not at all. OSError if the file system does not take them."""
    with open(path + NEW_SUFFIX, "w") as file:
        file.write(json.dumps(values))
    os.rename(path + NEW_SUFFIX, path)
