"""Finds out what lies in a journal's ring of blocks. Loaded for the start alone.

A mount reads the heads, and behind them only the block begun last, so it costs the same however much waits. A block
whose head is not whole is read too: what the power or the years have done to 32 bytes costs none of the records behind
them.
"""

import struct

from gate.ring import BLANK, CARRIED, CLEAN, DIRTY, HEAD_LAYOUT, HEADLESS, LASTINGS, MARK, SLOTS, USED, whole

NO_NUMBER = 1 << 29  # behind every block that begins with the same index


def mount(flash: object, read: object) -> "tuple[bytearray, list[int], int, tuple[int, ...], list[int]]":
    """(state of each block, newest index in each, number of the newest whole head, what that carries, blocks since).

    read(block, slot): the bytes of a slot, until its next call. The last two are as Ring has them. Marks a flash that
    was never written.
    """
    state, last = bytearray(flash.blocks), [0] * flash.blocks
    number, carried = 0, (0,) * CARRIED
    begun = []  # (newest index before it, number, block, what its head carries beside that index)
    blank = []
    for block in range(flash.blocks):
        head = read(block, 0)
        state[block] = DIRTY
        if head[: len(MARK)] == MARK:
            if head[len(MARK) :] == BLANK[len(MARK) :]:
                state[block] = CLEAN
                continue
            if whole(head, len(MARK)):
                state[block] = USED
                numbered, newest, *others = struct.unpack_from(HEAD_LAYOUT, head, len(MARK))
                others.append(numbered % LASTINGS)
                begun.append((newest, numbered // LASTINGS, block, others))
                continue
        first = _first_index(read, block)
        if first > 0:
            state[block] = HEADLESS
            begun.append((first - 1, NO_NUMBER, block, None))
        elif first == 0:
            blank.append(block)
    begun.sort()
    for i in range(len(begun) - 1):
        last[begun[i][2]] = begun[i + 1][0]
    if not begun:
        # A partition that was never written is blank, and no erase can have been cut short in it.
        for block in blank:
            flash.write(block, 0, MARK)
            state[block] = CLEAN
        return state, last, number, carried, []
    i = len(begun) - 1
    while i and begun[i][3] is None:
        i -= 1
    if begun[i][3] is not None:
        number, carried = begun[i][1], (begun[i][0],) + tuple(begun[i][3])
    return state, last, number, carried, [one[2] for one in begun[i:]]


def _first_index(read: object, block: int) -> int:
    """The index that the records of a block begin with, -1 if it has none, 0 if it is blank all through."""
    blank = read(block, 0) == BLANK
    for slot in range(1, SLOTS):
        found = read(block, slot)
        if found != BLANK:
            if whole(found):
                return struct.unpack_from("<I", found)[0]
            blank = False
    return 0 if blank else -1
