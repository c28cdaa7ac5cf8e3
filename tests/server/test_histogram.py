"""Tests of how durations are counted."""

from __future__ import annotations

from server.histogram import BOUNDS, Histogram


def test_a_duration_is_in_the_step_whose_end_it_does_not_exceed() -> None:
    histogram = Histogram()
    for seconds in (0.0, BOUNDS[0], BOUNDS[0] + 1e-9, BOUNDS[-1], BOUNDS[-1] + 1e-9):
        histogram.observe(seconds)
    counts = [0] * (len(BOUNDS) + 1)
    counts[0], counts[1], counts[-2], counts[-1] = 2, 1, 1, 1
    assert histogram.counts == counts
    assert sum(histogram.counts) == 5
    assert abs(histogram.total - 2.001) < 1e-6


def test_the_sum_never_falls() -> None:
    histogram = Histogram()
    histogram.observe(0.01)
    histogram.observe(-0.01)
    assert histogram.total == 0.01
    assert histogram.counts[0] == 1
