"""The settings that a running gate goes by. What judges a whole file, `settings`, is loaded for the start alone."""

import sys

from gate import rules
from gatelink import codes

PATH = "settings.json"
# reader -> the port that it needs, as the board files name it
PORTS = {"sam_v": "SAM_V", "qr": "QR", "pn532": "QR", "wiegand": "WIEGAND"}
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

    def changed(self, values: "dict[str, object]") -> "Chosen":
        """These settings with numbers of the station replaced, and stored for the next start.

        SettingsInvalid if one is out of its limits, OSError if the file system does not take them.
        """
        merged = self.values()
        merged.update(values)
        rules.check(merged)
        rules.write(PATH, merged)
        return Chosen(merged)


def forget(name: str) -> None:
    """Unload a part of `gate` that has done its work: its place in the heap is wanted."""
    if sys.modules.pop("gate." + name, None):
        delattr(sys.modules["gate"], name)
