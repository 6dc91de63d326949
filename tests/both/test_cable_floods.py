"""Before it has proven itself nobody causes a flash write, a key step, growth, or the loss of a live session."""

from gate import lane_table as t
from gate_bench import TO_GATE, TO_HOUSE
from gatelink import codes, events, gate_handshake, house_handshake
from gatelink.gate_to_house import Tap
from gatelink.house_to_gate import Verdict
from gatelink.limits import ANSWERS_PER_SECOND, COUNTER_LIMIT, HOUSE_BODY_MAX_BYTES
from hostile_frames import Forger
from link_pair import Pair
from tapped_bench import TappedBench, decoded, flash_writes, is_sealed

ROUNDS = 12
ONE_FRAME_BYTES = 600


def held_bytes(thing, seen=None):
    """How much an end holds: the lengths of everything that is reachable from it."""
    seen = seen if seen is not None else []
    if thing is None or isinstance(thing, (int, bool, str)) or any(one is thing for one in seen):
        return 0
    if isinstance(thing, (bytes, bytearray)):
        return len(thing)
    seen.append(thing)
    if isinstance(thing, dict):
        return len(thing) + sum(held_bytes(one, seen) for one in thing.values())
    if isinstance(thing, (list, tuple)):
        return len(thing) + sum(held_bytes(one, seen) for one in thing)
    return held_bytes(getattr(thing, "__dict__", None), seen)


def flood(bench, rounds=ROUNDS, seed=7):
    """Everything in both directions, again and again; what both ends hold after the first round and at the end."""
    forger = Forger(seed, bench.roster.count)
    held = []
    for _ in range(rounds):
        session = bench.end._session or bench.end._pending
        for frame in forger.everything(session.kid if session else b"xx"):
            bench.tap.inject(TO_GATE, frame)
            bench.tap.inject(TO_HOUSE, frame)
            bench.run(5)
        bench.tap.seen.clear()
        bench.log.clear()
        held.append((held_bytes(bench.end), held_bytes(bench.house), len(bench.uplink._bulk)))
    return held[0], held[-1]


def asking():
    bench = TappedBench()
    bench.tap.cut = (TO_HOUSE, TO_GATE)
    bench.run(2500)
    assert bench.end._state == gate_handshake.ASKING
    return bench


def answered():
    """The gate's proof never arrives."""
    bench = TappedBench()
    bench.tap.change = lambda way, frame: b"" if (decoded(frame) or [0])[0] == 3 else frame
    bench.run(2500)
    assert bench.house._state == house_handshake.ANSWERED
    return bench


def proving():
    """READY never arrives."""
    bench = TappedBench()
    bench.tap.change = lambda way, frame: b"" if is_sealed(frame) else frame
    bench.run(100)
    assert bench.end._state == gate_handshake.PROVING
    assert bench.house._state == house_handshake.PROVEN
    return bench


def storing():
    """READY has come, and the flash must wait for the reader."""
    bench = TappedBench()
    bench.reader.is_busy = True
    bench.run(100)
    assert bench.end._state == gate_handshake.STORING
    return bench


def test_no_flood_before_a_session_writes_flash_steps_a_key_or_piles_up():
    for state in (asking, answered, proving, storing):
        bench = state()
        before = flash_writes(bench), bench.roster.count, bytes(bench.end._keys.chain_key)
        first, last = flood(bench)
        assert (flash_writes(bench), bench.roster.count, bytes(bench.end._keys.chain_key)) == before, state.__name__
        assert not bench.end.is_up()
        assert not bench.house.is_up()
        assert not [event for event in bench.heard if isinstance(event, events.KeysAdvanced)]
        for now, then in zip(last, first):
            assert now <= then + ONE_FRAME_BYTES, (state.__name__, first, last)
        assert bench.chip.failures == []
        # When it is over the link comes up as if nothing had been.
        bench.tap.cut, bench.tap.change, bench.reader.is_busy = (), None, False
        bench.bring_up()
        bench.swipe()
        assert bench.pulses() == 1, state.__name__


def test_a_live_session_outlives_every_flood_and_answers_taps_meanwhile():
    bench = TappedBench().bring_up()
    bench.run(2000)
    before = flash_writes(bench), bench.roster.count
    first, last = flood(bench)
    assert (flash_writes(bench), bench.roster.count) == before
    for now, then in zip(last, first):
        assert now <= then + ONE_FRAME_BYTES, (first, last)

    forger = Forger(8, bench.roster.count)
    for pulses in (1, 2, 3):
        bench.lay_card()
        for frame in forger.everything(bench.end._session.kid):
            bench.tap.inject(TO_GATE, frame)
            bench.tap.inject(TO_HOUSE, frame)
            bench.run(5)
        assert bench.pulses() == pulses
        bench.tap.seen.clear()
        bench.run_until(lambda: bench.lane.state == t.S_IDLE)
    assert bench.end.counters.handshakes == 1
    assert not [event for event in bench.heard if isinstance(event, events.Down)]
    assert bench.end.counters.forged > 0
    assert bench.house.counters.forged > 0
    assert bench.chip.failures == []


def test_nothing_unsealed_is_ever_taken_for_a_message():
    for bench in (asking(), proving(), storing(), TappedBench().bring_up()):
        bench.answers = False
        bench.lay_card()
        bench.turn()
        heard = len(bench.heard)
        forger = Forger(3)
        session = bench.end._session or bench.end._pending
        for frame in forger.unsealed() + forger.sealed(session.kid if session else b"xx"):
            bench.tap.inject(TO_GATE, frame)
            bench.tap.inject(TO_HOUSE, frame)
            bench.run(5)
        assert bench.pulses() == 0
        taps = [event for event in bench.heard[heard:] if isinstance(event, Tap)]
        assert taps == [], "a tap that no card was laid for"
        assert bench.end.counters.ill_formed == bench.house.counters.ill_formed == 0


def test_hellos_cost_the_house_a_bounded_number_of_answers_and_alarms():
    bench = TappedBench().bring_up()
    bench.run(2000)
    forger = Forger(5, bench.roster.count)
    sent, heard = len(bench.tap.sent(TO_GATE)), len(bench.heard)
    started = bench.now
    for _ in range(100):
        for frame in forger.hellos():
            bench.tap.inject(TO_HOUSE, frame)
        bench.run(10)
    seconds = (bench.now - started) // 1000 + 1
    answers = [frame for frame in bench.tap.sent(TO_GATE)[sent:] if (decoded(frame) or [0])[0] == 2]
    alarms = [event for event in bench.heard[heard:] if isinstance(event, events.Alarm)]

    assert len(answers) <= ANSWERS_PER_SECOND * seconds
    assert 0 < len(alarms) <= ANSWERS_PER_SECOND * seconds


def test_a_replayed_proof_brings_a_bounded_number_of_readies():
    bench = proving()
    proof = next(frame for frame in bench.tap.sent(TO_HOUSE) if decoded(frame)[0] == 3)
    bench.house_there = False
    sealed = bench.house._provisional._sealer.counter
    for _ in range(400):
        bench.house.receive(proof, bench.now)
        bench.now += 5
    assert bench.house._provisional._sealer.counter - sealed <= 3 * ANSWERS_PER_SECOND


def test_a_session_whose_counters_are_used_up_is_replaced_by_another():
    for end in ("house", "end"):
        bench = TappedBench().bring_up()
        bench.run(1000)
        getattr(bench, end)._session._sealer.counter = COUNTER_LIMIT - 20
        bench.run(9000)
        assert bench.end.counters.handshakes == 2, end
        bench.bring_up()
        bench.swipe()
        assert bench.pulses() == 1, end
        assert bench.chip.failures == []


def test_whos_cost_a_live_session_nothing_while_the_house_speaks():
    bench = TappedBench().bring_up()
    bench.run(1000)
    writes = flash_writes(bench)
    for _ in range(1000):
        for frame in Forger(1).whos():
            bench.tap.inject(TO_GATE, frame)
        bench.run(10)
    assert flash_writes(bench) == writes
    assert bench.end.counters.handshakes == 1
    assert len([frame for frame in bench.tap.sent(TO_HOUSE) if decoded(frame)[0] == 1]) == 1


def test_cutting_the_cable_is_the_only_way_to_a_key_step_and_costs_one_for_each_cut():
    bench = TappedBench().bring_up()
    for cuts in range(1, 5):
        bench.run(1000)
        bench.tap.cut = (TO_GATE,)
        bench.run(4000)
        bench.tap.cut = ()
        bench.bring_up()
        bench.run(200)
        assert bench.roster.count == bench.end.counters.handshakes == 1 + cuts


def test_a_flood_of_half_the_wire_delays_a_tap_by_little():
    pair = Pair().bring_up()
    pair.run(2000)
    forger = Forger(9, pair.roster.count)
    frames = [one for one in forger.everything(pair.gate._session.kid) if len(one) <= HOUSE_BODY_MAX_BYTES]
    worst = 0
    for counter in range(1, 41):
        asked = pair.now
        pair.gate.send(Tap(1, counter, codes.CARD_RESIDENT, b"11010519491231002X", 0, 0), pair.now)
        answered = False
        for step in range(300):
            if step % 10 == 0:
                for way in ("g>h", "h>g"):
                    pair.put_on_wire(way, frames[(counter * 31 + step) % len(frames)][:57])
            pair.run(1)
            taps = pair.at_house(Tap)
            if not answered and taps and taps[-1].counter == counter:
                answered = True
                pair.house.send(Verdict(1, counter, codes.ALLOW, codes.REASON_GREEN, 1500), pair.now)
            verdicts = pair.at_gate(Verdict)
            if verdicts and verdicts[-1].counter == counter:
                worst = max(worst, pair.now - asked)
                break
        else:
            raise AssertionError("tap %d was not answered" % counter)
    assert worst <= 150, worst
    assert len(pair.at_gate(events.Up)) == 1
