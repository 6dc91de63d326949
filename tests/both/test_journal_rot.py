"""Bits of the journal's flash that have changed by themselves: what is behind a head is kept, what is lost shows."""

from gate.journal import Journal, JournalBroken
from gate.ring import SLOTS
from gatelink import codes
from journal_history import settle, told
from primitives import refused
from ram_flash import Noise, RamFlash

BLOCKS = 5
HEAD_BYTES = 32
BEGUN = 4  # blocks that the journal below has begun
PASSAGES = 200


def kept_journal():
    """A flash with four blocks of passages that no house has taken, and what a gate tells that starts on it."""
    flash = RamFlash(BLOCKS)
    journal = Journal(flash, 1)
    for number in range(1, PASSAGES + 1):
        journal.append(codes.REPORT_OPENING, number, codes.REASON_GREEN)
        journal.append(codes.REPORT_PASSED, number, 0)
    return flash, told(Journal(flash.copy(), 1))


def flip(flash, block, noise, bits):
    """So many bits of a block's head."""
    for _ in range(bits):
        flash.memory[block][noise.below(HEAD_BYTES)] ^= 1 << noise.below(8)


def test_a_rotten_head_of_any_block_costs_no_record_and_no_number_comes_twice():
    noise = Noise(5)
    whole, expected = kept_journal()
    for block in range(BLOCKS):
        for bits in (1, 1, 1, 2, 3, 8, 40, 200):
            flash = whole.copy()
            flip(flash, block, noise, bits)
            journal = Journal(flash, 1)
            assert told(journal) == expected, (block, bits)
            again = Journal(flash, 1)
            again.passed(journal.newest_index())
            assert [record[:3] for record in told(again)] == [
                (journal.newest_index() + 1, codes.REPORT_BOOTED, journal.boot + 1)
            ]


def test_heads_that_are_all_rotten_cost_no_record():
    noise = Noise(6)
    whole, expected = kept_journal()
    flash = whole.copy()
    for block in range(BLOCKS):
        flip(flash, block, noise, 5)
    journal = Journal(flash, 1)
    assert flash.reads <= (BLOCKS + 2 * BEGUN) * SLOTS, "a start reads each slot a few times at most"
    assert told(journal) == expected


def test_a_ring_with_a_rotten_head_goes_round_as_ever():
    noise = Noise(7)
    for block in range(BLOCKS):
        flash, expected = kept_journal()
        flip(flash, block, noise, 3)
        journal = Journal(flash, 1)
        assert told(journal) == expected
        settle(journal)
        newest = expected[-1][0]
        for counter in range(8 * SLOTS):
            journal.append(codes.REPORT_NOT_OPENED, counter + 1, codes.REASON_RED)
            newest += 1
            assert [record[0] for record in told(journal)] == [newest]
            journal.tidy()
        assert flash.erases > BLOCKS


def test_an_opening_under_way_in_a_block_without_its_head_still_ends_unknown():
    noise = Noise(8)
    flash = RamFlash(BLOCKS)
    journal = Journal(flash, 1)
    while flash.memory[1][0] == 0xFF or journal.newest_index() < SLOTS + 3:
        journal.append(codes.REPORT_WRONG_WAY, 0, 0)
    journal.append(codes.REPORT_OPENING, 9, codes.REASON_GREEN)
    flip(flash, 1, noise, 4)
    assert told(Journal(flash, 1))[-1][1:4] == (codes.REPORT_UNKNOWN, 1, 9)


def test_a_rotten_record_leaves_a_hole_in_the_indices_that_the_house_enters_as_a_gap():
    flash, expected = kept_journal()
    for slot in (1, 60, SLOTS - 1):
        flash.memory[1][slot * HEAD_BYTES + 9] ^= 4
    lost = [SLOTS - 1 + slot for slot in (1, 60, SLOTS - 1)]
    assert told(Journal(flash, 1)) == [record for record in expected if record[0] not in lost]


def test_the_end_of_an_opening_that_found_no_room_at_a_start_is_not_forgotten():
    """Room for the start's own record only: what it has to end waits, and is told when there is room."""
    flash = RamFlash(2)
    journal = Journal(flash, 1)
    counter = 1
    while journal.free() > 10:
        journal.append(codes.REPORT_OPENING, counter, codes.REASON_STAFF)
        journal.append(codes.REPORT_PASSED, counter, 0)
        counter += 1
    journal.append(codes.REPORT_OPENING, counter, codes.REASON_STAFF)
    write = flash.write
    flash.write = lambda block, offset, data: write(block, offset, bytes(len(data)))
    refused(journal.append, codes.REPORT_PASSED, counter, 0, error=JournalBroken)
    while journal.free() > 2:
        journal.owing()
    flash.write = write
    journal = Journal(flash, 1)
    records = told(journal)
    assert records[-1][:3] == (journal.newest_index(), codes.REPORT_BOOTED, 2)
    settle(journal)
    assert [record[1:4] for record in told(journal)] == [(codes.REPORT_UNKNOWN, 1, counter)]
    assert journal.boot == 2
