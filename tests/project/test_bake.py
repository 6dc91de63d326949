"""Tables that are made beforehand are those that the firmware's own statements make."""

import importlib

import pytest
from gatetools.bake import bake
from gatetools.build import folded_sources

TABLES = ("gate.indicators", "gate.lane_table", "gate.readers.sam_v_table", "gate.signs.sayings")
SOURCES = {
    "parts": "SIZE = 4\ndef put(table, at):\n    table[at] = 7\n",
    "made": """\
from parts import SIZE, put
_AT = 2
TABLE = bytearray(
    SIZE)
put(TABLE, _AT)
def _spare():
    return _spare
for _i in range(2):
    TABLE[_i] = SIZE
def size():
    return SIZE + _KEPT
_KEPT = 1
""",
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_the_firmware_is_the_same_and_nothing_builds_it(name):
    table = bytes(importlib.import_module(name).TABLE)

    text = folded_sources()[name]
    assert repr(table) in text
    assert "bytearray(" not in text


def test_what_serves_the_table_alone_is_left_out_and_lines_stay():
    lines = bake(SOURCES)["made"].split("\n")

    assert lines[2:9] == [r"TABLE = b'\x04\x04\x07\x00'", "", "", "", "", "", ""]
    assert (lines[1], lines[9], lines[11]) == ("", "def size():", "_KEPT = 1")
    assert bake(SOURCES)["parts"] == SOURCES["parts"]


def test_what_the_table_needs_and_is_not_there_is_no_quiet_loss():
    with pytest.raises(KeyError):
        bake({"made": SOURCES["made"]})
