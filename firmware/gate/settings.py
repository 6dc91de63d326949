"""The gate's settings: `settings.json` on the file system, taken as a whole or not at all.

Whatever is stored is written to a new file and renamed over the old one, so an interrupted write leaves what was
there. Settings that a start has accepted are kept beside it: when somebody copies a bad file onto the device, the
gate goes on with the last good ones.
"""

import json
import os

from gate import settings_text

PATH = "settings.json"
GOOD_PATH = "settings.good"
NEW_SUFFIX = ".new"

# name -> (lowest, highest, value if absent)
NUMBERS = {
    "link_baud": (9600, 5000000, 115200),
    "sam_v_baud": (9600, 115200, 115200),
    "pulse_ms": (100, 500, 300),  # turnstile inputs want at least 100 ms
    "open_limit_ms": (500, 60000, 5000),
    "answer_limit_ms": (100, 5000, 1500),
    "revision": (0, 0xFFFFFFFF, 0),
}
# reader -> the port that it needs, as the board files name it
READERS = {"sam_v": "SAM_V"}


class SettingsInvalid(ValueError):
    """The settings as a whole are refused; the text names the key and what is allowed, never the value."""


class Settings:
    """Valid settings for one board: an attribute for each of NUMBERS, and `readers`."""

    def __init__(self, values: "dict[str, object]", board: object) -> None:
        """SettingsInvalid if a key is unknown, a value out of range, or a reader without a port of its own."""
        self._board = board
        # Sorted: MicroPython's dictionaries have no order, and the same mistake should always be told first.
        for name in sorted(values):
            if name not in NUMBERS and name != "readers":
                raise SettingsInvalid("there is no setting of this name: " + str(name)[:32])
        for name in sorted(NUMBERS):
            lowest, highest, usual = NUMBERS[name]
            value = values.get(name, usual)
            if value is True or value is False or not isinstance(value, int) or not lowest <= value <= highest:
                raise SettingsInvalid("%s: allowed is a whole number from %d to %d" % (name, lowest, highest))
            setattr(self, name, value)
        self.readers = values.get("readers", ["sam_v"])
        self._give_ports()

    def _give_ports(self) -> None:
        if not isinstance(self.readers, list):
            raise SettingsInvalid("readers: allowed is a list of " + ", ".join(READERS))
        taken = {}
        for reader in self.readers:
            if not isinstance(reader, str) or reader not in READERS:
                raise SettingsInvalid("readers: known are " + ", ".join(READERS))
            port = READERS[reader]
            if not hasattr(self._board, port + "_UART"):
                raise SettingsInvalid("readers: %s needs port %s, and this board has none" % (reader, port))
            if port in taken:
                both = (taken[port], reader, port)
                raise SettingsInvalid("readers: %s and %s both need port %s, and this board has one" % both)
            taken[port] = reader

    def values(self) -> "dict[str, object]":
        """What a file of these settings holds."""
        found = {name: getattr(self, name) for name in NUMBERS}
        found["readers"] = self.readers
        return found

    def changed(self, values: "dict[str, object]") -> "Settings":
        """These settings with some values replaced; SettingsInvalid if the whole is refused."""
        merged = self.values()
        merged.update(values)
        return Settings(merged, self._board)

    def store(self, folder: str = "") -> None:
        """Make them the ones of the next start. OSError if the file system does not take them."""
        _write(folder + PATH, self.values())


def load(board: object, folder: str = "") -> "tuple[Settings, str]":
    """The settings to run with, and why `settings.json` was refused, "" if it was not.

    Without a file, and where not even an older one is good, the usual values serve.
    """
    try:
        chosen = _read(folder + PATH, board)
    except SettingsInvalid as refusal:
        try:
            return _read(folder + GOOD_PATH, board) or Settings({}, board), str(refusal)
        except SettingsInvalid:
            return Settings({}, board), str(refusal)
    if chosen is None:
        return Settings({}, board), ""
    _keep(chosen, board, folder + GOOD_PATH)
    return chosen, ""


def parse(raw: bytes, board: object) -> Settings:
    """The settings that a file's content is; SettingsInvalid if it is none."""
    try:
        values = settings_text.parse(raw)
    except ValueError as wrong:
        raise SettingsInvalid("settings.json: " + str(wrong))
    return Settings(values, board)


def _keep(chosen: Settings, board: object, path: str) -> None:
    """Keep accepted settings as the last good ones, where they are not yet."""
    try:
        kept = _read(path, board)
        if kept is not None and kept.values() == chosen.values():
            return
    except SettingsInvalid:
        kept = None
    try:
        _write(path, chosen.values())
    except OSError:
        return  # a full file system costs the spare copy, not the start


def _read(path: str, board: object) -> "Settings | None":
    """The settings in a file, None if there is no file."""
    try:
        with open(path, "rb") as file:
            raw = file.read(settings_text.TOTAL_MAX_BYTES + 1)
    except OSError:
        return None
    return parse(raw, board)


def _write(path: str, values: "dict[str, object]") -> None:
    with open(path + NEW_SUFFIX, "w") as file:
        file.write(json.dumps(values))
    os.rename(path + NEW_SUFFIX, path)
