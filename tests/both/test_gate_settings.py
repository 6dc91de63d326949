"""The gate's settings: taken as a whole or refused by name, and a bad file never costs the good ones."""

import json
import os
import sys

from boards import devkit, lane_a
from gate import rules, settings
from gate.chosen import Chosen
from gate.settings import WORDS, Settings, SettingsInvalid, load


class WithoutReaderPorts:
    """A board that carries the link alone."""

    LINK_UART = 0


class CardModuleAlone:
    """A board that has a port for a card module, and for nothing else."""

    SAM_V_UART = 1


class Folder:
    """An empty folder, gone again at the end."""

    def __enter__(self):
        self.path = "/tmp/gatehouse-settings-%s/" % "".join("%02x" % byte for byte in os.urandom(8))
        os.mkdir(self.path[:-1])
        return self

    def __exit__(self, *_):
        for name in os.listdir(self.path[:-1]):
            os.remove(self.path + name)
        os.rmdir(self.path[:-1])

    def put(self, text, name=settings.PATH):
        with open(self.path + name, "w") as file:
            file.write(text)

    def load(self):
        chosen, refusal = load(lane_a, self.path)
        return chosen.pulse_ms, refusal


def refusal(values, board=lane_a):
    try:
        Settings(values, board)
    except SettingsInvalid as invalid:
        return str(invalid)
    return ""


def test_absent_settings_have_their_usual_values():
    chosen = Settings({}, devkit)

    assert (chosen.pulse_ms, chosen.link_baud, chosen.readers) == (300, 115200, ["sam_v"])


def test_every_number_is_refused_by_its_name_and_its_limits():
    for name, (lowest, highest, _) in rules.limits(settings.NUMBERS).items():
        for wrong in (lowest - 1, highest + 1, True, False, None, "300", 300.5, [], {}, -(1 << 70), 1 << 70):
            assert refusal({name: wrong}) == "%s: allowed is a whole number from %d to %d" % (name, lowest, highest)
        assert refusal({name: lowest}) == ""
        assert refusal({name: highest}) == ""


def test_a_card_module_can_be_told_five_rates_and_no_other():
    for baud in (9600, 19200, 38400, 57600, 115200):
        assert refusal({"sam_v_baud": baud}) == ""
    for baud in (9601, 14400, 115199):
        assert refusal({"sam_v_baud": baud}) == "sam_v_baud: allowed is one of 9600, 19200, 38400, 57600, 115200"


def test_a_wiegand_reader_has_one_of_two_formats():
    assert Settings({}, devkit).wiegand_bits == 26
    for bits in (26, 34):
        assert refusal({"wiegand_bits": bits}) == ""
    for bits in (27, 30, 33):
        assert refusal({"wiegand_bits": bits}) == "wiegand_bits: allowed is one of 26, 34"


def test_an_unknown_name_is_refused_by_name():
    assert "colour" in refusal({"colour": 1})
    assert "Pulse_ms" in refusal({"Pulse_ms": 300})


def test_every_word_is_refused_by_its_name_and_what_is_allowed():
    for name, allowed in WORDS.items():
        for wrong in ("", "Pulse", "pulse ", "no", 1, 0, True, None, [], {}, ["pulse"], b"pulse"):
            assert refusal({name: wrong}) == "%s: allowed is one of %s" % (name, ", ".join(allowed)), (name, wrong)
        for word in allowed:
            assert refusal({name: word}) == ""


def test_wiring_that_the_board_has_no_pin_for_is_refused_by_name():
    class OneRelay:
        """A board with the pins that none may lack."""

        SAM_V_UART = 1

    for board in (lane_a, devkit):
        assert refusal({"relays": 2, "feedback": "both"}, board) == ""
    assert "relays: 2 need a pin RELAY_EXIT" in refusal({"relays": 2}, OneRelay)
    assert "feedback: contact needs a pin ARM_CONTACT" in refusal({"feedback": "contact"}, OneRelay)


def test_a_pulse_for_both_sides_of_a_lane_is_refused():
    """It could not be taken back from the side on which nobody comes: two people on one card."""
    wanted = {"relays": 2, "reader_side": "either"}
    assert refusal(wanted).startswith("reader_side: either needs control level")
    wanted["control"] = "level"
    assert refusal(wanted) == ""
    wanted["feedback"] = "both"
    assert refusal(wanted).startswith("reader_side: ")


def test_readers_without_a_port_of_their_own_are_refused_by_name():
    for board in (lane_a, devkit):
        assert "sam_v and sam_v both need port SAM_V" in refusal({"readers": ["sam_v", "sam_v"]}, board)
        assert refusal({"readers": ["sam_v"]}, board) == ""
        assert refusal({"readers": []}, board) == "readers: name one at least of pn532, qr, sam_v, wiegand"
    assert "sam_v needs port SAM_V, and this board has none" in refusal({}, WithoutReaderPorts)


def test_signs_that_cannot_share_a_port_are_refused_by_name():
    for board in (lane_a, devkit):
        for taken in ({}, {"readers": ["sam_v", "qr"]}, {"readers": ["sam_v", "pn532"], "signs": []}):
            assert refusal(dict({"signs": ["voice"]}, **taken), board) == "", taken
        assert refusal({"signs": ["display"]}, board) == ""
        both = refusal({"signs": ["voice", "display"]}, board)
        assert both == "signs: voice and display both need port QR, and this board has one"
        spoken = refusal({"signs": ["voice"], "readers": ["sam_v", "pn532"]}, board)
        assert spoken == "signs: voice and pn532 both need port QR; a pn532 is spoken to there"
        fast = refusal({"signs": ["display"], "readers": ["qr"], "qr_baud": 115200}, board)
        assert fast == "signs: display listens at 9600 Bd beside qr; qr_baud must be that"
        assert refusal({"signs": ["display"], "qr_baud": 115200}, board) == ""
    assert refusal({"signs": ["voice"]}, CardModuleAlone) == "signs: voice needs port QR, and this board has none"


def test_signs_of_the_wrong_shape_are_refused():
    for wrong in ("voice", ["sayings"], ["texts"], ["../voice"], [1], [None], [["voice"]], {"voice": 1}, 5, None):
        assert refusal({"signs": wrong}).startswith("signs: "), wrong
    for wrong in (-1, 31, "20", True, None, 1.5):
        assert refusal({"volume": wrong}).startswith("volume: "), wrong
    for wrong in ("de", "", 3, None, ["zh"]):
        assert refusal({"language": wrong}).startswith("language: "), wrong


def test_readers_of_the_wrong_shape_are_refused():
    for wrong in ("sam_v", ["pn533"], [1], [None], [["sam_v"]], {"sam_v": 1}, 5, None):
        assert refusal({"readers": wrong}).startswith("readers: "), wrong


def test_a_change_is_taken_as_a_whole_or_not_at_all():
    with Folder() as folder:
        chosen, here = Chosen(Settings({"pulse_ms": 200}, lane_a).values()), os.getcwd()
        os.chdir(folder.path)
        try:
            sys.modules["board"] = lane_a
            chosen.change({"open_limit_ms": 4000})
            assert (chosen.open_limit_ms, chosen.pulse_ms) == (4000, 200)
            assert load(lane_a)[0].values() == chosen.values()
            try:
                chosen.change({"open_limit_ms": 6000, "pulse_ms": 1})
            except ValueError:
                assert chosen.open_limit_ms == load(lane_a)[0].open_limit_ms == 4000
                return
        finally:
            os.chdir(here)
            sys.modules.pop("board")
    raise AssertionError("half a change was taken")


def test_without_a_file_the_usual_values_serve():
    with Folder() as folder:
        assert folder.load() == (300, "")


def test_stored_settings_come_back():
    with Folder() as folder:
        Settings({"pulse_ms": 150}, lane_a).store(folder.path)
        assert folder.load() == (150, "")


def test_an_interrupted_write_leaves_what_was_there():
    with Folder() as folder:
        Settings({"pulse_ms": 150}, lane_a).store(folder.path)
        for torn in ("", "{", '{"pulse_ms": 2', '{"pulse_ms": 200'):
            folder.put(torn, settings.PATH + rules.NEW_SUFFIX)
            assert folder.load() == (150, "")


def test_a_bad_file_is_refused_and_the_last_good_settings_serve():
    with Folder() as folder:
        Settings({"pulse_ms": 150}, lane_a).store(folder.path)
        folder.load()
        for bad in ("", "{", "[]", "7", "null", "\x00\xff", '{"pulse_ms": 1}', '{"readers": ["x"]}', '{"a": {}}'):
            folder.put(bad)
            pulse_ms, why = folder.load()
            assert pulse_ms == 150, bad
            assert why, bad
        folder.put(json.dumps({"pulse_ms": 170}))
        assert folder.load() == (170, "")


def test_what_is_not_quite_json_is_refused_on_both_interpreters():
    for text in (
        '{"pulse_ms" 200}',
        '{"pulse_ms":}',
        '{"pulse_ms"}',
        '{"pulse_ms": 200,}',
        '{"pulse_ms": 200 "open_limit_ms": 4000}',
        '{"pulse_ms": 0200}',
        '{"pulse_ms": 200}}',
        '{"pulse_ms": 200}\0',
        '{"pulse_ms": 200, "pulse_ms": 210}',
        '{"pulse_ms": 200.5}',
        '{"pulse_ms": -200}',
        '{"pulse_ms": true}',
        '{"control": "level}',
        '{"control": level}',
        '{"readers": [}',
        '{"readers": ["sam_v",]}',
        '{"readers": [["sam_v"]]}',
        '{"pul\\u0073e_ms": 200}',
        "[" * 1000,
        '{"pulse_ms": 200}' + " " * 1024,
        '{"pulse_ms": ' + "9" * 900 + "}",
    ):
        try:
            settings.parse(text.encode(), lane_a)
        except SettingsInvalid as invalid:
            assert str(invalid).startswith("settings.json: ") and len(str(invalid)) < 100, text
        else:
            raise AssertionError(text)
    for text in (
        "{}",
        " {\n}\r\n",
        '{"readers" :\t[ "qr" ] , "pulse_ms": 200 }',
        '{"readers": [ "sam_v" ]}',
        '{"control" : "level" }',
    ):
        settings.parse(text.encode(), lane_a)


def test_a_file_that_is_gone_leaves_the_last_good_ones_and_it_is_said():
    with Folder() as folder:
        folder.put('{"pulse_ms": 200}')
        folder.load()
        os.remove(folder.path + settings.PATH)
        assert folder.load() == (200, "settings.json is gone")


def test_with_nothing_good_at_all_the_usual_values_serve_and_it_is_said():
    with Folder() as folder:
        folder.put("{")
        folder.put("{", settings.GOOD_PATH)
        pulse_ms, why = folder.load()
        assert pulse_ms == 300
        assert why
