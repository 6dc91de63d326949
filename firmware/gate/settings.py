"""The gate's settings: `settings.json` on the file system, taken as a whole or not at all.

Whatever is stored is written to a new file and renamed over the old one, so an interrupted write leaves what was
there. Settings that a start has accepted are kept beside it: when somebody copies a bad file onto the device, the
gate goes on with the last good ones.
"""

from gate import rules
from gate.chosen import PATH, PORTS
from gate.rules import SettingsInvalid, write

GOOD_PATH = "settings.good"
TOTAL_MAX_BYTES = 1024

# How the gate is wired, its own whoever its station is; then what that sets. As in `rules`.
NUMBERS = (
    """\
link_baud 9600 5000000 115200
pn532_baud 9600 921600 115200
qr_baud 1200 115200 9600
relays 1 2 1
sam_v_baud 9600 115200 115200
"""
    + rules.STATION
)
SAM_V_BAUDS = (9600, 19200, 38400, 57600, 115200)  # all that such a module can be told
# name -> allowed words, the first one if absent. All of them are wiring.
WORDS = {
    "control": ("pulse", "level"),  # a pulse for each passage, or on until somebody is past the barrier
    "polarity": ("opens", "shuts"),  # what an energised relay does
    "feedback": ("beams", "contact", "both"),  # what tells of passages: light barriers, the turnstile's own contact
    "arm_contact": ("opens", "closes"),  # what that contact does when the arm turns; on a PERCo TTR-10A it opens
    "reader_side": ("entry", "exit", "either"),  # of a two-way lane: who lays a card down comes from there
}


class Settings:
    """Valid settings for one board: an attribute for each of NUMBERS and WORDS, and `readers`."""

    def __init__(self, values: "dict[str, object]", board: object) -> None:
        """SettingsInvalid if a key is unknown, a value out of range, or a reader without a port of its own."""
        self._board = board
        known = rules.limits(NUMBERS)
        # Sorted for the same reason as in `rules`.
        for name in sorted(values):
            if name not in known and name not in WORDS and name != "readers":
                raise SettingsInvalid("there is no setting of this name: " + str(name)[:32])
        numbers = rules.check(values, NUMBERS)
        for name in numbers:
            setattr(self, name, numbers[name])
        if self.sam_v_baud not in SAM_V_BAUDS:
            raise SettingsInvalid("sam_v_baud: allowed is one of " + ", ".join([str(baud) for baud in SAM_V_BAUDS]))
        for name in sorted(WORDS):
            word = values.get(name, WORDS[name][0])
            if not isinstance(word, str) or word not in WORDS[name]:
                raise SettingsInvalid("%s: allowed is one of %s" % (name, ", ".join(WORDS[name])))
            setattr(self, name, word)
        self.readers = values.get("readers", ["sam_v"])
        self._give_ports()
        self._give_pins()

    def _give_ports(self) -> None:
        if not isinstance(self.readers, list):
            raise SettingsInvalid("readers: allowed is a list of " + ", ".join(sorted(PORTS)))
        taken = {}
        for reader in self.readers:
            if not isinstance(reader, str) or reader not in PORTS:
                raise SettingsInvalid("readers: known are " + ", ".join(sorted(PORTS)))
            port = PORTS[reader]
            if not (hasattr(self._board, port + "_UART") or hasattr(self._board, port + "_D0")):
                raise SettingsInvalid("readers: %s needs port %s, and this board has none" % (reader, port))
            if port in taken:
                both = (taken[port], reader, port)
                raise SettingsInvalid("readers: %s and %s both need port %s, and this board has one" % both)
            taken[port] = reader

    def _give_pins(self) -> None:
        if self.relays == 2 and not hasattr(self._board, "RELAY_EXIT"):
            raise SettingsInvalid("relays: 2 need a pin RELAY_EXIT, and this board has none")
        if self.feedback != "beams" and not hasattr(self._board, "ARM_CONTACT"):
            raise SettingsInvalid("feedback: %s needs a pin ARM_CONTACT, and this board has none" % self.feedback)
        if self.relays == 2 and self.reader_side == "either" and (self.control, self.feedback) != ("level", "beams"):
            # A pulse cannot be taken back from the other side, and the contact does not say which side it was.
            raise SettingsInvalid("reader_side: either needs control level and feedback beams where relays are 2")

    def values(self) -> "dict[str, object]":
        """What a file of these settings holds."""
        found = {name: getattr(self, name) for name in rules.limits(NUMBERS)}
        found.update({name: getattr(self, name) for name in WORDS})
        found["readers"] = self.readers
        return found

    def store(self, folder: str = "") -> None:
        """Make them the ones of the next start. OSError if the file system does not take them."""
        write(folder + PATH, self.values())


def load(board: object, folder: str = "") -> "tuple[Settings, str]":
    """The settings to run with, and why `settings.json` was refused, "" if it was not.

    A file that is gone is replaced by the last good ones too: the usual values could stand for another wiring. Where
    there never was one, and where not even an older one is good, the usual values serve.
    """
    refusal = ""
    try:
        chosen = _read(folder + PATH, board)
    except SettingsInvalid as wrong:
        chosen, refusal = None, str(wrong)
    if chosen is not None:
        _keep(chosen, board, folder + GOOD_PATH)
        return chosen, ""
    try:
        good = _read(folder + GOOD_PATH, board)
    except SettingsInvalid:
        good = None
    if good is None:
        return Settings({}, board), refusal
    return good, refusal or PATH + " is gone"


def parse(raw: bytes, board: object) -> Settings:
    """The settings that a file's content is; SettingsInvalid if it is none."""
    if len(raw) > TOTAL_MAX_BYTES:
        raise SettingsInvalid("settings.json: longer than %d bytes" % TOTAL_MAX_BYTES)
    from gate import settings_text  # not kept loaded: it serves the start alone

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
        write(path, chosen.values())
    except OSError:
        return  # a full file system costs the spare copy, not the start


def _read(path: str, board: object) -> "Settings | None":
    """The settings in a file, None if there is no file."""
    try:
        with open(path, "rb") as file:
            raw = file.read(TOTAL_MAX_BYTES + 1)
    except OSError:
        return None
    return parse(raw, board)
