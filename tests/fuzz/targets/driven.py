"""A reader's driver under test: a clock that only moves when told, and a program of steps that moves it."""

from gatelink.ticks import add, diff

from .script import Script

STEPS_MAX = 60


class Driven:
    """A driver and its clock. `told`: what it sends and tells. A subclass has `feed`, which gives the driver bytes."""

    LOOKS_MAX = 8  # at the clock, in one wait

    def __init__(self, driver):
        self.now = 1000
        self.driver = driver(self.now)
        self.told = []

    def wait(self, ms):
        """Time passes; the driver looks at the clock as often as it wants to."""
        end = add(self.now, ms)
        for _ in range(self.LOOKS_MAX):
            due = self.driver.deadline()
            if due is None or diff(end, due) < 0:
                break
            if diff(due, self.now) > 0:  # not after a while in which nobody looked
                self.now = due
            self.feed(b"")
        self.now = end
        self.feed(b"")

    def play(self, data, steps):
        """Each step: a byte that chooses it, then what it needs."""
        script = Script(data)
        self.feed(b"")
        for _ in range(STEPS_MAX):
            if not script.more():
                break
            steps[script.byte() % len(steps)](self, script)
        return self
