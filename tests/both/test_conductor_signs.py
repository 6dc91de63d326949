"""Signs at a whole gate: told in the pass in which something is shown, and never at the lane's cost."""

from gate import signals
from gate.facts import CardUnreadable
from gate.signs.speaker import REST_MS, Speaker
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
        self.breaks = ""

    def _may_break(self, what):
        if self.breaks == what:
            raise ValueError

    def show(self, signal, reason, now):
        self._may_break("show")
        self.shown.append((signal, reason))
        self.out = bytes((signal,))

    def tell(self, volume, language):
        self.told.append((volume, language))

    def bytes_to_send(self, now):
        self._may_break("bytes_to_send")
        out, self.out = self.out, b""
        return out

    def deadline(self):
        self._may_break("deadline")


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
    bench.sign.breaks = "show"
    opened(bench)
    assert bench.chip.relay
    assert bench.chip.signs[1], "green"
    bench.run(200)
    assert codes.FAULT_TASK_CRASHED in faults(bench)


def test_a_sign_that_always_fails_restarts_nothing_and_is_told_once():
    """Whichever of its methods it is; when it works again it shows what stands."""
    for broken in ("show", "bytes_to_send", "deadline"):
        bench = with_sign()
        bench.sign.breaks = broken
        for _ in range(3000):
            bench.turn()
            bench.conductor.deadline()
            bench.now += 10
        bench.visit()
        assert faults(bench) == [codes.FAULT_TASK_CRASHED], broken
        assert bench.dog.fed > 3000
        bench.order(codes.ORDER_LOCK)
        bench.run(100)
        bench.sign.breaks = ""
        bench.run(REST_MS + 100)
        assert bench.sign.shown[-1][0] == signals.OUT_OF_SERVICE, broken
        assert bench.sign_port.written[-1] == signals.OUT_OF_SERVICE


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
