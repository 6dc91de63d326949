"""The first member of a backup's archive: what the others are, so that each can be checked."""

import datetime
from importlib.metadata import version
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gatehouse.migrations import LEDGER_STEPS, LISTS_STEPS, REGISTER_STEPS, Steps

NAME = "manifest.json"
FORMAT: Literal[1] = 1
BYTES_MAX = 10_000

# File in the archive and in the data folder -> the steps that lead to its newest version, and what is counted in it.
DATABASES: dict[str, tuple[Steps, str]] = {
    "register.db": (REGISTER_STEPS, "select count(*) from status"),
    "ledger.db": (LEDGER_STEPS, "select count(*) from ledger"),
    "lists.db": (LISTS_STEPS, "select count(*) from listing"),
}


class BackupRefused(Exception):
    """Nothing was written or changed; the text says why and what to do."""


class Saved(BaseModel):
    """One database. version: of its schema. rows: people of the register, entries of ledger and lists."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: Literal["register.db", "ledger.db", "lists.db"]
    version: Annotated[int, Field(ge=1)]
    rows: Annotated[int, Field(ge=0)]
    bytes: Annotated[int, Field(ge=0, le=1 << 50)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """The whole. made: time with a zone. gatehouse: version of the program that made it, for people."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    format: Literal[1]
    made: Annotated[str, Field(max_length=40)]
    gatehouse: Annotated[str, Field(max_length=40)]
    files: Annotated[list[Saved], Field(min_length=1, max_length=len(DATABASES))]


class FormatOnly(BaseModel):
    """As much of a manifest as every version of it has."""

    format: Annotated[int, Field(strict=True)]


def made_now(files: list[Saved]) -> Manifest:
    """The manifest of an archive that is being made."""
    moment = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return Manifest(format=FORMAT, made=moment, gatehouse=version("gatehouse"), files=files)


def understood(text: bytes) -> Manifest:
    """The manifest in an archive. BackupRefused if it is damaged, or of things that this version does not know."""
    try:
        written = FormatOnly.model_validate_json(text).format
        if written > FORMAT:
            raise BackupRefused(
                f"a later Gatehouse made it (format {written}; this one knows {FORMAT}). Update this Gatehouse."
            )
        manifest = Manifest.model_validate_json(text)
    except ValidationError:
        raise BackupRefused("its manifest is damaged. Take another backup.") from None
    if len({saved.name for saved in manifest.files}) != len(manifest.files):
        raise BackupRefused("its manifest is damaged. Take another backup.")
    for saved in manifest.files:
        known = DATABASES[saved.name][0].newest()
        if saved.version > known:
            raise BackupRefused(
                f"its {saved.name} is of a later Gatehouse (version {saved.version}; this one knows {known}). "
                "Update this Gatehouse."
            )
    return manifest
