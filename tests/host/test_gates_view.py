"""`gatehouse gates`: every number under its own heading, whatever the screen."""

import io

import pytest
from gatehouse import gates_view
from gatehouse.standing import Standings
from gatelink import codes
from rich.console import Console

LANE, PORT = "East 1", "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"
TOLD = {
    "state": "idle",
    "rtt ms": "17",
    "waiting": "31",
    "queued": "23",
    "frames in/out": "101/102",
    "damaged": "103",
    "forged": "104",
    "again": "105",
    "NAKs in/out": "106/107",
    "sessions": "108",
}
COUNTED = {
    "frames_in": 101,
    "frames_out": 102,
    "damaged": 103,
    "forged": 104,
    "repeated": 105,
    "naks_in": 106,
    "naks_out": 107,
    "handshakes": 108,
}


@pytest.fixture
def standings():
    made = Standings()
    made.note("up", LANE, {"port": PORT})
    made.note("beat", LANE, {"state": 0, "waiting": 31})
    made.note("refused", LANE, {"reason": codes.REFUSED_WRONG_KEY})
    made.book(LANE, PORT, COUNTED, round_trip_ms=17, queued=23)
    return made.all()


def shown(standings, width):
    """Cells of each line."""
    screen = Console(width=width, file=io.StringIO())
    screen.print(gates_view.links(standings, width))
    return [
        [cell.strip() for cell in line.replace("┃", "│").split("│")] for line in screen.file.getvalue().splitlines()
    ]


def test_a_wide_screen_shows_a_row_for_each_lane(standings):
    """Numbers under their headings."""
    lines = shown(standings, 200)
    headings = next(cells for cells in lines if "lane" in cells)
    row = next(cells for cells in lines if LANE in cells)

    assert {heading: row[headings.index(heading)] for heading in TOLD} == TOLD
    assert any("refused: wrong key" in cell for cells in lines for cell in cells)


def test_a_narrow_screen_shows_a_table_for_each_lane(standings):
    """Eighty columns cut nothing: each heading stands beside its number."""
    lines = shown(standings, 80)
    pairs, heading = {}, ""
    for cells in (cells for cells in lines if len(cells) == 4):
        heading = cells[1] or heading
        pairs[heading] = pairs.get(heading, "") + cells[2]

    assert [LANE] in lines
    assert {heading: pairs[heading] for heading in TOLD} == TOLD
    assert pairs["port"] == PORT
    assert pairs["last error"].startswith("refused: wrong key")
