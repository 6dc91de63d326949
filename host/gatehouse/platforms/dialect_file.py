"""Platforms' files: those that ship, and an operator's own."""

import tomllib
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from gatehouse.platforms.dialect import Dialect
from gatehouse.platforms.dialect_check import problems
from gatehouse.regular_file import read_regular
from gatehouse.settings_errors import SettingsError, sentences
from gatehouse.toml_lines import line_of

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
    try:
        text = read_regular(path, FILE_MAX_BYTES).decode("utf-8-sig")
    except OSError as failure:
        raise SettingsError([f"{path}: cannot be read ({failure.strerror})"]) from None
    except UnicodeDecodeError:
        raise SettingsError([f"{path}: is not UTF-8 text"]) from None
    return read(text, str(path))


def read(text: str, name: str) -> Dialect:
    """The dialect that a text is. `name`: what messages call the file."""
    try:
        dialect = Dialect.model_validate(tomllib.loads(text))
        found = sorted((line_of(text, at), ".".join(at), said) for at, said in problems(dialect))
    except tomllib.TOMLDecodeError as failure:
        raise SettingsError([f"{name}: not TOML: {failure}"]) from None
    except RecursionError:
        raise SettingsError([f"{name}: brackets lie inside brackets without end"]) from None
    except ValidationError as failure:
        raise SettingsError([f"{name}, {said}" for said in sentences(text, Dialect, failure)]) from None
    except ValueError:  # Python's bound on the digits of a number
        raise SettingsError([f"{name}: not TOML: a number in it has too many digits"]) from None
    if found:
        raise SettingsError([f"{name}, line {line}: {where}: {said}" for line, where, said in found])
    return dialect
