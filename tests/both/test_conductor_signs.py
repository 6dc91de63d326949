"""Signs at a whole gate: told in the pass in which something is shown, and never at the lane's cost."""

from gate import signals
from gate.facts import CardUnreadable
from gate.signs.speaker import Speaker
from gate_bench import GateBench
from gatelink import codes
from gatelink.house_to_gate import Signs
from test_conductor import faults, opened


class Sign:
    """Notes what it is told, and has one byte to send for each signal."""

    def __init__(self):
        self.shown = []
        self.told = []
        self.out = b""
        self.fails = False

    def show(self, signal, reason, now):
        if self.fails:
            raise ValueError
        self.shown.append((signal, reason))
        self.out = bytes((signal,))

    def tell(self, volume, language):
        self.told.append((volume, language))

    def bytes_to_send(self, now):
        out, self.out = self.out, b""
        return out

    def deadline(self):
        return None


class SignPort:
    written = b""

    def write(self, data):
        self.written += data


def with_sign():
    """A bench with a sign at its gate."""
    bench = GateBench()
    bench.sign, bench.sign_port = Sign(), SignPort()
    bench.signs = Speaker([(bench.sign, bench.sign_port)])
    bench.power_up()
    return bench.bring_up()


def test_a_sign_is_told_signal_and_reason_in_the_pass_in_which_they_are_shown():
    bench = opened(with_sign())
    assert bench.sign.shown[-2:] == [(signals.CHECKING, 0), (signals.GO, codes.REASON_GREEN)]
    assert bench.sign_port.written[-2:] == bytes((signals.CHECKING, signals.GO))


def test_a_sign_that_fails_costs_neither_passage_nor_light():
    bench = with_sign()
    bench.sign.fails = True
    opened(bench)
    assert bench.chip.relay
    assert bench.chip.signs[1], "green"
    bench.run(200)
    assert codes.FAULT_TASK_CRASHED in faults(bench)


def test_volume_and_language_of_the_house_reach_the_signs_and_stay_without_it():
    bench = with_sign()
    bench.house.send(Signs(24, codes.LANGUAGE_ENGLISH), bench.now)
    bench.run(100)
    assert bench.sign.told == [(24, codes.LANGUAGE_ENGLISH)]
    bench.house_there = False
    bench.run(8000)
    assert bench.sign.told == [(24, codes.LANGUAGE_ENGLISH)]
    assert bench.lane.settings.stored == 0


def test_a_lane_that_serves_nobody_says_so_to_whoever_lays_a_card_down():
    """Nobody has to see its lights."""
    bench = with_sign()
    bench.order(codes.ORDER_LOCK)
    bench.run(3000)
    assert not bench.chip.signs[3]
    shown = len(bench.sign.shown)
    bench.lay_card()
    bench.turn()
    assert bench.chip.signs[3], "it sounds"
    assert bench.sign.shown[shown:] == [(signals.OUT_OF_SERVICE, codes.REASON_STAFF)]
    bench.reader.found.append(CardUnreadable(codes.REASON_CARD_UNREADABLE))
    bench.run(3000)
    assert len(bench.sign.shown) == shown + 2
    assert not bench.taps()
