"""The gate as a whole around its readers: one that fails, is silent, changes its rate or floods costs nobody else."""

from gate import lane_table as t
from gate.conductor import REST_MS, WELL_MS
from gate.facts import BeamBlocked, CardSeen, ReaderFault, SetBaud
from gate_bench import GateBench, NoPort, Reader, faults, opened
from gatelink import codes
from gatelink.gate_to_house import Fault, Trace


def test_a_reader_that_crashes_is_reported_once_and_the_rest_goes_on():
    bench = GateBench().bring_up()
    bench.reader.fails = ValueError("11010519491231002X")
    bench.turn()
    bench.reader.fails = None
    bench.run(50)

    assert faults(bench) == [codes.FAULT_TASK_CRASHED]
    assert bench.chip.failures == [ValueError]
    assert bench.supervisor.crashes[1] == 0
    opened(bench)
    assert bench.chip.relay


def test_a_silent_reader_is_told_to_the_house_and_closes_the_lane():
    bench = GateBench().bring_up()
    bench.reader.found.append(ReaderFault(codes.FAULT_READER_SILENT, 0))
    bench.run(50)

    assert faults(bench) == [codes.FAULT_READER_SILENT]
    assert bench.lane.state == t.S_OUT_OF_SERVICE


def test_a_reader_that_wants_another_rate_gets_it_and_nobody_is_told():
    bench = GateBench().bring_up()
    bench.reader.found.append(SetBaud(19200))
    bench.run(50)

    assert bench.reader_port.baud == 19200
    assert (faults(bench), bench.lane.state) == ([], t.S_IDLE)


class Mine(Reader):
    """A driver of somebody else's. `breaks`: which of its methods raise; `calls`: how often it was asked."""

    CODE = 15
    breaks = ()
    baud = 9600
    calls = 0

    def feed(self, data, now):
        self.calls += 1
        self._may_break("feed")
        return Reader.feed(self, data, now)

    def bytes_to_send(self, now):
        self._may_break("bytes_to_send")
        return b""

    def deadline(self):
        self._may_break("deadline")
        return now_and_a_half if "no_time" in self.breaks else None

    def busy(self):
        self._may_break("busy")
        return False

    def _may_break(self, what):
        if what in self.breaks:
            raise ValueError("11010519491231002X")


now_and_a_half = 0.5


class TwoReaders(GateBench):
    """The usual reader, and before it one of another's making."""

    def readers(self):
        self.settings.readers = ["mine", "sam_v"]
        self.mine, self.mine_port = Mine(), NoPort()
        return [(self.mine, self.mine_port), (self.reader, self.reader_port)]


def told_of(bench, what):
    """Details of the faults of this kind."""
    return [event.detail for event in bench.heard if isinstance(event, Fault) and event.what == what]


def test_a_reader_that_always_raises_costs_no_other_reader_and_no_restart():
    """Whichever of its methods it is; for thousands of passes, in which the other one serves."""
    for broken in ("feed", "bytes_to_send", "deadline", "no_time", "busy"):
        bench = TwoReaders().bring_up()
        bench.mine.breaks = (broken,)
        for number in range(3000):
            bench.turn()
            bench.conductor.deadline()
            bench.now += 10
            if number % 500 == 100:
                bench.visit()
        assert bench.dog.fed > 3000
        assert bench.supervisor.crashes == [0] * len(bench.conductor.parts), broken
        assert len(bench.taps()) == 6
        assert told_of(bench, codes.FAULT_TASK_CRASHED) == [codes.PART_READER + 15]
        assert told_of(bench, codes.FAULT_READER_SILENT) == [256 * 15]
        (trace,) = [one for one in bench.heard if isinstance(one, Trace)]
        assert trace.part == codes.PART_READER + 15
        assert bench.mine_port.wiped
        # Left alone, but for a try each second.
        assert bench.mine.calls < 100


def test_a_reader_that_works_again_begins_anew_and_is_told_when_it_has_worked_for_a_while():
    bench = TwoReaders().bring_up()
    bench.mine.breaks = ("feed",)
    bench.run(1000)
    begun = bench.mine.begun
    bench.mine.breaks = ()
    bench.run(REST_MS)
    assert bench.mine.begun == begun + 1
    assert (bench.mine_port.baud, bench.mine_port.resets) == (9600, False)
    assert told_of(bench, codes.FAULT_READER_BACK) == []
    bench.run(WELL_MS)
    assert told_of(bench, codes.FAULT_READER_BACK) == [256 * 15]

    bench.mine.breaks = ("feed",)
    bench.turn()
    bench.run(100)
    assert len(told_of(bench, codes.FAULT_TASK_CRASHED)) == 2


def test_a_reader_that_begins_anew_and_finds_its_module_dead_is_not_told_to_be_back():
    bench = TwoReaders().bring_up()
    bench.mine.breaks = ("feed",)
    bench.run(1000)
    bench.mine.breaks = ()
    bench.run(REST_MS)
    bench.mine.found.append(ReaderFault(codes.FAULT_READER_SILENT, 0))
    bench.run(2 * WELL_MS)
    assert told_of(bench, codes.FAULT_READER_BACK) == []
    bench.mine.found.append(ReaderFault(codes.FAULT_READER_BACK, 0))
    bench.run(100)
    assert told_of(bench, codes.FAULT_READER_BACK) == [256 * 15]


def test_a_lane_whose_only_reader_fails_for_good_is_closed_and_does_not_restart():
    bench = GateBench().bring_up()
    bench.reader.fails = ValueError()
    bench.run(60000)
    assert bench.lane.state == t.S_OUT_OF_SERVICE
    bench.reader.fails = None
    bench.run(REST_MS + WELL_MS + 100)
    assert bench.lane.state == t.S_IDLE
    opened(bench)
    assert bench.chip.relay


def test_what_was_read_whole_before_a_driver_failed_is_a_question_and_wiped():
    bench = TwoReaders().bring_up()
    bench.mine.breaks = ("bytes_to_send",)
    bench.mine.found.append(CardSeen(bench.lay_card(), 0))
    bench.reader.found.clear()
    bench.turn()
    assert len(bench.taps()) == 1


def test_a_reader_tells_the_lane_of_nothing_but_cards_and_its_own_health():
    bench = TwoReaders().bring_up()
    bench.mine.found += [BeamBlocked(3), "a word", ReaderFault(codes.FAULT_READER_SELF_TEST, 2, codes.READER_SAM_V)]
    bench.run(100)
    assert bench.lane.state == t.S_IDLE
    assert told_of(bench, codes.FAULT_READER_SELF_TEST) == [256 * 15 + 2]


class EndlessPort:
    """A port on which somebody talks faster than anybody can listen."""

    def __init__(self, data):
        self.data = data
        self.reads = 0

    def read(self):
        self.reads += 1
        assert self.reads < 1000, "this pass never ends"
        return self.data

    def write(self, data):
        return None

    def wipe(self):
        return None


def test_a_flood_on_the_cable_or_from_the_reader_holds_no_part_up():
    bench = opened(GateBench().bring_up())
    bench.uplink._port = EndlessPort(b"\x00\x01" * 256)
    bench.conductor._seats[0].port = EndlessPort(b"\xaa" * 512)
    bench.now += 310
    bench.supervisor.turn(bench.now)

    assert not bench.chip.relay
    assert bench.dog.fed > 0
    assert bench.chip.failures == []
