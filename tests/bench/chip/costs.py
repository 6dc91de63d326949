"""Runs on MicroPython, against the compiled firmware: what each kind of message costs the gate. See `gate_side`.

Prints lines of words, for `gate_side` to read.

    pace MICROSECONDS               the fastest of the meter's plain loops
    kind NAME PACES BYTES LEAST     bytes allocated; the least free heap that it works in
    step NAME PACES BYTES           one step of a tap or a verdict, alone
    before NAME | after NAME        a map of the heap follows, to count the objects between the two
"""

from kinds import HANDSHAKE, Bench, kinds
from meter import ROUNDS, Pace, count, least_free, measured, median
from steps import steps

INNER = 8  # times that a step is done for one reading of the clock


def kind_costs(bench, prepare, act):
    times, sizes = [], []
    for _ in range(ROUNDS):
        prepare()
        took, size = measured(act)
        times.append(took)
        sizes.append(size)
        bench.settle()
    return median(times), median(sizes)


def step_costs(act):
    _, size = measured(act)
    return median([measured(act, INNER)[0] for _ in range(ROUNDS)]), size


def handshake_costs(bench, table):
    """The five frames of a handshake follow each other, so they are measured in one go."""
    costs = [([], []) for _ in table]
    for _ in range(ROUNDS):
        for (_, prepare, act), (times, sizes) in zip(table, costs):
            prepare()
            took, size = measured(act)
            times.append(took)
            sizes.append(size)
    for number, (name, prepare, act) in enumerate(table):

        def make_ready(before=table[:number], prepare=prepare):
            for _, prepare_one, act_one in before:
                prepare_one()
                act_one()
            prepare()

        make_ready()
        count(name, act)
        print("kind", name, median(costs[number][0]), median(costs[number][1]), least_free(make_ready, act, bench))


def main():
    bench = Bench()
    table = kinds(bench)
    handshake_costs(bench, table[:HANDSHAKE])
    bench.join()
    bench.settle()
    for name, prepare, act in table[HANDSHAKE:]:
        took, size = kind_costs(bench, prepare, act)
        prepare()
        count(name, act)
        bench.settle()
        print("kind", name, took, size, least_free(prepare, act, bench))
    for name, act in steps():
        took, size = step_costs(act)
        print("step", name, took, size)
    print("pace", Pace.best_us)


main()
