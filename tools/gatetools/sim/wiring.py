"""How a simulated lane is set: its wiring, which stands in the gate's own file, and what its gatehouse tells it.

The names and words are those of `firmware/gate/settings.py` and of a table [lane] in gatehouse.toml.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Self

from gatehouse.settings import LaneSettings
from pydantic import ValidationError

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


@dataclass(frozen=True, slots=True)
class LaneSetup:
    """One lane's settings. `station`: what its gatehouse tells it."""

    wiring: Wiring = Wiring()
    station: LaneSettings = field(default_factory=LaneSettings)

    @classmethod
    def of(cls, words: Sequence[str]) -> Self:
        """From words like direction=both relays=2. SettingWrong for any other."""
        wiring: dict[str, str] = {}
        station: dict[str, object] = {}
        for word in words:
            name, equals, value = word.partition("=")
            if not equals or name in wiring or name in station:
                raise SettingWrong(f"{name[:40]}: write each setting once, as NAME=VALUE")
            if name == "relays" or name in WORDS:
                allowed = RELAYS if name == "relays" else WORDS[name]
                if value not in allowed:
                    raise SettingWrong(f"{name}: allowed is {', '.join(allowed)}")
                wiring[name] = value
            elif name in LaneSettings.model_fields:
                station[name] = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else value
            else:
                raise SettingWrong(f"{name[:40]}: no such setting; there are {', '.join(names())}")
        try:
            told = LaneSettings.model_validate(station)
        except ValidationError as failure:
            name = str(failure.errors()[0]["loc"][0])
            raise SettingWrong(f"{name}: allowed is {LaneSettings.model_fields[name].description}") from None
        count = int(wiring.pop("relays", "1"))
        setup = cls(Wiring(relays=count, **wiring), told)
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
        for message in self.station.messages():
            values |= {name: getattr(message, name) for name in message.FIELDS}
        return json.dumps(values)

    def table(self, lane: str) -> list[str]:
        """The lines of gatehouse.toml for a lane of this name."""
        told = self.station.model_dump(exclude_unset=True)
        return [f"[lanes.{json.dumps(lane)}]", *(f"{name} = {json.dumps(value)}" for name, value in told.items())]

    def sides(self) -> tuple[str, ...]:
        """From where whoever was let in may come: "entry", "exit" or both."""
        ways = SIDES[self.station.direction]
        return tuple(side for side in SIDES[self.wiring.reader_side] if side in ways) or ways

    def relays(self) -> tuple[int, ...]:
        """The relays that release for one traveller."""
        if self.wiring.relays == 1:
            return (RELAY_A,)
        return tuple({"entry": RELAY_A, "exit": RELAY_B}[side] for side in self.sides())


def names() -> list[str]:
    """All settings there are."""
    return ["relays", *WORDS, *LaneSettings.model_fields]
