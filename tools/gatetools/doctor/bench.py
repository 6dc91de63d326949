"""Whether the tools that write, compile and simulate a gate are installed: what the project's own metadata asks for."""

import importlib.metadata
from collections.abc import Callable, Iterator, Sequence

from packaging.requirements import Requirement

from gatetools.doctor.finding import Finding

EXTRA = "bench-tools"


def findings() -> Iterator[Finding]:
    """Of this installation."""
    yield from judge(importlib.metadata.requires("gatehouse") or [], version)


def version(package: str) -> str:
    """Its installed version, "" if it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def judge(requires: Sequence[str], installed: Callable[[str], str]) -> Iterator[Finding]:
    """`requires`: lines of the metadata field Requires-Dist. `installed`: package -> version or ""."""
    wanted = [Requirement(line) for line in requires]
    asked = [one for one in wanted if one.marker and one.marker.evaluate({"extra": EXTRA}) and EXTRA in str(one.marker)]
    lacking = [one for one in asked if not one.specifier.contains(installed(one.name) or "0", prereleases=True)]
    for one in lacking:
        yield Finding("bench-lacks", one.name, {"wanted": str(one.specifier), "found": installed(one.name) or "-"})
    if asked and not lacking:
        yield Finding("bench-ready", facts={"tools": ", ".join(one.name for one in asked)})
