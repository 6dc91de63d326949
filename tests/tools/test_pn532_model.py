"""The PN532 model speaks the true bytes and freezes as the chip does; the real driver gets along with it."""

import pytest
from gate.facts import CardSeen, ReaderFault, ResetLine
from gate.readers.pn532 import Driver
from gatelink import codes
from gatetools.sim import pn532
from gatetools.sim.pn532 import ACK, WAKE, Pn532, Tag

PASS_US = 5_000
CARD = Tag(bytes.fromhex("04a1b2c3d4e5f6"))
SETUP = "0000ff03fdd414011700", "0000ff02fed4022a00", "0000ff06fad43205ff0101f400"
LOOK = bytes.fromhex("0000ff04fcd44a0100e100")
FIELD_OFF = bytes.fromhex("0000ff04fcd4320100f900")


def ask(chip, command, at_us=0):
    """Everything that it says to a command."""
    chip.feed(command, at_us)
    return b"".join(said.data for said in chip.feed(b"", at_us + 100_000))


@pytest.fixture
def chip():
    """Awake and set up as the driver does it."""
    made = Pn532()
    for command in (WAKE + bytes.fromhex(SETUP[0]), *map(bytes.fromhex, SETUP[1:])):
        assert ask(made, command)
    return made


def test_replies_are_the_published_bytes():
    """As libnfc and Adafruit print them."""
    chip = Pn532()
    wanted = "0000ff02fed5151600", "0000ff06fad50332010607e800", "0000ff02fed533f800"
    for command, reply in zip(SETUP, wanted, strict=True):
        assert ACK + bytes.fromhex(reply) == ask(chip, WAKE + bytes.fromhex(command))
    assert ACK + bytes.fromhex("0000ff03fdd54b00e000") == ask(chip, LOOK)
    chip.place(Tag(bytes.fromhex("fb0ee20b")))
    assert ACK + bytes.fromhex("0000ff0cf4d54b010100040804fb0ee20bd800") == ask(chip, LOOK)


def test_it_sleeps_until_it_is_woken_and_set_up():
    """Neither a command alone nor waking alone will do."""
    chip = Pn532()
    assert ask(chip, LOOK) == b""
    assert ask(chip, WAKE + LOOK) == b""
    assert ask(chip, bytes.fromhex(SETUP[0])) != b""


def test_without_a_limit_it_looks_for_ever():
    """An acknowledgement and nothing more, until a card comes or an ACK ends it."""
    chip = Pn532()
    ask(chip, WAKE + bytes.fromhex(SETUP[0]))
    assert ask(chip, LOOK) == ACK
    chip.place(CARD)
    chip.feed(b"", 200_000)
    assert b"\x04\xa1\xb2\xc3" in chip.feed(b"", 300_000)[0].data
    chip.remove()
    ask(chip, FIELD_OFF, 400_000)
    assert ask(chip, LOOK, 500_000) == ACK
    chip.feed(ACK, 700_000)
    chip.place(CARD)
    assert chip.feed(b"", 900_000) == []


def test_a_card_that_keeps_its_field_is_not_found_again(chip):
    """Switching the field off makes it one that can be found."""
    chip.place(CARD)
    assert len(ask(chip, LOOK)) > 20
    assert ACK + bytes.fromhex("0000ff03fdd54b00e000") == ask(chip, LOOK)
    ask(chip, FIELD_OFF)
    assert len(ask(chip, LOOK)) > 20


def test_what_it_does_not_understand(chip):
    """An error frame for an unknown command, nothing for a damaged one."""
    assert ACK + pn532.NOT_UNDERSTOOD == ask(chip, bytes.fromhex("0000ff02fed4609c8c00")[:7] + b"\xcc\x00")
    assert ask(chip, LOOK[:-2] + b"\x00\x00") == b""
    assert ask(chip, bytes(range(256)) * 4) == b""


class Rig:
    """The real driver and the model, on one clock."""

    def __init__(self):
        self.chip = Pn532()
        self.us = 1_000_000
        self.driver = Driver(self.us // 1000)
        self.faults = []
        self.cards = []

    def run(self, ms):
        """Time passes, in passes of the gate's loop."""
        for _ in range(ms * 1000 // PASS_US):
            self.us += PASS_US
            said = b"".join(what.data for what in self.chip.feed(b"", self.us))
            for fact in self.driver.feed(said, self.us // 1000):
                self.note(fact)
            self.chip.feed(self.driver.bytes_to_send(self.us // 1000), self.us)
        return self

    def note(self, fact):
        if isinstance(fact, ResetLine):
            self.chip.reset(self.us, active=fact.active)
        elif isinstance(fact, ReaderFault):
            self.faults.append(fact.what)
        elif isinstance(fact, CardSeen):
            self.cards.append(bytes(fact.card.number))


@pytest.mark.parametrize("ats", [b"", bytes(4), bytes(range(240))])
def test_the_driver_reads_a_card_within_a_quarter_of_a_second(ats):
    """With an answer of any length."""
    rig = Rig().run(500)
    rig.chip.place(Tag(CARD.uid, ats))
    rig.run(250)

    assert ([b"04A1B2C3D4E5F6"], []) == (rig.cards, rig.faults)
    assert [b"04A1B2C3D4E5F6"] == rig.run(3000).cards


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (pn532.DEAF, []),
        (pn532.HUNG, [codes.FAULT_READER_SILENT, codes.FAULT_READER_BACK]),
        (pn532.FROZEN, [codes.FAULT_READER_SILENT, codes.FAULT_READER_BACK]),
    ],
)
def test_the_driver_brings_a_frozen_chip_back(fault, told):
    """Within three seconds; what waking alone does not cure, the reset line does."""
    rig = Rig().run(500)
    rig.chip.fault = fault
    rig.run(3000)
    assert (rig.faults, rig.chip.fault) == (told, None)
    rig.chip.place(CARD)
    assert len(rig.run(300).cards) == 1


@pytest.mark.parametrize("fault", [pn532.DEAD, pn532.GARBLED])
def test_a_chip_that_nothing_cures_is_told_within_five_seconds(fault):
    """Once; and that it is back when it is."""
    rig = Rig().run(500)
    rig.chip.fault = fault
    assert [codes.FAULT_READER_SILENT] == rig.run(5000).faults
    assert [codes.FAULT_READER_SILENT] == rig.run(20_000).faults
    rig.chip.fault = None
    assert [codes.FAULT_READER_SILENT, codes.FAULT_READER_BACK] == rig.run(3000).faults


def test_the_reply_of_somebody_before_is_not_told_again():
    """The chip sends it once more before each acknowledgement."""
    rig = Rig().run(500)
    rig.chip.place(CARD)
    rig.run(500).chip.remove()
    rig.run(1000).chip.fault = pn532.REPEATING
    rig.run(3000)

    assert (rig.cards, rig.faults) == ([b"04A1B2C3D4E5F6"], [])
