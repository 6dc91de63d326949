"""Histograms count every value once and stay inside the terminal."""

import pytest
from gatetools.histogram import histogram, percentile
from hypothesis import given
from hypothesis import strategies as st

values_ms = st.lists(st.floats(0.001, 90_000), min_size=1, max_size=200)


@given(values_ms)
def test_every_value_is_in_one_class(values):
    """The counts add up, and no line is wider than a terminal."""
    lines = histogram(values, "ms")
    assert len(values) == sum(int(line.split()[-1]) for line in lines)
    assert all(len(line) <= 80 for line in lines)


def test_no_values_no_lines():
    """Nothing to draw."""
    assert [] == histogram([], "ms")


@given(values_ms, st.sampled_from([0.0, 0.01, 0.5, 0.99, 1.0]))
def test_a_percentile_is_one_of_the_values(values, share):
    """At least that share of the values does not exceed it."""
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6 * len(values)


def test_percentiles_of_a_known_row():
    """1 to 100."""
    row = [float(i) for i in range(1, 101)]
    assert (1.0, 50.0, 99.0, 100.0) == tuple(percentile(row, share) for share in (0.0, 0.5, 0.99, 1.0))


def test_no_values_have_no_percentile():
    """It is an error, not a zero."""
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)
