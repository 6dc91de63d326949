"""The supervisor: one part's failure is its own, and the watchdog is fed only when all parts had their turn."""

from gate.supervisor import CRASHES_MAX, Supervisor
from gate_bench import Dog


class Part:
    """Fails on the passes that it is told to."""

    def __init__(self, fails_on=()):
        self.fails_on = fails_on
        self.turns = 0

    def __call__(self, now):
        self.turns += 1
        if self.turns in self.fails_on:
            raise ValueError("a secret")


def test_every_part_has_its_turn_and_then_the_watchdog_is_fed():
    parts, dog = [Part(), Part(), Part()], Dog()
    supervisor = Supervisor(parts, dog, None)
    for now in range(5):
        supervisor.turn(now)

    assert [part.turns for part in parts] == [5, 5, 5]
    assert dog.fed == 5


def test_a_failure_costs_the_others_nothing_and_is_told_once_in_a_row():
    told = []
    parts, dog = [Part(), Part((2, 3, 4, 7)), Part()], Dog()
    supervisor = Supervisor(parts, dog, lambda number, failure: told.append((number, type(failure))))
    for now in range(8):
        supervisor.turn(now)

    assert [part.turns for part in parts] == [8, 8, 8]
    assert told == [(1, ValueError), (1, ValueError)]
    assert supervisor.crashes == [0, 4, 0]
    assert dog.fed == 8


def test_a_part_that_never_works_again_ends_the_run_unfed():
    dog = Dog()
    supervisor = Supervisor([Part(range(1, 1000))], dog, lambda number, failure: None)
    turns = 0
    try:
        while turns < 1000:
            turns += 1
            supervisor.turn(0)
    except RuntimeError:
        assert turns == CRASHES_MAX
        assert dog.fed == CRASHES_MAX - 1
        return
    raise AssertionError("it went on for ever")


def test_a_telling_that_fails_is_no_way_round_the_watchdog():
    def fails(number, failure):
        raise MemoryError

    dog = Dog()
    try:
        Supervisor([Part((1,))], dog, fails).turn(0)
    except MemoryError:
        assert dog.fed == 0
        return
    raise AssertionError("it was swallowed")
