"""What a voice module and a display are told: the bytes, their times, and the sayings behind every reason."""

import sys

from gate import signals
from gate.chosen import forget
from gate.indicators import pattern
from gate.readers.qr import Qr
from gate.signs import assembly, display, sayings, texts, voice
from gate.signs.display import Display
from gate.signs.voice import Voice, command
from gatelink import codes
from gatelink.ticks import PERIOD, add, diff

ALL = range(signals.OUT_OF_SERVICE + 1)
# From the logs of a module's own answers, and of drivers that it obeys.
KNOWN = {
    (0x41, 0): "7eff0641000000febaef",
    (0x06, 1): "7eff0606000001fef4ef",
    (0x03, 2): "7eff0603000002fef6ef",
    (0x16, 0): "7eff0616000000fee5ef",
}


class Line:
    """A sign, and what leaves it: (ms since the start, bytes)."""

    def __init__(self, kind=Voice, start=PERIOD - 2500, language=codes.LANGUAGE_CHINESE):
        self.start = start
        self.now = start
        self.sign = kind(20, language, start)
        self.sent = []

    def run(self, ms):
        """Looked at each 10 ms, as a gate does."""
        for _ in range(ms // 10):
            before = self.sign.deadline()
            out = self.sign.bytes_to_send(self.now)
            if out:
                assert before is not None and diff(self.now, before) >= 0, "nobody would have looked"
                self.sent.append((diff(self.now, self.start), out))
            else:
                assert before is None or diff(self.now, before) < 0, "asked to look for nothing"
            self.now = add(self.now, 10)
        return self

    def show(self, signal, reason=0):
        self.sign.show(signal, reason, self.now)
        return self

    def taken(self):
        sent, self.sent = self.sent, []
        return [out for _, out in sent]


def ready(language=codes.LANGUAGE_CHINESE):
    """A module that is up and knows its volume."""
    line = Line(language=language).run(voice.START_MS + 500)
    assert line.taken() == [command(voice.VOLUME, 20)]
    return line


def test_commands_are_the_bytes_that_modules_know():
    for (number, parameter), expected in KNOWN.items():
        assert command(number, parameter).hex() == expected
    assert command(voice.PLAY, 0x1234)[5:7] == b"\x12\x34"


def test_nothing_is_said_before_the_module_is_up_and_then_what_stands():
    line = Line().show(signals.GO, codes.REASON_GREEN).run(1000)
    line.show(signals.OUT_OF_SERVICE, codes.REASON_LANE_FAULT).run(4000)
    assert [out for _, out in line.sent] == [
        command(voice.VOLUME, 20),
        command(voice.PLAY, signals.OUT_OF_SERVICE),
    ]
    assert line.sent[0][0] >= voice.START_MS
    assert line.sent[1][0] - line.sent[0][0] >= voice.GAP_MS


def test_an_answer_is_said_once_and_within_a_second():
    line = ready()
    asked = diff(line.now, line.start)
    line.show(signals.CHECKING).run(50).show(signals.GO, codes.REASON_GREEN).run(5000)
    line.show(signals.IDLE).run(5000)
    assert [out for _, out in line.sent] == [command(voice.PLAY, signals.GO)]
    assert line.sent[0][0] - asked < 1000


def test_the_next_traveller_does_not_hear_what_was_said_to_the_one_before():
    line = ready()
    line.show(signals.STOP, codes.REASON_RED).run(500)
    line.show(signals.CHECKING).run(50)
    line.show(signals.GO, codes.REASON_GREEN).run(500)
    assert line.taken() == [command(voice.PLAY, signals.STOP), command(voice.STOP, 0), command(voice.PLAY, signals.GO)]
    # What has not been said yet is never said to somebody else.
    line.show(signals.SEE_STAFF, codes.REASON_YELLOW).show(signals.IDLE).run(3000)
    assert line.taken() == []


def test_whoever_has_to_wait_is_told_so_and_nobody_else():
    line = ready()
    line.show(signals.CHECKING).run(voice.PATIENCE_MS - 100)
    assert line.taken() == []
    line.run(400)
    assert line.taken() == [command(voice.PLAY, signals.CHECKING)]
    line.run(5000)
    assert line.taken() == []


def test_commands_keep_their_distance_whatever_comes():
    line = ready()
    for number in range(200):
        line.sign.tell(number % 31, number % 4)
        line.show(number % len(ALL), number % 30).run(10 * (number % 5))
    times = [at for at, _ in line.sent]
    assert len(times) > 20
    for i in range(1, len(times)):
        assert times[i] - times[i - 1] >= voice.GAP_MS


def test_the_volume_is_told_when_it_changes_and_comes_first():
    line = ready()
    line.sign.tell(20, codes.LANGUAGE_CHINESE)
    line.run(500)
    assert line.taken() == []
    line.sign.tell(7, codes.LANGUAGE_ENGLISH)
    line.show(signals.GO, codes.REASON_GREEN).run(500)
    assert line.taken() == [command(voice.VOLUME, 7), command(voice.PLAY, 100 + signals.GO)]


def test_each_language_has_its_recordings():
    for language, base in ((codes.LANGUAGE_CHINESE, 0), (codes.LANGUAGE_ENGLISH, 100), (codes.LANGUAGE_BOTH, 200)):
        line = ready(language)
        line.show(signals.FIRE, codes.REASON_FIRE).run(100)
        assert line.taken() == [command(voice.PLAY, base + signals.FIRE)]


def test_a_display_says_what_to_do_in_a_line_and_says_it_again():
    line = Line(Display, language=codes.LANGUAGE_BOTH).run(10)
    assert line.taken() == ["ready\t请放置证件\tPlease lay down your card\n".encode()]
    line.show(signals.GO, codes.REASON_GREEN).run(display.AGAIN_MS + 10)
    assert line.taken() == ["go\t请通行\tPlease go through\n".encode()] * 2
    line.sign.tell(3, codes.LANGUAGE_ENGLISH)
    line.show(signals.SEE_STAFF, codes.REASON_CARD_EXPIRED).run(10)
    assert line.taken() == [b"staff\tPlease see a member of staff. Your card has expired\n"]


def test_every_reason_has_a_signal_light_sound_and_words():
    reasons = codes.names("REASON_")
    assert len(sayings.TABLE) == 2 * (max(reasons) + 1)
    for reason, name in reasons.items():
        signal = sayings.TABLE[2 * reason]
        assert signal not in (signals.IDLE, signals.CHECKING), name
        lamps, _, sound = pattern(signal)
        assert lamps and sound, name
        number = sayings.saying(signal, reason)
        assert 0 < number < sayings.SAYINGS, name
        assert texts.text(number, texts.CHINESE) and texts.text(number, texts.ENGLISH), name


def test_a_reason_that_belongs_to_another_signal_or_is_unknown_says_what_to_do():
    assert sayings.saying(signals.SEE_STAFF, codes.REASON_RED) == signals.SEE_STAFF
    assert sayings.saying(signals.OUT_OF_SERVICE, codes.REASON_STAFF) == signals.OUT_OF_SERVICE
    for signal in ALL:
        for reason in (0, 99, 255):
            assert sayings.saying(signal, reason) == signal


def test_what_to_do_comes_first_and_health_is_never_said():
    lines = texts.TEXTS.strip().split("\n")
    assert len(lines) == sayings.SAYINGS
    for number in range(sayings.SAYINGS):
        chinese, english = lines[number].split("|")
        for word in ("码状态", "红", "黄", "绿", "健康"):
            assert word not in chinese
        for word in ("red", "yellow", "green", "health", "status"):
            assert word not in english.lower().split()
    for reason in codes.names("REASON_"):
        signal = sayings.TABLE[2 * reason]
        number = sayings.saying(signal, reason)
        if signal == signals.SEE_STAFF:
            assert texts.text(number, texts.CHINESE).startswith(texts.text(signal, texts.CHINESE))
            assert texts.text(number, texts.ENGLISH).startswith(texts.text(signal, texts.ENGLISH))


def test_lines_of_a_display_fit_and_hold_no_sign_of_their_own():
    assert len(display.WORDS) == len(ALL) == len(set(display.WORDS))
    for signal in ALL:
        for reason in range(30):
            sign = Display(20, 0, 0)
            sign.show(signal, reason, 0)
            line = sign.bytes_to_send(0)
            assert len(line) <= display.LINE_MAX_BYTES
            assert line.count(b"\n") == 1 and line.count(b"\t") == 2


class Chosen:
    """What a gate has of its settings."""

    volume = 11
    language = "en"

    def __init__(self, readers, signs):
        self.readers = readers
        self.signs = signs


def test_a_sign_shares_the_line_of_a_reader_that_only_talks_and_else_has_its_own():
    opened = []

    def open_port(name, baud):
        opened.append((name, baud))
        return name

    module = Qr(0)
    shared = assembly.assemble(Chosen(["sam_v", "qr"], ["voice"]), [(None, "sam"), (module, "qr line")], open_port, 0)
    assert [port for _, port in shared._signs] == ["qr line"] and opened == []
    assert not module.bytes_to_send(0), "a heartbeat would be noise to the sign"
    own = assembly.assemble(Chosen(["sam_v"], ["display"]), [(None, "sam")], open_port, 0)
    assert [port for _, port in own._signs] == ["QR"] and opened == [("QR", 9600)]
    ((sign, _),) = own._signs
    assert sign.bytes_to_send(0) == b"ready\tPlease lay down your card\n"


def test_nobody_listens_to_a_language_that_there_is_not():
    """A word from a later gatehouse is no failure."""
    for kind in (Voice, Display):
        line = Line(kind, language=0).run(4000)
        assert line.sent


def test_what_puts_signs_together_is_unloaded_after_it():
    forget("signs.assembly")
    assert "gate.signs.assembly" not in sys.modules
    assert not hasattr(sys.modules["gate.signs"], "assembly")
    forget("signs.assembly")  # where no sign is configured there is nothing to unload
    assert "gate.signs.display" in sys.modules
