"""The gate as a whole around its readers: one that fails, is silent, changes its rate or floods costs nobody else."""

from gate import lane_table as t
from gate.facts import ReaderFault, SetBaud
from gate_bench import GateBench, faults, opened
from gatelink import codes


def test_a_reader_that_crashes_is_reported_once_and_the_rest_goes_on():
    bench = GateBench().bring_up()
    bench.reader.fails = ValueError("11010519491231002X")
    for _ in range(10):
        bench.turn()
    bench.reader.fails = None
    bench.run(50)

    assert faults(bench) == [codes.FAULT_TASK_CRASHED]
    assert bench.chip.failures == [ValueError]
    assert bench.supervisor.crashes[1] == 10
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
    bench.conductor._readers = [(bench.reader, EndlessPort(b"\xaa" * 512))]
    bench.now += 310
    bench.supervisor.turn(bench.now)

    assert not bench.chip.relay
    assert bench.dog.fed > 0
    assert bench.chip.failures == []
