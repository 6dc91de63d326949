"""The journal when the power fails in every single write and erase of a long random history, torn ones included.

More of it, on either interpreter, see `journal_history`.
"""

from gate.journal import Journal
from gatelink import codes
from journal_history import CutFlash, History, cut_in, told
from ram_flash import RamFlash

STEPS = 700


def test_no_power_cut_loses_a_record_or_brings_one_back():
    for seed in (1, 2, 3):
        history = History(seed, 2 + seed)
        print("seed", seed)
        history.run(STEPS)
        assert history.cuts > STEPS // 3


def test_a_tap_is_counted_once_it_is_acknowledged_whatever_bit_the_power_fails_in():
    """From the first counted tap on, past a tally's end into the next one."""
    taken = [0]

    def cut(flash, block, offset, data):
        left = Journal(cut_in(flash, block, offset, data, 1 + taken[0]), 1)
        records = told(left)
        own = [record[1] for record in records].count(codes.REPORT_NOT_OPENED)
        many = sum(record[4] for record in records if record[1] == codes.REPORT_COUNTED)
        assert taken[0] <= own + many <= taken[0] + 1, (taken[0], own, many)

    flash = CutFlash(3, lambda *_: None)
    journal = Journal(flash, 1)
    while not taken[0] or journal.free() * 2 > 3 * 127:
        journal.append(codes.REPORT_NOT_OPENED, 1, codes.REASON_HOST_AWAY)
        taken[0] += 1
    flash.before = cut
    for _ in range(300):
        journal.append(codes.REPORT_NOT_OPENED, 1, codes.REASON_HOST_AWAY)
        taken[0] += 1


def test_a_block_whose_erase_was_cut_is_erased_again_before_it_is_used():
    """Even where every cell of it happens to read blank."""
    flash = RamFlash(2)
    journal = Journal(flash, 1)
    while journal.free() > 20:  # in the second of two blocks
        journal.append(codes.REPORT_OPENING, 1, codes.REASON_STAFF)
    told(journal)
    cut = flash.copy()
    cut.memory[0][:] = b"\xff" * 4096  # the erase had come so far, and its mark was not written
    cut.weak[0] = bytearray(flash.memory[0])
    again = Journal(cut, 1)
    again.passed(journal.cursor)
    free = again.free()
    assert free < 20
    assert again.tidy()
    assert not cut.weak
    assert again.free() == free + 127
