"""Who steals a gate, with all that is in its flash and memory, opens nothing of what was captured before."""

import gc
import itertools
import types

import pytest
from cobs import cobs
from cryptography.exceptions import InvalidTag
from gate.keyslots import KeySlots
from gate_bench import TO_GATE, TO_HOUSE
from gatelink import codes, events
from gatelink.keys import step
from gatelink.limits import CATCH_UP_STEPS
from link_pair import CHAIN_KEY
from oracles import link_oracle as oracle
from ram_flash import PowerCut
from tapped_bench import TappedBench, decoded, is_sealed

NOT_THE_GATES = (
    types.ModuleType,
    types.FunctionType,
    types.MethodType,
    types.BuiltinFunctionType,
    type,
    types.FrameType,
)


def bodies(captured, direction, kind):
    """Bodies of the clear messages of one kind."""
    frames = [frame for way, frame in captured if way == direction and not is_sealed(frame)]
    return [cobs.decode(frame.strip(b"\0")) for frame in frames if decoded(frame)[0] == kind]


def sealed_bodies(captured):
    return [cobs.decode(frame.strip(b"\0")) for _, frame in captured if is_sealed(frame)]


def opened(captured, candidates):
    """How many sealed frames open under any candidate for a chain key, whichever handshake it belongs to."""
    handshakes = list(itertools.product(bodies(captured, TO_HOUSE, 1), bodies(captured, TO_GATE, 2)))
    found = 0
    for candidate in candidates:
        for hello, answer in handshakes:
            for way in oracle.directions(candidate, hello, answer):
                for body in sealed_bodies(captured):
                    found += opens(way, body)
    return found


def opens(way, body):
    try:
        way.open(body)
    except (AssertionError, InvalidTag):  # another session's id, or another key
        return False
    return True


def reachable_bytes(*roots):
    """Every byte string that can be reached from these objects, however deep; what the code shares is left out."""
    seen, found, waiting = set(), set(), list(roots)
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, NOT_THE_GATES):
            continue
        seen.add(id(thing))
        if isinstance(thing, (bytes, bytearray, memoryview)):
            found.add(bytes(thing))
        else:
            waiting += gc.get_referents(thing)
            waiting += vars(thing).values() if hasattr(thing, "__dict__") else []
    return found


def windows(data, size=32):
    """Every run of `size` bytes in it."""
    return {data[at : at + size] for at in range(len(data) - size + 1)}


def everything_in(bench):
    """All that a thief finds: each 32 bytes of the flash at any place, and each byte string in the gate's memory."""
    found = set()
    for flash in (bench.keys_flash, bench.journal_flash):
        for block in flash.memory:
            found |= windows(bytes(block))
    for one in reachable_bytes(bench.end, bench.uplink, bench.conductor._lane, bench.journal, bench.settings):
        found |= windows(one)
    return {one for one in found if len(set(one)) > 4}  # no key, but blank flash


def first_session():
    """A session with a swipe in it, and what was captured of it."""
    bench = TappedBench().bring_up()
    bench.swipe()
    captured = list(bench.tap.seen)
    assert len(sealed_bodies(captured)) > 8
    assert opened(captured, [CHAIN_KEY]) == len(sealed_bodies(captured)), "with the chain key of that time all opens"
    return bench, captured


def test_a_gate_stolen_in_its_next_session_opens_nothing_of_the_one_before():
    """Flash and all reachable memory, tried as chain key of every handshake."""
    bench, captured = first_session()
    bench.power_up()
    bench.bring_up()
    loot = everything_in(bench)

    assert bytes(bench.end._keys.chain_key) in loot, "the dump holds what the gate has"
    assert CHAIN_KEY not in loot
    assert opened(captured, loot) == 0


def test_a_gate_stolen_without_its_power_opens_nothing_at_all():
    """What the flash holds belongs to the session after the one under way."""
    bench, captured = first_session()
    bench.conductor = bench.uplink = bench.end = bench.lane = None
    loot = set()
    for flash in (bench.keys_flash, bench.journal_flash):
        for block in flash.memory:
            loot |= windows(bytes(block))

    assert opened(captured, {one for one in loot if len(set(one)) > 4}) == 0


def test_keys_of_a_session_that_has_ended_are_not_in_the_gates_memory():
    """Neither chain key nor session keys can be reached, while it rests, asks again, and in the session after."""
    bench, captured = first_session()
    (hello,), (answer,) = bodies(captured, TO_HOUSE, 1), bodies(captured, TO_GATE, 2)
    old = [part for way in oracle.directions(CHAIN_KEY, hello, answer) for part in (way.key, way.context_iv)]

    def holds():
        found = reachable_bytes(bench.end, bench.uplink, bench.lane, bench.journal)
        return [secret for secret in [*old, CHAIN_KEY] if any(secret in one for one in found)]

    assert len(holds()) > 0, "the session under way has its keys"
    bench.tap.cut = (TO_HOUSE, TO_GATE)
    bench.run(6000)
    assert not bench.end.is_up()
    assert holds() == []
    bench.tap.cut = ()
    bench.bring_up()
    assert holds() == []


def test_no_chain_key_that_was_used_is_in_the_raw_flash():
    """Over more sessions than a block has places for."""
    bench = TappedBench()
    used = []
    for _ in range(66):
        used.append(bytes(bench.end._keys.chain_key))
        bench.run_until(bench.end.is_up)
        raw = b"".join(bytes(block) for block in bench.keys_flash.memory)
        assert bytes(bench.end._keys.chain_key) in raw
        assert not [key for key in used if key in raw]
        bench.power_up()
    assert len(set(used)) == 66


@pytest.mark.parametrize("torn", [0, 1, 20, 44, 63])
@pytest.mark.parametrize("operation", [1, 2, 3])
def test_wherever_the_power_fails_no_data_was_ever_sealed_under_a_key_that_is_still_there(operation, torn):
    """Cut in each flash operation of the ratchet, stolen there and then, and after its next start."""
    bench, captured = first_session()
    bench.power_up()
    bench.keys_flash.operations, bench.keys_flash.cut_at, bench.keys_flash.torn = 0, operation, torn
    reached = cut(bench)
    assert reached == (operation <= 2), "an entry is written, the one before it zeroed"
    since = bench.tap.seen[len(captured) :]
    raw = b"".join(bytes(block) for block in bench.keys_flash.memory)
    candidates = {one for one in windows(raw) if len(set(one)) > 4}
    assert opened(captured, candidates) == 0
    if reached:
        # READY alone is sealed before the key is gone, and it holds nothing.
        gates_frames = [entry for entry in since if entry[0] == TO_HOUSE]
        assert sealed_bodies(gates_frames) == []

    bench.keys_flash.cut_at = 0
    bench.power_up()
    bench.bring_up()
    bench.swipe()
    assert bench.pulses() == 2


def cut(bench):
    """Run until the power fails in the flash; whether it did."""

    def fails(number, failure):
        if isinstance(failure, PowerCut):
            raise failure

    bench.supervisor._crashed = fails
    try:
        bench.run(1000)
    except PowerCut:
        return True
    return False


def test_what_a_thief_can_do_is_to_be_that_gate_until_it_is_revoked():
    """The promise has an end: with the newest copy he has a session, and the true gate is refused with an alarm."""
    bench, _ = first_session()
    thief = TappedBench()
    thief.roster = bench.roster
    thief.keys_flash.memory = [bytearray(block) for block in bench.keys_flash.memory]
    thief.start_house()
    thief.power_up()
    thief.run_until(thief.house.is_up)
    bench.start_house()
    bench.power_up()
    bench.run(6000)

    assert not bench.end.is_up()
    assert codes.REFUSED_ROLLED_BACK in [event.reason for event in bench.heard if isinstance(event, events.Alarm)]


@pytest.mark.parametrize("ahead", [CATCH_UP_STEPS, CATCH_UP_STEPS + 1], ids=["as far as it may", "too far"])
def test_a_thief_cannot_make_the_house_step_its_keys_for_ever(ahead):
    """A gate as far ahead as an old backup explains has a session; beyond that not one step is made, and staff told."""
    bench = TappedBench()
    chain_key = CHAIN_KEY
    for _ in range(ahead):
        chain_key = step(chain_key)
    slots = KeySlots(bench.keys_flash)
    slots.load()
    slots.store(ahead, chain_key)
    bench.power_up()
    bench.run(3000)

    too_far = ahead > CATCH_UP_STEPS
    assert bench.end.is_up() is not too_far
    assert bench.roster.count == (0 if too_far else ahead + 1)
    alarms = {event.reason for event in bench.heard if isinstance(event, events.Alarm)}
    assert alarms == ({codes.REFUSED_TOO_FAR_AHEAD} if too_far else set())
