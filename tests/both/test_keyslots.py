"""Keys in raw flash: the newest whole entry wins, no used one survives, a power cut anywhere leaves a usable gate."""

from gate.key_store import ENTRIES, KeysBroken
from gate.keyslots import BLOCKS, KeySlots
from gatelink.keys import step
from link_pair import IDENTITY, STATIC_KEY
from ram_flash import PowerCut, RamFlash

FIRST = bytes(range(100, 132))


def enrolled():
    flash = RamFlash(BLOCKS)
    KeySlots(flash).enrol(IDENTITY, STATIC_KEY, FIRST)
    return flash


def chain(count):
    key = FIRST
    for _ in range(count):
        key = step(key)
    return key


def test_a_blank_or_garbled_partition_is_not_enrolled():
    assert KeySlots(RamFlash(BLOCKS)).load() is None
    flash = RamFlash(BLOCKS)
    for block in range(BLOCKS):
        flash.memory[block][:] = bytes((i * 31 + block) & 0xFF for i in range(4096))
    assert KeySlots(flash).load() is None


def test_enrolled_keys_come_back():
    keys = KeySlots(enrolled()).load()
    assert (keys.identity, keys.static_key, keys.count, bytes(keys.chain_key)) == (IDENTITY, STATIC_KEY, 0, FIRST)


def test_a_hundred_and_fifty_steps_survive_restarts_and_leave_no_older_key_behind():
    flash = enrolled()
    for count in range(1, 151):
        slots = KeySlots(flash)
        assert slots.load().count == count - 1
        slots.store(count, chain(count))
        everything = b"".join(bytes(block) for block in flash.memory)
        assert chain(count) in everything
        assert chain(count - 1) not in everything, count
    keys = KeySlots(flash).load()
    assert (keys.count, bytes(keys.chain_key)) == (150, chain(150))
    assert flash.erases <= 3 + 150 // ENTRIES + 1


def test_a_power_cut_at_every_write_and_erase_leaves_the_old_or_the_new_key():
    steps = ENTRIES + 5
    flash = enrolled()
    slots = KeySlots(flash)
    slots.load()
    for count in range(1, steps):
        slots.store(count, chain(count))
    before = [bytes(block) for block in flash.memory]
    for torn in (0, 5, 40, 63):
        for cut_at in range(1, 5):
            cut = RamFlash(BLOCKS, cut_at, torn)
            cut.memory = [bytearray(block) for block in before]
            try:
                again = KeySlots(cut)
                assert again.load().count == steps - 1
                again.store(steps, chain(steps))
            except PowerCut:
                pass
            back = cut.after_power_up()
            keys = KeySlots(back).load()
            assert keys.count in (steps - 1, steps), (torn, cut_at)
            assert bytes(keys.chain_key) == chain(keys.count)
            everything = b"".join(bytes(block) for block in back.memory)
            assert chain(keys.count - 1) not in everything
            fresh = KeySlots(back)
            fresh.load()
            fresh.store(keys.count + 1, chain(keys.count + 1))
            assert KeySlots(back).load().count == keys.count + 1


def test_a_power_cut_during_the_erase_of_the_other_block_keeps_the_key():
    for torn in (0, 3, 30):
        flash = enrolled()
        slots = KeySlots(flash)
        slots.load()
        for count in range(1, ENTRIES):
            slots.store(count, chain(count))
        flash.cut_at = flash.operations + 1
        flash.torn = torn
        try:
            slots.store(ENTRIES, chain(ENTRIES))
        except PowerCut:
            pass
        else:
            raise AssertionError("the block change did not erase")
        assert KeySlots(flash.after_power_up()).load().count == ENTRIES - 1


def test_a_flash_that_does_not_keep_a_key_is_noticed():
    flash = enrolled()
    slots = KeySlots(flash)
    slots.load()
    flash.write = lambda block, offset, data: None
    try:
        slots.store(1, chain(1))
    except KeysBroken:
        return
    raise AssertionError("a key that was not kept was taken for stored")


OTHER = b"GATE-B2."
OTHER_STATIC = bytes(range(60, 92))
OTHER_FIRST = bytes(range(200, 232))
THIRD = b"GATE-C3."
THIRD_STATIC = bytes(range(40, 72))
THIRD_FIRST = bytes(range(150, 182))


def used(steps):
    """A gate that has stepped its key so often."""
    flash = enrolled()
    slots = KeySlots(flash)
    slots.load()
    for count in range(1, steps + 1):
        slots.store(count, chain(count))
    return flash


def whole(flash):
    keys = KeySlots(flash).load()
    return None if keys is None else (keys.identity, keys.static_key, keys.count, bytes(keys.chain_key))


def test_a_second_enrolment_leaves_nothing_of_the_first():
    for steps in (0, 3, ENTRIES - 1, ENTRIES, ENTRIES + 7):
        flash = used(steps)
        KeySlots(flash).enrol(OTHER, OTHER_STATIC, OTHER_FIRST)
        assert whole(flash) == (OTHER, OTHER_STATIC, 0, OTHER_FIRST)
        for gone in (IDENTITY, STATIC_KEY, chain(steps)):
            assert not flash.holds(gone), steps
        slots = KeySlots(flash)
        slots.load()
        slots.store(1, step(OTHER_FIRST))
        assert whole(flash) == (OTHER, OTHER_STATIC, 1, step(OTHER_FIRST))


def test_an_enrolment_cut_at_every_write_and_erase_leaves_the_old_or_the_new_gate():
    for steps in (None, 2, ENTRIES - 1):
        before = RamFlash(BLOCKS) if steps is None else used(steps)
        old = whole(before)
        new = (OTHER, OTHER_STATIC, 0, OTHER_FIRST)
        memory = [bytes(block) for block in before.memory]
        outcomes = []
        for torn in (0, 5, 40, 63):
            cut_at = 1
            while True:
                cut = RamFlash(BLOCKS, cut_at, torn)
                cut.memory = [bytearray(block) for block in memory]
                try:
                    KeySlots(cut).enrol(OTHER, OTHER_STATIC, OTHER_FIRST)
                except PowerCut:
                    pass
                else:
                    break
                back = cut.after_power_up()
                found = whole(back)
                assert found in (old, new), (steps, torn, cut_at)
                outcomes.append(found == new)
                # Whatever was left, the next try makes a whole gate of it and leaves nothing of the others.
                KeySlots(back).enrol(THIRD, THIRD_STATIC, THIRD_FIRST)
                assert whole(back) == (THIRD, THIRD_STATIC, 0, THIRD_FIRST)
                assert not back.holds(OTHER_FIRST) and not back.holds(OTHER_STATIC)
                assert steps is None or not back.holds(chain(steps))
                cut_at += 1
        assert True in outcomes or steps is None
        assert False in outcomes


def test_an_enrolment_interrupted_twice_is_one_of_the_three_gates():
    third = (THIRD, THIRD_STATIC, 0, THIRD_FIRST)
    for first_cut in range(1, 7):
        for second_cut in range(1, 7):
            flash = used(1)
            old = whole(flash)
            flash.cut_at, flash.operations, flash.torn = first_cut, 0, 20
            try:
                KeySlots(flash).enrol(OTHER, OTHER_STATIC, OTHER_FIRST)
            except PowerCut:
                pass
            flash = flash.after_power_up()
            flash.cut_at, flash.torn = second_cut, 20
            try:
                KeySlots(flash).enrol(THIRD, THIRD_STATIC, THIRD_FIRST)
            except PowerCut:
                pass
            assert whole(flash.after_power_up()) in (old, (OTHER, OTHER_STATIC, 0, OTHER_FIRST), third)
