"""The sizes of keys and journal stand in several places, one of them for each world: they are the same."""

import re
from pathlib import Path

from gate import key_store, keyslots
from gate.journal import STAFF_RESERVED
from gate.ring import BLOCK_BYTES, SLOTS
from gatetools.chip.partitions import SECTOR_BYTES, named

ROOT = Path(__file__).resolve().parents[2]
CHIP = ROOT / "tools" / "gatetools" / "sim" / "machine" / "esp32.py"
README = ROOT / "firmware" / "README.md"


def test_the_partition_table_and_the_model_of_the_chip_say_the_same():
    """In blocks of one erase."""
    said = re.search(
        r'^BLOCKS = \{"keys": (\d+), "journal": int\(.* or (\d+)\)\}$', CHIP.read_text(encoding="utf-8"), re.M
    )
    assert said is not None
    assert SECTOR_BYTES == BLOCK_BYTES == key_store.BLOCK_BYTES
    assert [int(blocks) * SECTOR_BYTES for blocks in said.groups()] == [named("keys").size, named("journal").size]
    assert keyslots.BLOCKS * SECTOR_BYTES == named("keys").size


def test_the_readme_says_how_large_the_journal_is():
    """Its size, and how many records that is."""
    told = README.read_text(encoding="utf-8")
    blocks = named("journal").size // SECTOR_BYTES
    assert f"{named('journal').size // 1024} KiB, {blocks} blocks, {blocks * (SLOTS - 1)} records" in told
    assert f"the last {STAFF_RESERVED} of them" in told
