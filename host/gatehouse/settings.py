"""Settings of the gatehouse: one TOML file, checked as a whole before anything starts.

What is wrong with a file is told by `settings_errors`.
"""

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from gatelink import codes
from gatelink.house_to_gate import VOLUME_MAX, LaneRules, Settings, Signs
from pydantic import Field, ValidationInfo, field_validator, model_validator

from gatehouse.log_file import LogFile
from gatehouse.lookup.lookup_settings import LookupSettings, Problem, RouteSettings, problems
from gatehouse.places import Places
from gatehouse.platforms.account import PlatformSettings
from gatehouse.ports import url_problem
from gatehouse.rules.rule_set import RuleSet
from gatehouse.rules.usual import usual
from gatehouse.section import PathText, Section
from gatehouse.settings_errors import SettingsError, dotted
from gatehouse.staff_card import Trust
from gatehouse.toml_lines import line_of
from gatehouse.typed_file import text_in, typed

FILE_MAX_BYTES = 1_000_000
PORT_MAX = 65535
SHIPPED = "shipped:"  # in place of a path: a set of rules that comes with this program


# The description of a field is what an error message says is allowed.
ShownMilliseconds = Annotated[int, Field(ge=500, le=10_000, description="whole milliseconds from 500 to 10000")]


class StoreSettings(Section):
    """Where things are kept. Relative paths start at the folder of the settings file."""

    data: Annotated[PathText, Field(min_length=1, description="a folder for register.db and ledger.db, in quotes")]
    keys: Annotated[PathText, Field(min_length=1, description="the key file, in quotes, outside the data folder")]
    protector: Annotated[
        Literal["auto", "systemd-creds", "dpapi", "keyring", "file"],
        Field(description='"auto", "systemd-creds", "dpapi", "keyring" or "file"'),
    ] = "auto"

    @property
    def register(self) -> Path:
        """The database of statuses."""
        return Path(self.data) / "register.db"

    @property
    def ledger(self) -> Path:
        """The database of what the lanes did."""
        return Path(self.data) / "ledger.db"

    @property
    def answers(self) -> Path:
        """The database of what health platforms told."""
        return Path(self.data) / "answers.db"

    @property
    def lists(self) -> Path:
        """The database of the station's own lists."""
        return Path(self.data) / "lists.db"

    @property
    def keys_path(self) -> Path:
        """The key file."""
        return Path(self.keys)

    @field_validator("keys")
    @classmethod
    def _keys_apart(cls, keys: str, info: ValidationInfo) -> str:
        data = info.data.get("data")
        if data is not None and Path(data).resolve() in Path(keys).resolve().parents:
            raise ValueError("it lies in the data folder, so that a copy of that folder would tell who passed")
        return keys

    def below(self, folder: Path) -> "StoreSettings":
        """The same with paths that no longer depend on the current folder."""
        return self.model_copy(update={"data": str(folder / self.data), "keys": str(folder / self.keys)})


class PortSettings(Section):
    """One serial port. Which gate is behind it shows at the handshake."""

    url: Annotated[
        str,
        Field(
            min_length=1,
            description='a port in quotes, like "/dev/ttyUSB0" or "COM3", or a URL '
            'like "socket://10.0.0.5:4001", "rfc2217://10.0.0.5:4002", "loop://"',
        ),
    ]
    baud: Annotated[int, Field(ge=1200, le=4_000_000, description="bits per second from 1200 to 4000000")] = 115200

    @field_validator("url")
    @classmethod
    def _known_url(cls, url: str) -> str:
        problem = url_problem(url)
        if problem:
            raise ValueError(problem)
        return url


class RuleSettings(Section):
    """Who may pass: the four keys of the usual rules, or `file`, a rule file that says all of it."""

    file: Annotated[
        PathText,
        Field(
            description='a rule file in quotes, or "shipped:NAME", see gatehouse rules list; "" for the keys beside it'
        ),
    ] = ""
    status_max_age_hours: Annotated[int, Field(ge=1, le=8760, description="whole hours from 1 to 8760")] = 24
    clock_tolerance_s: Annotated[int, Field(ge=0, le=3600, description="whole seconds from 0 to 3600")] = 120
    yellow: Annotated[Literal["deny", "refer"], Field(description='"deny" or "refer"')] = "refer"
    red: Annotated[Literal["deny", "refer"], Field(description='"deny" or "refer"')] = "deny"

    @model_validator(mode="after")
    def _one_way(self) -> "RuleSettings":
        beside = sorted(self.model_fields_set - {"file"})
        if self.file and beside:
            raise ValueError(
                f"file = ... says all of the rules, and {', '.join(beside)} stands beside it: put that into the rule "
                "file and take it out here"
            )
        return self

    def usual(self) -> RuleSet:
        """The rules that the keys beside `file` stand for."""
        verdicts = {"deny": codes.DENY, "refer": codes.REFER}
        return usual(
            self.status_max_age_hours * 3600, self.clock_tolerance_s, verdicts[self.yellow], verdicts[self.red]
        )

    def where(self) -> Path | str | None:
        """The rule file, or the name of a shipped set; None for the usual rules."""
        if self.file.startswith(SHIPPED):
            return self.file.removeprefix(SHIPPED)
        return Path(self.file) if self.file else None

    def below(self, folder: Path) -> "RuleSettings":
        """The same with a path that no longer depends on the current folder."""
        if not self.file or self.file.startswith(SHIPPED):
            return self
        return self.model_copy(update={"file": str(folder / self.file)})


TrustWord = Annotated[Literal["refer", "register", "staff"], Field(description='"refer", "register" or "staff"')]


class CardSettings(Section):
    """What cards of staff and visitors may do, which anybody can copy."""

    uid: TrustWord = "refer"
    wiegand: TrustWord = "refer"

    def trusts(self) -> Mapping[int, Trust]:
        """What cards of each such kind may do, by their CARD_ code."""
        return {codes.CARD_UID: Trust(self.uid), codes.CARD_WIEGAND: Trust(self.wiegand)}


class LaneSettings(Section):
    """What a gate is told when its session comes up; the limits are the gate's own."""

    pulse_ms: Annotated[int, Field(ge=100, le=500, description="whole milliseconds from 100 to 500")] = 300
    open_limit_ms: Annotated[int, Field(ge=500, le=60_000, description="whole milliseconds from 500 to 60000")] = 5000
    answer_limit_ms: Annotated[int, Field(ge=100, le=5000, description="whole milliseconds from 100 to 5000")] = 1500
    direction: Annotated[Literal["entry", "exit", "both"], Field(description='"entry", "exit" or "both"')] = "entry"
    second_card: Annotated[Literal["refuse", "wait"], Field(description='"refuse" or "wait"')] = "refuse"
    second_card_limit_ms: Annotated[
        int, Field(ge=1000, le=30_000, description="whole milliseconds from 1000 to 30000")
    ] = 8000
    passage_limit_ms: Annotated[int, Field(ge=2000, le=60_000, description="whole milliseconds from 2000 to 60000")] = (
        10_000
    )
    refused_ms: ShownMilliseconds = 2500
    referred_ms: ShownMilliseconds = 4000
    place_again_ms: ShownMilliseconds = 2500
    record_limit_ms: Annotated[int, Field(ge=500, le=5000, description="whole milliseconds from 500 to 5000")] = 1000
    blocked_limit_s: Annotated[int, Field(ge=5, le=3600, description="whole seconds from 5 to 3600")] = 30
    hold_limit_s: Annotated[
        int, Field(ge=0, le=43_200, description="whole seconds from 0 (until staff resume) to 43200")
    ] = 0

    def messages(self) -> tuple[Settings, LaneRules]:
        """What a gate is told. A gate takes settings whose revision or values it does not have yet."""
        values = self.pulse_ms, self.open_limit_ms, self.answer_limit_ms
        directions = {"entry": codes.DIRECTION_ENTRY, "exit": codes.DIRECTION_EXIT, "both": codes.DIRECTION_BOTH}
        second = {"refuse": codes.SECOND_CARD_REFUSED, "wait": codes.SECOND_CARD_WAITS}[self.second_card]
        numbers = (getattr(self, name) for name in LaneRules.FIELDS[2:])
        return (
            Settings(zlib.crc32(repr(values).encode()), *values),
            LaneRules(directions[self.direction], second, *numbers),
        )


class VolumeSettings(Section):
    """How loud signs speak from a time of day on."""

    at: Annotated[
        str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description='a time of day in quotes, like "06:00"')
    ] = "00:00"
    level: Annotated[int, Field(ge=0, le=VOLUME_MAX, description=f"a whole number from 0 (mute) to {VOLUME_MAX}")] = 20

    @property
    def minute(self) -> int:
        """Minutes since midnight."""
        return int(self.at[:2]) * 60 + int(self.at[3:])


class SignSettings(Section):
    """Voice modules and text displays at the lanes."""

    language: Annotated[Literal["both", "zh", "en"], Field(description='"both", "zh" or "en"')] = "both"
    volume: Annotated[
        list[VolumeSettings],
        Field(min_length=1, description="at least one table [[signs.volume]], none twice"),
    ] = Field(default_factory=lambda: [VolumeSettings()])

    @field_validator("volume")
    @classmethod
    def _each_time_once(cls, volume: list[VolumeSettings]) -> list[VolumeSettings]:
        times = [one.at for one in volume]
        twice = sorted({at for at in times if times.count(at) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands in two tables [[signs.volume]]")
        return volume

    def message(self, minute: int) -> Signs:
        """What a gate is told. minute: of the day; before the first time the last one of the day before goes on."""
        by_time = sorted(self.volume, key=lambda one: one.minute)
        level = [one.level for one in by_time if one.minute <= minute] or [by_time[-1].level]
        languages = {"both": codes.LANGUAGE_BOTH, "zh": codes.LANGUAGE_CHINESE, "en": codes.LANGUAGE_ENGLISH}
        return Signs(level[-1], languages[self.language])


class MetricsSettings(Section):
    """Numbers for Prometheus."""

    listen: Annotated[
        str,
        Field(
            pattern=r"^((\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5})?$",
            description='an address and a port in quotes, like "127.0.0.1:9464"; "" for none',
        ),
    ] = ""

    @field_validator("listen")
    @classmethod
    def _a_port(cls, listen: str) -> str:
        if listen and int(listen.rpartition(":")[2]) > PORT_MAX:
            raise ValueError(f"ports end at {PORT_MAX}")
        return listen

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port, None if nobody is to ask."""
        host, _, port = self.listen.rpartition(":")
        return (host.strip("[]"), int(port)) if port else None


class LogSettings(Section):
    """Where log lines go besides standard error. A relative path starts at the folder of the settings file."""

    file: Annotated[PathText, Field(description='a file in quotes, like "log/gatehouse.log"; "" for none')] = ""
    max_mb: Annotated[int, Field(ge=1, le=1000, description="whole megabytes from 1 to 1000")] = 10
    keep: Annotated[int, Field(ge=0, le=1000, description="a whole number of files from 0 to 1000")] = 8

    @property
    def path(self) -> Path | None:
        """The file, None if there is to be none."""
        return Path(self.file) if self.file else None

    def files(self) -> list[Path]:
        """What it may be called in the course of time, as LogFile rotates it."""
        if self.path is None:
            return []
        return [self.path, *(self.path.with_name(f"{self.path.name}.{number + 1}") for number in range(self.keep))]

    def open(self) -> LogFile | None:
        """The handler that writes it; made with its first line."""
        return LogFile(self.path, self.max_mb * 1_000_000, self.keep) if self.path is not None else None

    def below(self, folder: Path) -> "LogSettings":
        """The same with a path that no longer depends on the current folder."""
        return self.model_copy(update={"file": str(folder / self.file)}) if self.file else self


class GatehouseSettings(Section):
    """The whole file."""

    store: Annotated[StoreSettings, Field(description="a table [store]")]
    port: Annotated[list[PortSettings], Field(min_length=1, description="at least one table [[port]]")]
    rules: Annotated[RuleSettings, Field(description="a table [rules]")] = RuleSettings()
    cards: Annotated[CardSettings, Field(description="a table [cards]")] = CardSettings()
    lane: Annotated[LaneSettings, Field(description="a table [lane]")] = LaneSettings()
    lanes: Annotated[
        dict[str, LaneSettings],
        Field(default_factory=dict, description="tables like [lanes.A1], by the names of lanes"),
    ]
    signs: Annotated[SignSettings, Field(description="a table [signs]")] = SignSettings()
    metrics: Annotated[MetricsSettings, Field(description="a table [metrics]")] = MetricsSettings()
    log: Annotated[LogSettings, Field(description="a table [log]")] = LogSettings()
    platforms: Annotated[
        dict[str, PlatformSettings],
        Field(default_factory=dict, description="tables like [platforms.guangdong], by names of your choice"),
    ]
    lookup: Annotated[LookupSettings, Field(description="a table [lookup]")] = LookupSettings()
    route: Annotated[list[RouteSettings], Field(default_factory=list, description="tables [[route]]")]

    @field_validator("port")
    @classmethod
    def _each_port_once(cls, ports: list[PortSettings]) -> list[PortSettings]:
        urls = [port.url for port in ports]
        twice = sorted({url for url in urls if urls.count(url) > 1 and not url.startswith("loop://")})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands in two tables [[port]]")
        return ports

    def of_lane(self, name: str) -> LaneSettings:
        """The keys of [lane], but for those that [lanes.NAME] has."""
        own = self.lanes.get(name)
        return self.lane if own is None else self.lane.model_copy(update=own.model_dump(exclude_unset=True))

    @property
    def answer_limit_ms(self) -> int:
        """The longest that any lane waits; each gate keeps to its own limit."""
        return max([self.lane.answer_limit_ms, *(self.of_lane(name).answer_limit_ms for name in self.lanes)])

    @property
    def shortest_answer_limit_ms(self) -> int:
        """The shortest that any lane waits."""
        return min([self.lane.answer_limit_ms, *(self.of_lane(name).answer_limit_ms for name in self.lanes)])


def load(path: Path) -> GatehouseSettings:
    """The settings in a file. SettingsError names every problem with its line and what is allowed."""
    text = text_in(path, FILE_MAX_BYTES)
    settings = typed(text, path, GatehouseSettings)
    folder = path.resolve().parent
    below = {"store": settings.store.below(folder), "log": settings.log.below(folder)}
    platforms = {name: platform.below(folder) for name, platform in settings.platforms.items()}
    own = {"rules": settings.rules.below(folder), "platforms": platforms}
    settings = settings.model_copy(update={**below, **own})
    found = [
        *problems(settings.lookup, settings.route, settings.platforms, settings.shortest_answer_limit_ms),
        *misplaced(settings, path),
    ]
    told = sorted((line_of(text, loc), f"{dotted(loc)}: {said}") for loc, said in found)
    if wrong := [f"{path}, line {line}: {said}" for line, said in told]:
        raise SettingsError(wrong)
    return settings


def places_of(settings: GatehouseSettings, path: Path) -> Places:
    """Where the files of these settings lie, which `load` has taken from the file `path`."""
    return Places(path.resolve(), Path(settings.store.data), settings.store.keys_path)


def misplaced(settings: GatehouseSettings, path: Path) -> list[Problem]:
    """A sentence for each path that would harm another one, and where it stands."""
    places, log = places_of(settings, path), settings.log
    found: list[Problem] = [(("store", key), f"{said}. Choose another place.") for key, said in places.problems()]
    said = next(filter(None, map(places.taken, log.files())), "")
    if said:
        found.append((("log", "file"), f"{said}. Choose another place."))
    return found
