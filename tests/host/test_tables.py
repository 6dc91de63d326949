"""Tables over names that came from outside: shown as they are, whole, and never understood as markup."""

import contextlib

import pytest
from click.testing import CliRunner
from gatehouse import noticeboard
from gatehouse.cli import main
from gatehouse.ledger import Ledger
from gatehouse.standing import Standings
from gatetools.cli import main as gate
from host.saved_station import entry

ODD = ("[/foo]", "[bold]North[/bold]", ":warning: 1", "[link=http://x]y", "[", "a\\[b]")
LONG = "North " * 40
PORT = "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_"


@pytest.fixture
def named(station):
    """A station with lanes of such names, in key file, ledger and notice."""
    station.write_config("loop://")
    station.data.mkdir()
    standings = Standings()
    for lane in ODD:
        station.enrol(lane)
        standings.note("up", lane, {"port": f"socket://{lane}"})
    with contextlib.closing(Ledger(station.data / "ledger.db")) as ledger:
        ledger.commit(*(entry(index, lane=lane) for index, lane in enumerate(ODD, start=1)))
    noticeboard.write(noticeboard.path_in(station.data), standings.all())
    return station


@pytest.mark.parametrize(
    ("command", "words"), [(main, ("gates",)), (main, ("ledger", "list")), (gate, ("list",)), (main, ("keys", "show"))]
)
@pytest.mark.parametrize("columns", ["160", "80"])
def test_brackets_and_colons_in_names_are_shown(named, monkeypatch, command, words, columns):
    """On every screen."""
    monkeypatch.setenv("COLUMNS", columns)
    done = CliRunner().invoke(command, [*words, "--config", str(named.config)])

    assert done.exit_code == 0, done.exception
    for lane in ODD:
        assert lane in done.output


def test_names_that_are_too_long_for_a_column_are_not_cut(station):
    """Two of them that differ at their end can be told apart."""
    station.write_config("loop://")
    standings = Standings()
    for end in "AB":
        station.enrol(LONG + end)
        standings.note("up", LONG + end, {"port": PORT * 4 + end})
    station.data.mkdir(exist_ok=True)
    noticeboard.write(noticeboard.path_in(station.data), standings.all())
    for command, words in ((main, "gates"), (gate, "list")):
        done = CliRunner().invoke(command, [words, "--config", str(station.config)])
        assert done.exit_code == 0, done.exception
        assert "…" not in done.output
        assert done.output.count("North") >= 80
