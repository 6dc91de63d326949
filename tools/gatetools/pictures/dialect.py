"""The keys of a platform's file, from the model that checks it."""

import typing
from collections.abc import Iterator

from gatehouse.platforms.dialect import Dialect
from pydantic import BaseModel
from pydantic.fields import FieldInfo


def keys() -> str:
    """One row for each key: where it stands, whether it must, and what it takes."""
    rows = [f"| `{name}` | {'yes' if needed else ''} | {takes} |" for name, needed, takes in _rows(Dialect, "")]
    return "| key | must | takes |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n"


def _rows(model: type[BaseModel], above: str) -> Iterator[tuple[str, bool, str]]:
    for name, info in model.model_fields.items():
        below, named = _inner(info)
        place = f"{above}{name}" + (".NAME" if named else "")
        if below is None or info.description is not None:
            yield place, info.is_required(), _said(info)
        if below is not None and below.__name__ != "Time":
            yield from _rows(below, f"{place}.")


def _inner(info: FieldInfo) -> tuple[type[BaseModel] | None, bool]:
    """The model of a table, and whether tables of free names are made of it."""
    arguments = typing.get_args(info.annotation)
    for one in (*arguments, info.annotation):
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one, typing.get_origin(info.annotation) is dict
    return None, False


def _said(info: FieldInfo) -> str:
    return (info.description or "a table with where, format and zone").replace("|", "\\|")
