"""The gate's settings: `settings.json` on the file system, taken as a whole or not at all.

A new file is written beside the old one and renamed over it, so a bad or interrupted write leaves the last good one.
"""

import json
import os

PATH = "settings.json"
NEW_PATH = "settings.new"

# name -> (lowest, highest, value if absent)
NUMBERS = {
    "link_baud": (9600, 4000000, 115200),
    "sam_v_baud": (9600, 115200, 115200),
    "pulse_ms": (100, 500, 300),
    "open_limit_ms": (100, 60000, 5000),
    "answer_limit_ms": (100, 5000, 1500),
    "revision": (0, 0xFFFFFFFF, 0),
}
READERS = ("sam_v",)


class SettingsInvalid(ValueError):
    """The settings as a whole are refused; the text names the key and what is allowed."""


class Settings:
    """Valid settings."""

    def __init__(self, values: "dict[str, object]") -> None:
        """SettingsInvalid if a key is unknown or a value out of range."""
        for name in values:
            if name not in NUMBERS and name != "readers":
                raise SettingsInvalid("there is no setting " + str(name))
        for name, (lowest, highest, usual) in NUMBERS.items():
            value = values.get(name, usual)
            if value is True or value is False or not isinstance(value, int) or not lowest <= value <= highest:
                raise SettingsInvalid("%s: allowed is %d to %d" % (name, lowest, highest))
            setattr(self, name, value)
        self.readers = values.get("readers", ["sam_v"])
        if not isinstance(self.readers, list):
            raise SettingsInvalid("readers: allowed is a list of " + ", ".join(READERS))
        for reader in self.readers:
            if reader not in READERS or self.readers.count(reader) > 1:
                raise SettingsInvalid("readers: this board has a port for each of %s, once" % ", ".join(READERS))

    def changed(self, values: "dict[str, object]") -> "Settings":
        """These settings with some values replaced; SettingsInvalid if the whole is refused."""
        merged = {name: getattr(self, name) for name in NUMBERS}
        merged["readers"] = self.readers
        merged.update(values)
        return Settings(merged)

    def store(self) -> None:
        """Make them the ones of the next start."""
        values = {name: getattr(self, name) for name in NUMBERS}
        values["readers"] = self.readers
        with open(NEW_PATH, "w") as file:
            json.dump(values, file)
        os.rename(NEW_PATH, PATH)


def load() -> Settings:
    """The stored settings, the usual ones if none are stored. SettingsInvalid if the file cannot be used."""
    try:
        with open(PATH) as file:
            values = json.load(file)
    except OSError:
        return Settings({})
    except ValueError:
        raise SettingsInvalid("settings.json is not JSON")
    if not isinstance(values, dict):
        raise SettingsInvalid("settings.json is no object")
    return Settings(values)
