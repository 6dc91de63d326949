"""The script to record, and the tables of signs: complete, and the same everywhere."""

import csv
import io

import pytest
from click.testing import CliRunner
from gate.signs.sayings import SAYINGS
from gatelink import codes
from gatetools import sayings
from gatetools.cli import main
from gatetools.pictures import signs


def printed(*arguments):
    done = CliRunner().invoke(main, ["prompts", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_every_file_stands_in_the_script_once():
    """In all languages, under the names that a module looks for."""
    lines = printed().splitlines()
    assert len(lines) == 3 * (SAYINGS - 1)
    assert lines[1] == "MP3/0002.mp3  zh    请通行"
    assert "MP3/0102.mp3  en    Please go through" in lines
    assert "MP3/0202.mp3  both  请通行。Please go through." in lines


@pytest.mark.parametrize("language", sayings.LANGUAGES)
def test_one_language_as_a_table_for_a_spreadsheet(language):
    """A head line, then its files alone."""
    head, *rows = csv.reader(io.StringIO(printed("--csv", "--language", language)))
    assert head == ["file", "language", "read out"]
    assert {row[1] for row in rows} == {language}
    assert len(rows) == SAYINGS - 1


def test_a_language_that_there_is_not_is_refused():
    """With those that there are."""
    done = CliRunner().invoke(main, ["prompts", "--language", "de"])
    assert done.exit_code == 2
    assert "'zh', 'en', 'both'" in done.output


def test_the_tables_show_every_signal_and_every_reason():
    """And no two lights are drawn alike."""
    rows = signs.signals_table().splitlines()[2:]
    lights = [row.split("|")[3] for row in rows]
    assert len(set(lights)) == len(signs.TO_DO) == len(sayings.signal_names())
    assert len(signs.reasons_table().splitlines()) == 2 + len(codes.names("REASON_"))
    assert "| stay | red | `██··██··" in signs.signals_table()
