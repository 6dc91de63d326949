"""What a gate says to travellers, from the firmware's own tables: for documents, for recordings, for models."""

import importlib
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"
LANGUAGES = ("zh", "en", "both")  # in the order of their recordings


@cache
def module(name: str) -> ModuleType:
    """A module of the gate that runs anywhere, like `gate.signals`."""
    sys.path.append(str(FIRMWARE))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FIRMWARE))


@dataclass(frozen=True, slots=True)
class Recording:
    """One file on a voice module's card. saying: its number in the gate's table."""

    number: int
    language: str
    saying: int
    text: str

    @property
    def file(self) -> str:
        """Where the module looks for it."""
        return f"MP3/{self.number:04}.mp3"


SAYINGS = int(module("gate.signs.sayings").SAYINGS)


def text(saying: int, language: str) -> str:
    """A saying in "zh", "en", or one after the other in "both"."""
    texts = module("gate.signs.texts")
    if language == "both":
        return f"{text(saying, 'zh')}。{text(saying, 'en')}."
    return str(texts.text(saying, texts.CHINESE if language == "zh" else texts.ENGLISH))


def recordings() -> list[Recording]:
    """Every file that a card needs, in the order of the numbers."""
    spoken = range(1, SAYINGS)
    bases = module("gate.signs.voice").RECORDINGS[1:]
    return [
        Recording(base + saying, language, saying, text(saying, language))
        for base, language in zip(bases, LANGUAGES, strict=True)
        for saying in spoken
    ]


def signal_names() -> list[str]:
    """What a traveller is to do, by the codes of the gate's signals, as a display is told it."""
    return list(module("gate.signs.display").WORDS)


def of_reason(reason: int) -> tuple[int, int]:
    """(signal, saying) of a REASON_ code."""
    table = module("gate.signs.sayings").TABLE
    return table[2 * reason], table[2 * reason + 1]
