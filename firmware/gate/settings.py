"""The gate's settings: `settings.json` on the file system, taken as a whole or not at all.

Whatever is stored is written to a new file and renamed over the old one, so an interrupted write leaves what was
there. Settings that a start has accepted are kept beside it: when somebody copies a bad file onto the device, the
gate goes on with the last good ones.
"""

from gate import rules
from gate.chosen import LANGUAGES, PATH, PORTS
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
volume 0 30 20
wiegand_bits 26 34 26
"""
    + rules.STATION
)
# Of these numbers no others: all that a card module can be told, the two formats of Wiegand readers.
ONE_OF = {"sam_v_baud": (9600, 19200, 38400, 57600, 115200), "wiegand_bits": (26, 34)}
LISTS = ("readers", "signs")
SIGNS = ("display", "voice")
SIGN_PORT = "QR"  # where signs listen, at SIGN_BAUD
SIGN_BAUD = 9600
SPOKEN_TO = ("pn532",)  # readers that answer only: their transmit line is taken
# name -> allowed words, the first one if absent. All of them are wiring.
WORDS = {
    "control": ("pulse", "level"),  # a pulse for each passage, or on until somebody is past the barrier
    "polarity": ("opens", "shuts"),  # what an energised relay does
    "feedback": ("beams", "contact", "both"),  # what tells of passages: light barriers, the turnstile's own contact
    "arm_contact": ("opens", "closes"),  # what that contact does when the arm turns; on a PERCo TTR-10A it opens
    "language": LANGUAGES,  # of signs, as volume is, until a gatehouse says otherwise
    "reader_side": ("entry", "exit", "either"),  # of a two-way lane: who lays a card down comes from there
}


class Settings:
    """Valid settings for one board: an attribute for each of NUMBERS and WORDS, and of LISTS."""

    def __init__(self, values: "dict[str, object]", board: object) -> None:
        """SettingsInvalid if a key is unknown, a value out of range, or a reader or sign without a port of its own."""
        self._board = board
        known = rules.limits(NUMBERS)
        # Sorted for the same reason as in `rules`.
        for name in sorted(values):
            if name not in known and name not in WORDS and name not in LISTS:
                raise SettingsInvalid("there is no setting of this name: " + str(name)[:32])
        # Line by line: of several mistakes always the same one is told.
        for line in NUMBERS.split("\n"):
            name, number = rules.judged(line, values)
            setattr(self, name, number)
        for name in sorted(ONE_OF):
            if getattr(self, name) not in ONE_OF[name]:
                allowed = ", ".join([str(number) for number in ONE_OF[name]])
                raise SettingsInvalid("%s: allowed is one of %s" % (name, allowed))
        for name in sorted(WORDS):
            word = values.get(name, WORDS[name][0])
            if not isinstance(word, str) or word not in WORDS[name]:
                raise SettingsInvalid("%s: allowed is one of %s" % (name, ", ".join(WORDS[name])))
            setattr(self, name, word)
        self.readers = values.get("readers", ["sam_v"])
        self.signs = values.get("signs", [])
        taken = self._give_ports()
        self._give_lines(taken)
        self._give_pins()

    def _give_ports(self) -> "dict[str, str]":
        if not isinstance(self.readers, list):
            raise SettingsInvalid("readers: allowed is a list of " + ", ".join(sorted(PORTS)))
        if not self.readers:
            raise SettingsInvalid("readers: name one at least of " + ", ".join(sorted(PORTS)))
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
        return taken

    def _give_lines(self, readers: "dict[str, str]") -> None:
        """Signs only listen, so that one may share a port with a reader that only talks. readers: by their ports."""
        if not isinstance(self.signs, list):
            raise SettingsInvalid("signs: allowed is a list of " + ", ".join(SIGNS))
        for sign in self.signs:
            if not isinstance(sign, str) or sign not in SIGNS:
                raise SettingsInvalid("signs: known are " + ", ".join(SIGNS))
        if not self.signs:
            return
        sign, reader = self.signs[0], readers.get(SIGN_PORT)
        if not hasattr(self._board, SIGN_PORT + "_UART"):
            raise SettingsInvalid("signs: %s needs port %s, and this board has none" % (sign, SIGN_PORT))
        if len(self.signs) > 1:
            both = (sign, self.signs[1], SIGN_PORT)
            raise SettingsInvalid("signs: %s and %s both need port %s, and this board has one" % both)
        if reader in SPOKEN_TO:
            both = (sign, reader, SIGN_PORT, reader)
            raise SettingsInvalid("signs: %s and %s both need port %s; a %s is spoken to there" % both)
        if reader and getattr(self, reader + "_baud") != SIGN_BAUD:
            both = (sign, SIGN_BAUD, reader, reader)
            raise SettingsInvalid("signs: %s listens at %d Bd beside %s; %s_baud must be that" % both)

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
        found.update({name: getattr(self, name) for name in LISTS})
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
