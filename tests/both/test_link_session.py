"""Two ends on a virtual line: sessions come up, outlive what can be outlived, and are replaced without a gap."""

from gatelink import codes, events
from gatelink.gate_to_house import Report, Tap
from gatelink.house_to_gate import Verdict
from gatelink.keys import GateKeys
from gatelink.ticks import PERIOD, add
from link_pair import CHAIN_KEY, IDENTITY, STATIC_KEY, TAP, OneGate, Pair, answer_taps


def test_the_gate_seals_nothing_before_its_next_key_is_durable():
    pair = Pair(store=False)
    pair.run_until(lambda: pair.at_gate(events.StoreKeys))
    before = len(pair.sent["g>h"])
    pair.run(3000)
    assert not pair.gate.is_up()
    assert not pair.house.is_up()
    assert [f for f in pair.sent["g>h"][before:] if b"\xa1\x01\x0a" in f] == []
    event = pair.at_gate(events.StoreKeys)[0]
    pair.flash.advance(event.count, event.chain_key)
    pair.gate.keys_stored(pair.now)
    pair.bring_up()


def test_each_session_steps_the_key_once_on_both_sides():
    pair = Pair()
    for count in range(1, 6):
        pair.power_up_gate()
        pair.cut_line()
        pair.run_until(lambda want=count: pair.roster.count == want and pair.up())
        assert pair.flash.count == count
        assert bytes(pair.flash.chain_key) == pair.roster.chain_key
        assert bytes(pair.flash.chain_key) != CHAIN_KEY


def test_a_house_restored_from_an_old_copy_catches_up():
    pair = Pair(gate_keys=GateKeys(IDENTITY, STATIC_KEY, 0, CHAIN_KEY))
    pair.bring_up()
    for _ in range(4):
        pair.power_up_gate()
        pair.run(8000)
    pair.roster = OneGate()
    pair.start_house()
    pair.run(8000)
    assert pair.up()
    assert pair.roster.count == pair.flash.count


def test_a_rolled_back_gate_is_refused_and_raises_an_alarm():
    pair = Pair().bring_up()
    pair.flash = GateKeys(IDENTITY, STATIC_KEY, 0, CHAIN_KEY)
    pair.power_up_gate()
    pair.run(6000)
    assert not pair.gate.is_up()
    assert [alarm.reason for alarm in pair.at_house(events.Alarm)][:1] == [codes.REFUSED_ROLLED_BACK]
    assert pair.at_house(events.Alarm)[0].identity == IDENTITY


def test_a_gate_with_a_wrong_static_key_gets_no_session_and_the_house_no_data():
    pair = Pair(roster=OneGate(static_key=bytes(32)))
    pair.run(12000)
    assert not pair.gate.is_up() and not pair.house.is_up()
    assert pair.gate.counters.refused > 0
    assert [alarm.reason for alarm in pair.at_house(events.Alarm)] == [codes.REFUSED_WRONG_KEY]
    assert pair.stored == []


def test_a_gate_with_a_wrong_chain_key_gets_no_session():
    pair = Pair(roster=OneGate(chain_key=bytes(32)))
    pair.run(8000)
    assert not pair.gate.is_up() and not pair.house.is_up()
    assert pair.stored == []


def test_a_proof_made_with_another_key_raises_an_alarm_and_steps_nothing():
    def forge(way, frame, index):
        suite = pair.gate._suite
        if way == "g>h" and suite.decode(suite.unstuff(frame[1:-1]))[0] == 3:
            return b"\0" + suite.stuff(suite.encode([3, bytes(16)])) + b"\0"
        return frame

    pair = Pair()
    pair.tamper = forge
    pair.run(3000)
    assert pair.stored == []
    assert pair.roster.count == 0
    assert pair.at_house(events.Alarm)[0].reason == codes.REFUSED_WRONG_KEY
    pair.tamper = None
    pair.bring_up()


def test_an_unknown_gate_is_refused():
    pair = Pair(gate_keys=GateKeys(b"STRANGER", STATIC_KEY, 0, CHAIN_KEY))
    pair.run(3000)
    assert not pair.gate.is_up()
    assert pair.at_house(events.Alarm)[0].reason == codes.REFUSED_UNKNOWN_GATE


def test_a_gate_of_a_later_protocol_version_is_refused_by_name():
    pair = Pair()
    later = pair.gate._suite.encode([1, IDENTITY, bytes(16), 0, [2, 3]])
    pair.house.receive(b"\0" + pair.gate._suite.stuff(later) + b"\0", pair.now)
    alarm = pair.house.next_event()
    assert alarm.reason == codes.REFUSED_VERSION
    assert alarm.identity == IDENTITY


def test_a_narrowed_version_range_is_no_downgrade_because_the_proof_covers_it():
    def narrow(way, frame, index):
        suite = pair.gate._suite
        decoded = suite.decode(suite.unstuff(frame[1:-1]))
        if way == "g>h" and decoded[0] == 1:
            decoded[4] = [1, 1, 9]
            return b"\0" + suite.stuff(suite.encode(decoded)) + b"\0"
        return frame

    pair = Pair()
    pair.tamper = narrow
    pair.cut_line()
    pair.run(6000)
    assert not pair.up()
    assert pair.stored == []


def test_every_lost_handshake_frame_is_made_up_for():
    for way in ("g>h", "h>g"):
        for lost in range(6):
            pair = Pair(tamper=lambda w, frame, index, way=way, lost=lost: b"" if (w, index) == (way, lost) else frame)
            assert pair.run_until(pair.up) is not None, (way, lost)
            pair.run(1500)
            assert pair.up(), (way, lost)


def test_power_cut_of_either_side_after_any_frame_ends_in_a_new_session():
    for victim in ("gate", "house"):
        for frame_number in range(8):
            pair = Pair()
            way = "g>h" if victim == "house" else "h>g"
            pair.run_until(lambda way=way, n=frame_number: len(pair.sent[way]) > n)
            if victim == "gate":
                pair.power_up_gate()
            else:
                pair.start_house()
            pair.cut_line()
            pair.run(9000)
            assert pair.up(), (victim, frame_number)
            assert pair.roster.count <= pair.flash.count


def test_a_cut_between_the_durable_step_and_the_first_sealed_frame_costs_nothing():
    pair = Pair(store=False)
    pair.run_until(lambda: pair.at_gate(events.StoreKeys))
    event = pair.at_gate(events.StoreKeys)[0]
    pair.flash.advance(event.count, event.chain_key)
    pair.power_up_gate()
    pair.store = True
    pair.bring_up()
    assert pair.roster.count == pair.flash.count == 2


def test_a_live_session_survives_garbage_strangers_and_half_handshakes():
    pair = Pair().bring_up()
    suite = pair.gate._suite
    ups = len(pair.at_house(events.Up))
    for body in (
        [1, IDENTITY, bytes(16), pair.flash.count, [1, 1]],
        [1, b"STRANGER", bytes(16), 0, [1, 1]],
        [3, bytes(16)],
        [1],
        [],
        [b"\xa1\x01\x0a", {4: b"xx", 6: b"\x01"}, bytes(20)],
        "text",
        {1: 2},
    ):
        pair.put_on_wire("g>h", b"\0" + suite.stuff(suite.encode(body)) + b"\0")
        pair.put_on_wire("h>g", b"\0" + suite.stuff(suite.encode(body)) + b"\0")
        pair.put_on_wire("g>h", bytes(range(1, 250)) * 5)
        pair.run(50)
    pair.run(3000)
    assert pair.up()
    assert len(pair.at_house(events.Up)) == ups
    assert pair.stored == [1]


def test_a_forged_who_steps_no_key_while_the_house_still_speaks():
    pair = Pair().bring_up()
    suite = pair.gate._suite
    for _ in range(30):
        pair.put_on_wire("h>g", b"\0" + suite.stuff(suite.encode([4])) + b"\0")
        pair.run(500)
    assert pair.stored == [1]
    assert len(pair.at_gate(events.Up)) == 1


def test_replaying_everything_ever_sent_changes_nothing():
    pair = Pair().bring_up()
    answer_taps(pair)
    pair.gate.send(Tap(*TAP), pair.now)
    pair.gate.send(Report(1, codes.REPORT_PASSED, 1, 7, 0, 0), pair.now)
    pair.run(1500)
    old = {way: list(frames) for way, frames in pair.sent.items()}
    pair.power_up_gate()
    pair.run(9000)
    assert pair.up()
    taps, verdicts, stored = len(pair.at_house(Tap)), len(pair.at_gate(Verdict)), list(pair.stored)
    for way in ("g>h", "h>g"):
        for frame in old[way]:
            pair.put_on_wire(way, frame)
            pair.run(30)
    pair.run(3000)
    assert pair.up()
    assert len(pair.at_house(Tap)) == taps
    assert len(pair.at_gate(Verdict)) == verdicts
    assert pair.stored == stored


def test_silence_ends_the_session_on_both_sides_and_the_line_comes_back_by_itself():
    pair = Pair().bring_up()
    pair.tamper = lambda way, frame, index: b""
    pair.run(5000)
    assert not pair.gate.is_up() and not pair.house.is_up()
    assert pair.at_gate(events.Down)[-1].reason == codes.DOWN_SILENCE
    pair.tamper = None
    assert pair.run_until(pair.up, 6000) is not None


def test_a_restarted_house_asks_who_and_is_answered_within_a_second_and_a_half():
    pair = Pair().bring_up()
    pair.run(2500)
    pair.start_house()
    took = pair.run_until(pair.up, 3000)
    assert took is not None and took < 1500, took


def test_a_house_that_is_restarted_twice_is_back_as_soon_as_after_the_first_time():
    pair = Pair().bring_up()
    for _ in range(2):
        pair.run(50)
        pair.start_house()
        took = pair.run_until(pair.up, 3000)
        assert took is not None and took < 700, took


def test_a_house_is_heard_to_ask_after_more_days_than_ticks_can_compare():
    pair = Pair().bring_up()
    for _ in range(9):
        # A day passes in which nothing arrives but what keeps the session.
        pair.now = add(pair.now, 24 * 3600 * 1000)
        for session in (pair.gate._session, pair.house._session):
            session._heard_at = session._made_at = pair.now
        pair.gate._beat_due = pair.house._beat_due = pair.now
        pair.run(100)
    assert len(pair.at_gate(events.Up)) == 1
    pair.start_house()
    took = pair.run_until(pair.up, 3000)
    assert took is not None and took < 700, took


def test_a_session_ends_when_a_restarted_house_has_proven_itself_though_no_key_is_stored_yet():
    pair = Pair().bring_up()
    pair.store = False
    pair.run(2000)
    pair.gate.send(Tap(1, 1, 1, b"11010519491231002X", 0, 0), pair.now)
    pair.start_house()
    assert pair.run_until(lambda: not pair.gate.is_up(), 1000) is not None
    assert [type(event) for event in pair.gate_events[-2:]] == [events.Down, events.StoreKeys]
    pair.gate.keys_stored(pair.now)
    assert pair.run_until(pair.up, 100) is not None
    assert len(pair.at_gate(events.Down)) == 1


def test_new_keys_after_a_day_take_no_tap_its_answer():
    pair = Pair().bring_up()
    answer_taps(pair)
    pair.store = False
    pair.gate._session._made_at = (pair.gate._session._made_at - 24 * 3600 * 1000) & (PERIOD - 1)
    assert pair.run_until(lambda: len(pair.at_gate(events.StoreKeys)) == 2, 1000) is not None
    pair.gate.send(Tap(1, 1, 1, b"11010519491231002X", 0, 0), pair.now)
    pair.run(100)
    assert len(pair.at_gate(Verdict)) == 1
    assert not pair.at_gate(events.Down)


def test_ticks_that_wrap_do_not_disturb_a_session():
    pair = Pair(now=PERIOD - 5000).bring_up()
    answer_taps(pair)
    for counter in range(1, 21):
        pair.gate.send(Tap(1, counter, 1, b"11010519491231002X", 0, 0), pair.now)
        pair.run(600)
    assert len(pair.at_gate(Verdict)) == 20
    assert len(pair.at_house(events.Up)) == 1


def test_a_day_later_new_keys_are_made_without_a_gap():
    pair = Pair().bring_up()
    made = pair.flash.count
    pair.gate._session._made_at = (pair.gate._session._made_at - 24 * 3600 * 1000) & (PERIOD - 1)
    pair.run(1000)
    assert pair.up()
    assert pair.flash.count == made + 1
    assert pair.at_gate(events.Down)[-1].reason == codes.DOWN_REPLACED


def test_a_gate_that_is_live_elsewhere_is_refused_while_that_lasts():
    pair = Pair()
    pair.roster.refusal = codes.REFUSED_LIVE_ELSEWHERE
    pair.run(2000)
    assert not pair.house.is_up()
    assert pair.at_house(events.Alarm)[0].reason == codes.REFUSED_LIVE_ELSEWHERE
    pair.roster.refusal = None
    pair.run(9000)
    assert pair.up()


def test_a_vanished_port_drops_the_session_and_a_new_cable_brings_it_back():
    pair = Pair().bring_up()
    pair.house.port_lost(pair.now)
    assert not pair.house.is_up()
    pair.run(9000)
    assert pair.up()
