"""The settings that a running gate goes by. What judges a whole file, `settings`, is loaded for the start alone."""

import sys

from gate import rules
from gatelink import codes

PATH = "settings.json"
# reader -> the port that it needs, as the board files name it
# As text: each short word of a program takes room of its own in the interpreter's table of names.
PORTS = dict([line.split(" ") for line in ("sam_v SAM_V", "qr QR", "pn532 QR", "wiegand WIEGAND")])
LANGUAGES = ("both", "zh", "en")  # by their LANGUAGE_ codes, 0 for both
SIDES = {"entry": codes.DIRECTION_ENTRY, "exit": codes.DIRECTION_EXIT, "either": codes.DIRECTION_BOTH}


class Chosen:
    """An attribute for each setting; `settings` found them good."""

    def __init__(self, values: "dict[str, object]") -> None:
        for name in values:
            setattr(self, name, values[name])

    def values(self) -> "dict[str, object]":
        """What a file of these settings holds."""
        return dict(self.__dict__)

    def reader_sides(self) -> int:
        """From where whoever lays a card down may come, as a DIRECTION_ code."""
        return SIDES[self.reader_side]

    def change(self, values: "dict[str, object]") -> None:
        """Replace numbers of the station, in place, and store all settings for the next start.

        SettingsInvalid if one is out of its limits, OSError if the file system does not take them; then these
        settings are as they were.
        """
        for line in rules.STATION.split("\n"):
            rules.judged(line, values)
        rules.write(PATH, self.__dict__, values)
        # A second object of this size finds no room beside a lane with everything.
        for name in values:
            setattr(self, name, values[name])


def forget(name: str) -> None:
    """Unload a part of `gate` that has done its work: its place in the heap is wanted."""
    package, _, last = ("gate." + name).rpartition(".")
    if sys.modules.pop(package + "." + last, None):
        delattr(sys.modules[package], last)
