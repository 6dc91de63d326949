"""What is examined: a system, the settings of a station if there are any, and the ports that were given."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gatehouse import noticeboard
from gatehouse.noticeboard import NoticeError
from gatehouse.settings import GatehouseSettings, PortSettings, load
from gatehouse.settings_errors import SettingsError
from gatehouse.standing import Standing

from gatetools.doctor.system import System


@dataclass(frozen=True)
class Patient:
    """A station, or a bench where `settings` is None. `wall`: Unix time."""

    system: System
    config: Path
    given: tuple[str, ...] = ()
    settings: GatehouseSettings | None = None
    problems: tuple[str, ...] = ()
    wall: Callable[[], float] = time.time

    @property
    def configured(self) -> list[PortSettings]:
        """The ports of the settings."""
        return self.settings.port if self.settings else []

    @property
    def data(self) -> Path | None:
        """The station's data folder."""
        return self.settings.store.ledger.parent if self.settings else None

    def notice(self) -> tuple[float, list[Standing]] | None:
        """What a gatehouse has written last, and how many seconds ago; None if none runs. NoticeError."""
        return noticeboard.read(noticeboard.path_in(self.data)) if self.data else None

    def standings(self) -> list[Standing]:
        """How the gates stand, as far as it can be read."""
        try:
            notice = self.notice()
        except NoticeError:
            return []
        return notice[1] if notice else []

    def served(self) -> list[str]:
        """The ports that a gatehouse may be using: with any sign of one they are its own."""
        try:
            away = self.notice() is None
        except NoticeError:
            away = False
        return [] if away else [port.url for port in self.configured]

    def same_port(self, one: str, other: str) -> bool:
        """Whether two names lead to the same port."""
        if "://" in one or "://" in other:
            return one == other
        return self.system.name(self.system.path(one)) == self.system.name(self.system.path(other))


def patient(system: System, config: Path, given: tuple[str, ...], *, named: bool) -> Patient:
    """Read the settings. `named`: the operator named the file, so it has to be there."""
    if not named and not config.exists():
        return Patient(system, config, given)
    try:
        return Patient(system, config, given, load(config))
    except SettingsError as wrong:
        return Patient(system, config, given, problems=tuple(wrong.problems))
