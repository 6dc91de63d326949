"""The breaker under any order of events, late ones too."""

from gatehouse.platforms.breaker import Breaker, State
from hypothesis import given
from hypothesis import strategies as st

STEPS = st.lists(st.tuples(st.sampled_from(["ask", "good", "bad", "gone", "wait"]), st.integers(0, 5)), max_size=60)


class Clock:
    at_s = 0.0

    def __call__(self):
        return self.at_s


def opened():
    """A breaker that has just opened after two failures, its clock, and leave that was given before."""
    clock = Clock()
    breaker = Breaker(2, 10.0, clock)
    early = breaker.leave()
    for _ in range(2):
        breaker.failed(breaker.leave())
    assert breaker.state is State.OPEN
    return breaker, clock, early


def test_a_late_answer_does_not_close_it():
    """A question that left before it opened says nothing of how things are now, good or bad."""
    breaker, clock, early = opened()
    breaker.succeeded(early)
    assert (breaker.state, breaker.leave()) == (State.OPEN, None)
    clock.at_s = 10.0
    trying = breaker.leave()
    breaker.failed(early)
    breaker.succeeded(early)
    assert breaker.state is State.HALF_OPEN
    breaker.succeeded(trying)
    assert breaker.state is State.CLOSED


def test_failures_count_in_a_row():
    """One good answer between them, and it stays closed."""
    breaker = Breaker(2, 10.0, Clock())
    for _ in range(5):
        breaker.failed(breaker.leave())
        breaker.succeeded(breaker.leave())
    assert breaker.state is State.CLOSED


@given(steps=STEPS)
def test_any_order_of_events(steps):
    """No pair of state and event is missing; at most one tries at a time; after a rest there is always leave."""
    clock = Clock()
    breaker = Breaker(2, 10.0, clock)
    out = []
    for what, which in steps:
        if what == "ask":
            was = breaker.state
            leave = breaker.leave()
            assert leave is None or was is not State.HALF_OPEN
            out += [leave] if leave else []
        elif what == "wait":
            clock.at_s += 2.0 * which
        elif out:
            end = {"good": breaker.succeeded, "bad": breaker.failed, "gone": breaker.given_up}[what]
            end(out.pop(which % len(out)))
    for leave in out:
        breaker.given_up(leave)
    clock.at_s += 10.0
    assert breaker.leave() is not None
