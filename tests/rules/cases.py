"""Cards, statuses and moments of every kind, good and hostile, for properties."""

import dataclasses
import datetime

from gatehouse.clock import Moment
from gatehouse.rules.presented import Presented
from gatehouse.status import SILENCES, Heard, LabResult, LabTest, Outcome, Silent, Status
from hypothesis import strategies as st

NOW_S = 1_790_000_000
HOUR_S, DAY_S = 3600, 86400
NEAR = (0, 1, 119, 120, 121, HOUR_S, DAY_S, 2 * DAY_S, 3 * DAY_S, 4 * DAY_S)
# Around every limit that there is, on both sides of now, and where no clock goes.
TIMES = st.one_of(
    st.builds(
        lambda age, sign, off: NOW_S - sign * age + off,
        st.sampled_from(NEAR),
        st.sampled_from((1, -1)),
        st.integers(-1, 1),
    ),
    st.integers(NOW_S - 5 * DAY_S, NOW_S + 5 * DAY_S),
    st.sampled_from((0, -1, 1 << 31, 1 << 40, 1 << 62, -(1 << 62))),
)
GOOD_TIMES = st.integers(NOW_S - DAY_S, NOW_S)


def day_of(unix_s):
    """YYYYMMDD at the station."""
    return int(f"{datetime.datetime.fromtimestamp(unix_s).astimezone():%Y%m%d}")


SILENT = st.builds(Silent, st.sampled_from(("city", "nation", "")), st.sampled_from(SILENCES))


@st.composite
def moments(draw):
    """Most often a good clock; one that was set back, one that jumped forward, one that lost the time."""
    wall_s = draw(st.sampled_from((NOW_S, NOW_S, NOW_S, NOW_S + 0.5, NOW_S - 12 * HOUR_S, 1_000_000)))
    latest_s = wall_s + draw(st.sampled_from((0, 0, 0, 2, 120, 120.5, 121, 7200, 40 * DAY_S)))
    today = day_of(latest_s)
    return Moment(wall_s, latest_s, today, draw(st.sampled_from((today, today, today, day_of(latest_s - 3 * DAY_S)))))


def lab_tests(times=TIMES):
    """A test with any of its times told."""
    maybe = st.none() | times
    return st.builds(LabTest, st.sampled_from(LabResult) | st.just(LabResult.NEGATIVE), maybe, maybe, maybe)


def statuses(times=TIMES):
    """Every outcome, greens in plenty."""
    return st.builds(
        Status,
        st.sampled_from(Outcome) | st.just(Outcome.GREEN),
        times,
        st.sampled_from(("city", "city", "city", "")),
        st.text(max_size=5),
        st.none() | lab_tests(times),
        st.none() | st.integers(-1, 5),
        st.sampled_from((frozenset(), frozenset(), frozenset(("test_owed",)))),
        st.text(max_size=5),
        st.just(0) | times,
        st.none() | times,
    ).flatmap(with_silence)


def with_silence(status):
    """The same with somebody who was asked and is silent, most often in order."""
    some = st.lists(SILENT, min_size=1, max_size=2).map(tuple)
    heard = st.sampled_from((Heard.SOME, Heard.NONE))
    silent = st.builds(lambda who, what: dataclasses.replace(status, silent=who, heard=what), some, heard)
    contradiction = st.builds(lambda what: dataclasses.replace(status, heard=what), st.sampled_from(Heard))
    return st.just(status) | silent | contradiction


ANY_STATUS = statuses() | statuses(GOOD_TIMES)
GOOD_CARD = Presented(1, number_ok=True, valid_until=0)
CARDS = st.just(GOOD_CARD) | st.builds(
    Presented,
    st.sampled_from((0, 1, 2, 3, 4, 5, 6, 7, 255)),
    st.booleans(),
    st.sampled_from((0, 0, 1, 20200101, day_of(NOW_S), day_of(NOW_S) - 1, 99991231)),
    st.sampled_from((0, 0, 20200101, day_of(NOW_S), day_of(NOW_S) + 1, 99991231)),
)
