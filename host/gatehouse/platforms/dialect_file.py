"""Platforms' files: those that ship, and an operator's own."""

from importlib.resources import files
from pathlib import Path

from gatehouse.platforms.dialect import Dialect
from gatehouse.platforms.dialect_check import problems
from gatehouse.settings_errors import SettingsError
from gatehouse.toml_lines import line_of
from gatehouse.typed_file import text_in, typed

FILE_MAX_BYTES = 200_000
SHIPPED = ("plain", "national", "guangdong", "beijing", "shanghai")


def shipped(name: str) -> Dialect:
    """A dialect that comes with the gatehouse, one of SHIPPED."""
    return read(text_of(name), f"{name}.toml")


def text_of(name: str) -> str:
    """The file of a dialect that comes with the gatehouse."""
    return files("gatehouse.platforms").joinpath(f"{name}.toml").read_text(encoding="utf-8")


def load(path: Path) -> Dialect:
    """The dialect in a file. SettingsError names every problem with its line and what is allowed."""
    return read(text_in(path, FILE_MAX_BYTES), str(path))


def read(text: str, name: str) -> Dialect:
    """The dialect that a text is. `name`: what messages call the file."""
    dialect = typed(text, name, Dialect)
    found = sorted((line_of(text, at), ".".join(at), said) for at, said in problems(dialect))
    if found:
        raise SettingsError([f"{name}, line {line}: {where}: {said}" for line, where, said in found])
    return dialect
