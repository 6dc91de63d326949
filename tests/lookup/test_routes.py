"""Who is asked about whom: data, and no code."""

import re
import tomllib
from pathlib import Path

import pytest
from gatehouse import settings
from gatehouse.lookup import routes as routes_module
from gatehouse.lookup.lookup_settings import RouteSettings
from gatehouse.lookup.routes import Route, Routes
from gatehouse.settings_errors import SettingsError
from gatelink import codes

NAMES = ["guangdong", "beijing", "national", "plain"]
TABLES = """
[[route]]
cards = ["resident"]
regions = ["44"]
ask = ["guangdong", "national"]
[[route]]
cards = ["hmt_permit"]
regions = ["83"]
ask = ["plain"]
[[route]]
cards = ["hmt_permit", "foreign_2017", "foreign_2023"]
ask = ["national"]
[[route]]
cards = ["resident"]
ask = ["national"]
then = ["guangdong", "beijing"]
"""


@pytest.fixture
def routes():
    return Routes([RouteSettings(**one) for one in tomllib.loads(TABLES)["route"]], NAMES)


@pytest.mark.parametrize(
    ("kind", "number", "ask", "then"),
    [
        (codes.CARD_RESIDENT, b"440305190211114834", ("guangdong", "national"), ()),
        (codes.CARD_RESIDENT, b"110101190001010014", ("national",), ("guangdong", "beijing")),
        (codes.CARD_HMT_PERMIT, b"830000199408230021", ("plain",), ()),
        (codes.CARD_HMT_PERMIT, b"810000199408230021", ("national",), ()),
        (codes.CARD_FOREIGN_2017, b"KAZ110090123105", ("national",), ()),
        (codes.CARD_FOREIGN_2023, b"911398199012310021", ("national",), ()),
        (codes.CARD_UID, b"04A1B2C3", (), ()),
    ],
)
def test_the_first_table_that_fits_decides(routes, kind, number, ask, then):
    """By kind of card and by the first characters of its number; foreign, Hong Kong, Macau and Taiwan cards too."""
    assert routes.choose(kind, number) == Route(ask, then)


def test_a_route_alone_says_that_an_early_answer_will_do():
    """Whoever is asked with it because of what was told before, and however short."""
    routes = Routes([RouteSettings(ask=["plain"], then=["national"], settle_ms=0), RouteSettings(ask=["plain"])], NAMES)
    found = routes.choose(codes.CARD_RESIDENT, b"110101190001010014", ["beijing"])
    assert found == Route(("plain", "beijing"), ("national",), 0.0)
    assert Routes([RouteSettings(ask=["plain"])], NAMES).choose(codes.CARD_RESIDENT, b"11").settle_s is None
    assert Routes([], NAMES).choose(codes.CARD_RESIDENT, b"11").settle_s is None


def test_who_told_a_colour_before_is_asked_with_the_first(routes):
    """Somebody from elsewhere whose code is Guangdong's: at once, and not twice."""
    found = routes.choose(codes.CARD_RESIDENT, b"110101190001010014", ["guangdong"])
    assert found == Route(("national", "guangdong"), ("beijing",))
    assert routes.choose(codes.CARD_RESIDENT, b"440305190211114834", ["guangdong"]).ask == ("guangdong", "national")
    assert routes.choose(codes.CARD_UID, b"04A1B2C3", ["guangdong"]) == Route(())


def test_without_tables_everybody_is_asked():
    assert Routes([], NAMES).choose(codes.CARD_RESIDENT, b"110101190001010014") == Route(tuple(NAMES))
    assert Routes([], []).choose(codes.CARD_RESIDENT, b"110101190001010014") == Route(())


PLATFORM = '[platforms.plain]\ndialect = "plain"\nurl = "https://codes.example.cn"\ncredentials = "c"\n'


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            '[[route]]\nask = ["plane"]',
            "route[1].ask: there is no table [platforms.plane]; those that there are: plain.",
        ),
        ('[[route]]\nask = ["plain"]\nthen = ["x"]', "route[1].then: there is no table [platforms.x]"),
        ("[[route]]\nask = []", "route[1].ask: an empty list"),
        ('[[route]]\nask = ["plain"]\ncards = ["uid"]', '"uid" is none of them'),
        ('[[route]]\nask = ["plain"]\nregions = ["粤"]', "route[1].regions"),
        ("[lookup]\nbudget_ms = 1400", "lookup.budget_ms: a lane waits for 1500 ms"),
        ("[lanes.A1]\nanswer_limit_ms = 900", "lookup.budget_ms: a lane waits for 900 ms"),
        ("[lookup]\nbudget_ms = true", "lookup.budget_ms"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, more, said):
    """A route to nobody, a kind that no platform knows, a budget that no lane waits for."""
    path = tmp_path / "gatehouse.toml"
    path.write_text(
        f'[store]\ndata = "data"\nkeys = "keys/keys.db"\n[[port]]\nurl = "loop://"\n{PLATFORM}{more}\n', "utf-8"
    )
    with pytest.raises(SettingsError) as wrong:
        settings.load(path)
    assert said in str(wrong.value)
    assert "line " in str(wrong.value)


def test_the_tables_of_the_guide_load(tmp_path):
    """As they stand there, with the platforms that they name."""
    guide = Path(routes_module.__file__).parents[1] / "platforms" / "README.md"
    (tables,) = re.findall(r"```text\n(\[\[route.*?)```", guide.read_text("utf-8"), re.DOTALL)
    path = tmp_path / "gatehouse.toml"
    named = "".join(PLATFORM.replace("plain]", f"{name}]") for name in ("guangdong", "national", "shanghai"))
    path.write_text(
        f'[store]\ndata = "data"\nkeys = "keys/keys.db"\n[[port]]\nurl = "loop://"\n{named}{tables}', "utf-8"
    )
    loaded = Routes(settings.load(path).route, ["guangdong", "national", "shanghai"])
    assert loaded.choose(codes.CARD_RESIDENT, b"440305190211114834") == Route(("guangdong", "national"), ("shanghai",))
    assert loaded.choose(codes.CARD_HMT_PERMIT, b"820000199408230021") == Route(("guangdong",))
    assert loaded.choose(codes.CARD_HMT_PERMIT, b"830000199408230021") == Route(("national",))


def test_routes_that_are_right_load(tmp_path):
    path = tmp_path / "gatehouse.toml"
    path.write_text(
        f'[store]\ndata = "data"\nkeys = "keys/keys.db"\n[[port]]\nurl = "loop://"\n{PLATFORM}'
        '[lookup]\nbudget_ms = 600\n[[route]]\nask = ["plain"]\nregions = ["44", "4503"]\n',
        "utf-8",
    )
    loaded = settings.load(path)
    assert (loaded.lookup.budget_ms, loaded.route[0].ask, loaded.route[0].then) == (600, ["plain"], [])
