"""Tests of what a load says in all."""

from __future__ import annotations

import pytest

from roomcli.load.totals import LoadTotals


def heard(delays: list[list[int]], *, distinct: int, cpu: float = 0.2) -> dict[str, object]:
    """Return what a process of listeners says of a second."""
    delivered = sum(number for _, number in delays)
    return {
        "delivered": delivered,
        "distinct": distinct,
        "bytes": 100 * delivered,
        "lost": 0,
        "delays": delays,
        "cpu_share": cpu,
    }


def spoken(sent: int, *, lost: int = 0) -> dict[str, object]:
    """Return what the speakers' process says of a second."""
    return {"sent": sent, "skipped": 1, "lost": lost, "cpu_share": 0.1}


def test_seconds_and_processes_are_added_up() -> None:
    totals = LoadTotals(4)
    totals.add(
        spoken(50), [heard([[99, 100]], distinct=50), heard([[199, 98]], distinct=49, cpu=1.0)]
    )
    totals.add(spoken(50, lost=1), [heard([[99, 100]], distinct=50), heard([[499, 2]], distinct=1)])
    assert (totals.seconds, totals.sent, totals.held_back, totals.lost) == (2, 100, 2, 1)
    assert (totals.forwarded, totals.heard) == (100, 300)
    assert totals.skipped_rate == pytest.approx(0.25)
    assert (totals.delay_ms(0.5), totals.delay_ms(0.99), totals.delay_ms(1.0)) == (1.0, 2.0, 5.0)
    assert totals.mbit_s == pytest.approx(30_000 * 8 / 1e6 / 2)
    assert totals.mbit_s_per_listener == pytest.approx(totals.mbit_s / 4)
    assert totals.cpu_share == pytest.approx(0.6)
    assert not totals.is_bottleneck


def test_a_load_that_is_busy_itself_says_so() -> None:
    totals = LoadTotals(1)
    totals.add(spoken(1), [heard([[0, 1]], distinct=1, cpu=0.9)])
    assert totals.is_bottleneck


def test_where_nothing_came_there_is_no_delay_and_no_share() -> None:
    totals = LoadTotals(1)
    totals.add(spoken(50), [heard([], distinct=0)])
    assert totals.delay_ms(0.5) is None
    assert totals.skipped_rate is None
