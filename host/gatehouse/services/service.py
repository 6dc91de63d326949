"""What is to run as a service: the command, the user, and the files that it needs."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gatehouse.platforms.dialect_file import SHIPPED
from gatehouse.settings import GatehouseSettings

NAME = "gatehouse"


class ServiceRefused(Exception):
    """There is no description that would do what is wanted; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Service:
    """All paths are absolute. python: the interpreter that Gatehouse is installed for. user: "" if the system decides.

    group: of serial ports, "" if the user needs none. ports: as the settings name them.
    read: files that it reads besides the settings.
    """

    python: str
    config: Path
    data: Path
    keys: Path
    log: Path | None
    user: str
    group: str
    ports: tuple[str, ...]
    read: tuple[Path, ...] = ()

    @property
    def command(self) -> tuple[str, ...]:
        """What the system starts. -P: nothing is imported from the folder it is started in."""
        return (self.python, "-P", "-m", "gatehouse.cli", "run", "--config", str(self.config))

    @property
    def reload(self) -> tuple[str, ...]:
        """What takes changed rules into use while it runs."""
        return (self.python, "-P", "-m", "gatehouse.cli", "rules", "reload", "--config", str(self.config))

    @property
    def written(self) -> tuple[Path, ...]:
        """The folders that the process writes into, each once."""
        folders = [self.data, self.keys.parent, *([self.log.parent] if self.log else [])]
        return tuple(dict.fromkeys(folders))


def of(settings: GatehouseSettings, config: Path, user: str, group: str) -> Service:
    """The service that runs these settings by this interpreter."""
    return Service(
        python=sys.executable,
        config=config.resolve(),
        data=settings.store.ledger.parent,
        keys=settings.store.keys_path,
        log=settings.log.path,
        user=user,
        group=group,
        ports=tuple(port.url for port in settings.port),
        read=tuple(_read(settings)),
    )


def _read(settings: GatehouseSettings) -> Iterator[Path]:
    """Rule file, dialects of the station's own, credentials and certificates."""
    if isinstance(rules := settings.rules.where(), Path):
        yield rules
    for one in settings.platforms.values():
        if one.dialect not in SHIPPED:
            yield Path(one.dialect)
        yield from (Path(file) for file in (one.credentials, one.ca, one.certificate, one.key) if file)


def check_text(what: str, text: str) -> str:
    """The text, which goes on one line of a file; ServiceRefused if it cannot stand there."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ServiceRefused(f"{what}: {text!r} is not Unicode text. Rename it.") from None
    if any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in text):
        raise ServiceRefused(f"{what}: {text!r} holds a line break or another control character. Rename it.")
    return text
