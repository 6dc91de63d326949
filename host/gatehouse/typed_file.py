"""A file that a person writes, as text and as what its model makes of it; each mistake is told with its line."""

import json
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from gatehouse.regular_file import read_regular
from gatehouse.settings_errors import SettingsError, sentences

Model = TypeVar("Model", bound=BaseModel)


def text_in(path: Path, max_bytes: int) -> str:
    """What stands in the file, which is UTF-8, with a BOM or without. SettingsError if it cannot be read."""
    try:
        return read_regular(path, max_bytes).decode("utf-8-sig")
    except OSError as failure:
        raise SettingsError([f"{path}: cannot be read ({failure.strerror})"]) from None
    except UnicodeDecodeError:
        raise SettingsError([f"{path}: is not UTF-8 text"]) from None


def typed(text: str, name: Path | str, model: type[Model], *, is_json: bool = False) -> Model:
    """The model that a text in TOML is, or in JSON. SettingsError, with every mistake, where it is none.

    name: what messages call the file.
    """
    form = "JSON" if is_json else "TOML"
    try:
        told: Any = json.loads(text) if is_json else tomllib.loads(text)
        return model.model_validate(told)
    except ValidationError as failure:
        said = sentences("" if is_json else text, model, failure)
        raise SettingsError([f"{name}, {one}" for one in said]) from None
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as failure:
        raise SettingsError([f"{name}: not {form}: {failure}"]) from None
    except RecursionError:
        raise SettingsError([f"{name}: brackets lie inside brackets without end"]) from None
    except ValueError:  # Python's bound on the digits of a number
        raise SettingsError([f"{name}: not {form}: a number in it has too many digits"]) from None
