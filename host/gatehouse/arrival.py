"""What an operator has brought for the register: a CSV file, or a bundle that somebody has signed."""

import contextlib
import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gatehouse.bundles import bundle as bundles
from gatehouse.bundles.bundle_settings import BundleSettings
from gatehouse.bundles.header import BundleRefused
from gatehouse.bundles.serials import Serials
from gatehouse.deeds import Detail
from gatehouse.keyfile import KeyFile
from gatehouse.terminal import bar

COMMANDS = {"whole": "import", "incremental": "update", "deletion": "delete"}


@dataclass(frozen=True, slots=True)
class Arrival:
    """Its rows are checked by nobody yet.

    content: opens a bundle's rows, None for a CSV file. serials: None for a CSV file. detail: what the ledger keeps of
    where it came from. Of a bundle that is issuer and serial and never a hash: of few rows one could find out what
    stands in them.
    """

    source: str
    bytes: int
    content: Callable[[], BinaryIO] | None
    serials: Serials | None
    detail: Mapping[str, Detail]


@contextlib.contextmanager
def arrived(
    file: Path, kind: str, source: str, keys: KeyFile, settings: BundleSettings, *, again: bool
) -> Iterator[Arrival]:
    """What came in FILE, a bundle proven to its last byte. kind: that of a bundle that is wanted.

    BundleRefused if it may not be used. source: of the rows of a CSV file.
    """
    if not bundles.is_bundle(file):
        if settings.required and kind != "deletion":
            raise BundleRefused(
                "it is no bundle, and the settings, [bundles] required, take nothing else. Ask the issuer for a bundle"
            )
        size = file.stat().st_size if file.is_file() else 0
        yield Arrival(source, size, None, None, {} if kind == "deletion" else {"source": source})
        return
    now = datetime.datetime.now().astimezone()
    with contextlib.ExitStack() as stack:
        with bar("proving") as progress:
            bundle = stack.enter_context(bundles.opened(file, settings.trusted(), settings.station, now, progress))
        facts = bundle.facts
        if facts.kind != kind:
            raise BundleRefused(
                f"it is a bundle of the kind {facts.kind}. Use: gatehouse register {COMMANDS[facts.kind]} {file}"
            )
        detail: dict[str, Detail] = {
            "source": bundle.source,
            "issuer": bytes.fromhex(facts.key),
            "serial": facts.serial,
            "kind": facts.kind,
        }
        yield Arrival(
            bundle.source,
            facts.length,
            bundle.rows,
            Serials(bundle, keys, again=again),
            detail,
        )
