"""What every table of a TOML file of ours is made from."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Section(BaseModel):
    """Base of every table: nothing unknown, nothing converted on the quiet."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def without_nul(path: str) -> str:
    """ValueError for what no system takes as a path."""
    if "\0" in path:
        raise ValueError("no path holds a NUL character")
    return path


PathText = Annotated[str, AfterValidator(without_nul)]
