"""What is wrong with a settings file, in sentences: the line, the key, its value, and what is allowed instead."""

import difflib
import typing
from typing import Any

from pydantic import BaseModel, ValidationError

from gatehouse.toml_lines import line_of

VALUE_MAX_CHARACTERS = 40


class SettingsError(Exception):
    """The file cannot be used; `problems` holds one sentence for each thing to mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def sentences(text: str, root: type[BaseModel], failure: ValidationError) -> list[str]:
    """One sentence per problem, in the order of the lines. `text`: the file. `root`: the model of the whole file."""
    errors = failure.errors(include_url=False)
    found = [(line_of(text, error["loc"]), _sentence(root, error)) for error in errors]
    return [f"line {line}: {said}" for line, said in sorted(found)]


def _sentence(root: type[BaseModel], error: Any) -> str:
    path: tuple[str | int, ...] = error["loc"]
    kind: str = error["type"]
    # Of an item in a list the list is what is described.
    named = path[:-1] if len(path) > 1 and isinstance(path[-1], int) else path
    section, field = section_at(root, named[:-1]), str(named[-1])
    where, allowed = dotted(path), ", ".join(sorted(section.model_fields))
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(field, section.model_fields, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        return f"{where}: there is no such key.{hint} Allowed here: {allowed}."
    # In a table whose keys are free the description is the table's own.
    info = next((section.model_fields[str(part)] for part in reversed(path) if str(part) in section.model_fields), None)
    wanted = info.description if info and info.description else f"a table with {allowed}"
    if kind == "missing":
        return f"{where}: is missing. It takes {wanted}."
    if kind == "value_error":
        return f"{where}: {error['ctx']['error']}. Allowed is {wanted}."
    return f"{where}: {_shown(error['input'])} is not allowed. Allowed is {wanted}."


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    text = str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= VALUE_MAX_CHARACTERS else text[:VALUE_MAX_CHARACTERS] + "..."


def dotted(path: tuple[str | int, ...]) -> str:
    """A place in a file as people write it: route[1].ask."""
    return ".".join(f"[{part + 1}]" if isinstance(part, int) else part for part in path).replace(".[", "[")


def section_at(root: type[BaseModel], path: tuple[str | int, ...]) -> type[BaseModel]:
    """The model of the table that a path leads to; the nearest one above where the path leads nowhere."""
    section = root
    for part in path:
        info = section.model_fields.get(str(part))
        if info is None:
            continue
        inner = info.annotation
        # Of a list its items, of named tables the tables, of one that may be left out the table.
        for candidate in (inner, *typing.get_args(inner)):
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                section = candidate
    return section
