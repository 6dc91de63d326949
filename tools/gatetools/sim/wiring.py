"""How a simulated lane is set: its wiring, which stands in the gate's own file, and what its gatehouse tells it.

The names and words are those of `firmware/gate/settings.py` and of the tables [lane] and [signs] in gatehouse.toml.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Self

from gatehouse.settings import LaneSettings
from gatelink.house_to_gate import VOLUME_MAX
from pydantic import ValidationError

from gatetools.enroll import JOURNAL_BLOCKS
from gatetools.sim import qr, sign
from gatetools.sim.fittings import FAULTS, Fitted

# name -> allowed words, the first one if absent
WORDS = {
    "control": ("pulse", "level"),
    "polarity": ("opens", "shuts"),
    "feedback": ("beams", "contact", "both"),
    "arm_contact": ("opens", "closes"),
    "language": ("both", "zh", "en"),
    "reader_side": ("entry", "exit", "either"),
}
RELAYS = ("1", "2")
READERS = tuple(FAULTS)
ON_ONE_PORT = ("qr", "pn532")
WIEGAND_BITS = ("26", "34")
FITTINGS = ("readers", "signs", "qr_ending", "wiegand_bits", "volume", "journal_blocks")
JOURNALS = ("4", "8", "16", "32")  # blocks of a chip's flash; a small one is soon full
RELAY_A, RELAY_B = 1, 2
SIDES = {"entry": ("entry",), "exit": ("exit",), "both": ("entry", "exit"), "either": ("entry", "exit")}


class SettingWrong(ValueError):
    """A setting that a lane does not have; the text names it and says what is allowed."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What hangs on the gate, as its settings.json says."""

    relays: int = 1
    control: str = "pulse"
    polarity: str = "opens"
    feedback: str = "beams"
    arm_contact: str = "opens"
    language: str = "both"
    reader_side: str = "entry"
    volume: int = 20


@dataclass(frozen=True, slots=True)
class LaneSetup:
    """One lane's settings. `fitted`: its readers and signs. `station`: what its gatehouse tells it.

    `journal_blocks`: size of the chip's journal, 0 = as a chip has it.
    """

    wiring: Wiring = Wiring()
    fitted: Fitted = field(default_factory=Fitted)
    station: LaneSettings = field(default_factory=LaneSettings)
    journal_blocks: int = 0

    @classmethod
    def of(cls, words: Sequence[str]) -> Self:
        """From words like direction=both relays=2 readers=sam_v,qr signs=voice. SettingWrong for any other."""
        given: dict[str, str] = {}
        for word in words:
            name, equals, value = word.partition("=")
            if not equals or name in given:
                raise SettingWrong(f"{name[:40]}: write each setting once, as NAME=VALUE")
            if name not in names():
                raise SettingWrong(f"{name[:40]}: no such setting; there are {', '.join(names())}")
            given[name] = value
        station = {name: _number(value) for name, value in given.items() if name in LaneSettings.model_fields}
        try:
            told = LaneSettings.model_validate(station)
        except ValidationError as failure:
            name = str(failure.errors()[0]["loc"][0])
            raise SettingWrong(f"{name}: allowed is {LaneSettings.model_fields[name].description}") from None
        words_given = {name: _one_of(name, given[name], WORDS[name]) for name in WORDS if name in given}
        count = int(_one_of("relays", given.get("relays", "1"), RELAYS))
        volume = _number(given.get("volume", "20"))
        if not isinstance(volume, int) or volume > VOLUME_MAX:
            raise SettingWrong(f"volume: allowed is a whole number up to {VOLUME_MAX}")
        blocks = int(_one_of("journal_blocks", given.get("journal_blocks", JOURNALS[-1]), JOURNALS))
        small = blocks if blocks != int(JOURNALS[-1]) else 0
        setup = cls(Wiring(relays=count, volume=volume, **words_given), _fitted(given), told, small)
        setup._check_sides()
        return setup

    def _check_sides(self) -> None:
        """The rule that the firmware has too: otherwise it would go by its usual settings instead of these."""
        wired = self.wiring
        if (
            wired.relays == 2
            and wired.reader_side == "either"
            and (wired.control, wired.feedback) != ("level", "beams")
        ):
            raise SettingWrong("reader_side: either needs control=level and feedback=beams where relays=2")

    def file(self) -> str:
        """The gate's settings.json, as a gate has it that its gatehouse has told its rules."""
        values: dict[str, object] = {item.name: getattr(self.wiring, item.name) for item in fields(Wiring)}
        values |= {"wiegand_bits": self.fitted.wiegand_bits}
        values |= {"readers": self.fitted.readers, "signs": [self.fitted.sign] if self.fitted.sign else []}
        for message in self.station.messages():
            values |= {name: getattr(message, name) for name in message.FIELDS}
        return json.dumps(values)

    def table(self, lane: str) -> list[str]:
        """The lines of gatehouse.toml for a lane of this name."""
        told = self.station.model_dump(exclude_unset=True)
        return [f"[lanes.{json.dumps(lane)}]", *(f"{name} = {json.dumps(value)}" for name, value in told.items())]

    def signs_tables(self) -> list[str]:
        """The lines of gatehouse.toml on how signs speak, at all its lanes; none where that is as usual."""
        wired, usual = self.wiring, Wiring()
        if (wired.language, wired.volume) == (usual.language, usual.volume):
            return []
        return ["[signs]", f'language = "{wired.language}"', "[[signs.volume]]", f"level = {wired.volume}"]

    def size(self, flash: Path) -> None:
        """Make a journal of this size that of the gate that will have this flash. Of one that has one it is lost."""
        if self.journal_blocks:
            flash.mkdir(parents=True, exist_ok=True)
            (flash / JOURNAL_BLOCKS).write_text(str(self.journal_blocks), encoding="ascii")

    def put_into(self, files: Path) -> None:
        """Make them those of a gate whose file system this folder is. What its file has besides stays."""
        path = files / "settings.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        own = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        path.write_text(json.dumps(own | json.loads(self.file())), encoding="utf-8")

    def sides(self) -> tuple[str, ...]:
        """From where whoever was let in may come: "entry", "exit" or both."""
        ways = SIDES[self.station.direction]
        return tuple(side for side in SIDES[self.wiring.reader_side] if side in ways) or ways

    def relays(self) -> tuple[int, ...]:
        """The relays that release for one traveller."""
        if self.wiring.relays == 1:
            return (RELAY_A,)
        return tuple({"entry": RELAY_A, "exit": RELAY_B}[side] for side in self.sides())


def _one_of(name: str, value: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise SettingWrong(f"{name}: allowed is {', '.join(allowed)}")
    return value


def _number(value: str) -> int | str:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else value


def _fitted(given: Mapping[str, str]) -> Fitted:
    """Readers and signs, under the rules that the firmware has too."""
    usual = Fitted()
    readers = tuple(given["readers"].split(",")) if "readers" in given else usual.readers
    for reader in readers:
        _one_of("readers", reader, READERS)
    signs = _one_of("signs", given["signs"], sign.KINDS) if "signs" in given else usual.sign
    if len(set(readers)) < len(readers) or set(ON_ONE_PORT) <= set(readers):
        raise SettingWrong("readers: each once, and either qr or pn532: a board has one port for both")
    if signs and "pn532" in readers:
        raise SettingWrong("signs: beside a pn532 there is no line for one")
    ending = _one_of("qr_ending", given.get("qr_ending", usual.qr_ending), tuple(qr.ENDINGS))
    bits = _one_of("wiegand_bits", given.get("wiegand_bits", WIEGAND_BITS[0]), WIEGAND_BITS)
    return Fitted(readers, signs, ending, int(bits))


def names() -> list[str]:
    """All settings there are."""
    return ["relays", *WORDS, *FITTINGS, *LaneSettings.model_fields]
