"""What the bench says of readers and of heap is what it measured, and every lane that settings allow is in it."""

import asyncio

from gatetools.sim import qr

from tests.bench import combinations, plot_bars, reader_report, readers, sections
from tests.bench.bars import CLEAN, HEAP_KB
from tests.bench.cell import Cell
from tests.bench.reader_report import ReadersRun
from tests.bench.readers import Recovery, Times
from tests.bench.report import Path

RESULTS = Path(__file__).with_name("RESULTS.md")


def test_no_card_is_there_before_its_bytes_and_none_is_late():
    """Each kind of card, each ending of a code, each frame: the wire's own time, the silence where that ends it."""
    found = readers.times(1)

    assert len(found) == len(readers.KINDS) + len(qr.ENDINGS) + 1 + 2
    for one in found:
        # CR LF: the CR ends it, and a byte takes a millisecond.
        assert one.wire_ms - (1.1 if "CRLF" in one.name else 0) <= min(one.bytes_ms), one.name
        assert max(one.bytes_ms) <= reader_report.limit_ms(one), one.name
        assert all(laid >= taken for laid, taken in zip(one.laid_ms, one.bytes_ms, strict=False)), one.name


def test_a_reader_that_freezes_is_told_and_comes_back():
    """Not too soon: a card module has 3.5 s, a chip three replies; a reset line is low for a while."""
    found = {one.name.split(",")[0]: one for one in readers.recoveries(1)}

    assert set(found) == {"SAM_V", "QR", "PN532"}
    for one in readers.recoveries(1):
        assert 300 <= min(one.told_ms) <= max(one.told_ms) <= readers.TOLD_MS, one.name
        assert max(one.back_ms) <= readers.BACK_MS, one.name


def made(**changes):
    """A run in which all bars are met, but for what is changed."""
    parts = {
        "times": [Times("QR, ending CR", 33, 34.4, [35.0], [90.0]), Times("Wiegand, 26 bits", 26, 25.0, [75.0], [])],
        "recoveries": [Recovery("PN532", [1000.0], [300.0])],
        "heaps": [("sam_v", 9000), ("voice", 4000)],
        "relay": [Cell("whole", CLEAN, 60, 0, 0, 120.0, 98.0, [13.0] * 60)] * 3,
        "costs": [],
    }
    return ReadersRun(**(parts | changes))


def test_bars_of_readers_are_missed_by_whoever_misses_them():
    assert all(bar.met for bar in reader_report.bars(made()))
    for changes in (
        {"times": [Times("QR, ending CR", 33, 34.4, [35.0, 85.0], [])]},
        {"recoveries": [Recovery("PN532", [1000.0], [9000.0])]},
        {"heaps": [("sam_v", None)]},
        {"relay": [Cell("whole", CLEAN, 60, 0, 0, 120.0, 98.0, [18.0] * 60)] * 3},
    ):
        missed = made(**changes)
        assert [bar.met for bar in reader_report.bars(missed)].count(False) == 1
        assert reader_report.section(missed).count("**no**") == 1


def test_every_lane_that_settings_allow_was_measured_and_fits():
    """Whoever lets settings take one more has to measure it: make bench ARGS='--only heap'."""
    known = combinations.recorded(RESULTS.read_text(encoding="utf-8"))

    assert set(known) == set(combinations.allowed())
    assert max(known.values()) <= HEAP_KB
    assert {lane[0] for lane in known} == set(combinations.BOARDS)


def test_a_lane_over_the_bar_is_told():
    """In its row, in its board's, and in words that name it."""
    fitting = dict.fromkeys(combinations.allowed(), 170)
    assert all(bar.met for bar in combinations.bars(fitting))
    over = ("devkit", ("sam_v", "qr", "wiegand"), "voice")
    for kb in (193, None):
        heavy = fitting | {over: kb}
        missed = [bar for bar in combinations.bars(heavy) if not bar.met]

        assert len(missed) == 1
        assert "sam_v + qr + wiegand + voice" in missed[0].measured
        assert combinations.section(heavy).count("**no**") == 1


def test_pictures_are_drawn_also_of_what_was_missed(tmp_path):
    over = dict.fromkeys(combinations.allowed(), 170) | {("lane_a", ("sam_v",), ""): None}
    plot_bars.draw_heaps(over, tmp_path / "heap.svg")
    plot_bars.draw_times(made().times, tmp_path / "times.svg")

    assert "sam_v + qr + wiegand + voice" in (tmp_path / "heap.svg").read_text()
    assert "Wiegand, 26 bits" in (tmp_path / "times.svg").read_text()


def test_the_smallest_heap_is_found_from_any_guess():
    async def serves(kb):
        return kb >= 177

    for guess in (160, 176, 177, 178, 200):
        assert asyncio.run(combinations.smallest(guess, serves)) == 177
    assert asyncio.run(combinations.smallest(140, serves)) is None


def test_a_section_is_replaced_alone(tmp_path):
    path = tmp_path / "RESULTS.md"
    path.write_text("# All\n\n## One\n\nold\n\n## Two\n\ntext\n", encoding="utf-8")
    sections.replace(path, "## One", "## One\n\nnew\n")
    sections.replace(path, "## Three", "## Three\n\nlast\n")

    assert path.read_text(encoding="utf-8") == "# All\n\n## One\n\nnew\n\n## Two\n\ntext\n\n## Three\n\nlast\n"
