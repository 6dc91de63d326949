"""Settings of the gatehouse: one TOML file, checked as a whole before anything starts."""

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from gatelink import codes
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gatehouse.decide import Rules
from gatehouse.toml_lines import line_of


class SettingsError(Exception):
    """The file cannot be used; `problems` holds one sentence for each thing to mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Section(BaseModel):
    """Base of every table: nothing unknown, nothing converted on the quiet."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


# The description of a field is what an error message says is allowed.
Milliseconds = Annotated[int, Field(ge=100, le=60_000, description="whole milliseconds from 100 to 60000")]


class StoreSettings(Section):
    """Where things are kept."""

    data: Annotated[str, Field(min_length=1, description="a folder for register.db and ledger.db, in quotes")]
    keys: Annotated[str, Field(min_length=1, description="the key file, in quotes, outside the data folder's backup")]

    @property
    def register(self) -> Path:
        return Path(self.data) / "register.db"

    @property
    def ledger(self) -> Path:
        return Path(self.data) / "ledger.db"

    @property
    def keys_path(self) -> Path:
        return Path(self.keys)


class PortSettings(Section):
    """One serial port. Which gate is behind it shows at the handshake."""

    url: Annotated[
        str, Field(min_length=1, description='a port or pyserial URL in quotes, like "/dev/ttyUSB0" or "COM3"')
    ]
    baud: Annotated[int, Field(ge=1200, le=4_000_000, description="bits per second from 1200 to 4000000")] = 115200


class RuleSettings(Section):
    """Who may pass."""

    status_max_age_hours: Annotated[int, Field(ge=1, le=8760, description="whole hours from 1 to 8760")] = 24
    clock_tolerance_s: Annotated[int, Field(ge=0, le=3600, description="whole seconds from 0 to 3600")] = 120
    yellow: Annotated[Literal["deny", "refer"], Field(description='"deny" or "refer"')] = "refer"
    red: Annotated[Literal["deny", "refer"], Field(description='"deny" or "refer"')] = "deny"

    def rules(self) -> Rules:
        """The rules as the decision takes them."""
        words = {"deny": codes.DENY, "refer": codes.REFER}
        return Rules(self.status_max_age_hours * 3600, self.clock_tolerance_s, words[self.yellow], words[self.red])


class LaneSettings(Section):
    """What every gate is told when its session comes up."""

    pulse_ms: Annotated[int, Field(ge=100, le=500, description="whole milliseconds from 100 to 500")] = 300
    open_limit_ms: Milliseconds = 5000
    answer_limit_ms: Annotated[int, Field(ge=100, le=5000, description="whole milliseconds from 100 to 5000")] = 1500


class GatehouseSettings(Section):
    """The whole file."""

    store: Annotated[StoreSettings, Field(description="a table [store]")]
    port: Annotated[list[PortSettings], Field(min_length=1, description="at least one table [[port]]")]
    rules: Annotated[RuleSettings, Field(description="a table [rules]")] = RuleSettings()
    lane: Annotated[LaneSettings, Field(description="a table [lane]")] = LaneSettings()


def load(path: Path) -> GatehouseSettings:
    """The settings in a file. SettingsError names every problem with its line and what is allowed."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as failure:
        raise SettingsError([f"{path}: cannot be read ({failure.strerror})"]) from None
    except UnicodeDecodeError:
        raise SettingsError([f"{path}: is not UTF-8 text"]) from None
    try:
        return GatehouseSettings.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as failure:
        raise SettingsError([f"{path}: not TOML: {failure}"]) from None
    except ValidationError as failure:
        problems = [_sentence(text, error["loc"], error["type"]) for error in failure.errors(include_url=False)]
        raise SettingsError([f"{path}, {problem}" for problem in problems]) from None


def _sentence(text: str, path: tuple[str | int, ...], kind: str) -> str:
    where = f"line {line_of(text, path)}: {_dotted(path)}"
    section, field = _section_of(path[:-1]), str(path[-1])
    allowed = sorted(section.model_fields)
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(field, allowed, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        return f"{where}: there is no such key.{hint} Allowed here: {', '.join(allowed)}."
    info = section.model_fields.get(field)
    wanted = info.description if info and info.description else f"a table with {', '.join(allowed)}"
    if kind == "missing":
        return f"{where}: is missing. It takes {wanted}."
    return f"{where}: allowed is {wanted}."


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(f"[{part + 1}]" if isinstance(part, int) else part for part in path).replace(".[", "[")


def _section_of(path: tuple[str | int, ...]) -> type[Section]:
    """The section class that a path leads to."""
    section: Any = GatehouseSettings
    known: dict[str, type[Section]] = {
        "store": StoreSettings,
        "port": PortSettings,
        "rules": RuleSettings,
        "lane": LaneSettings,
    }
    for part in path:
        section = known.get(str(part), section)
    return section  # type: ignore[no-any-return]
