"""Tests of what has come and what is missing."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.protocol.audio import Ack
from roomcli.protocol.datagrams import ReceptionReport, split_ack
from roomcli.wire.udp.replay import WINDOW, ReplayWindow


def take(window: ReplayWindow, counter: int) -> bool:
    """Let a datagram come; return whether it was taken."""
    admitted = window.may_take(counter)
    if admitted:
        assert window.mark_taken(counter) == (counter == window.newest)
    return admitted


def missing_runs(came: set[int]) -> int:
    """Count the runs of neighbours that are missing below the newest."""
    missing = {n for n in range(max(came)) if n not in came}
    return sum(n - 1 not in missing for n in missing)


@given(st.lists(st.integers(0, 900), min_size=1, max_size=80))
def test_each_counts_once_and_the_runs_are_those_that_are_missing(counters: list[int]) -> None:
    window, came = ReplayWindow(), set[int]()
    assert window.reception(0) is None
    for counter in counters:
        assert take(window, counter) == (counter not in came)
        came.add(counter)
        told = ReceptionReport(3, max(came), len(came), missing_runs(came))
        assert window.reception(3) == told


@given(st.lists(st.integers(0, 2**32 - 1) | st.integers(2**31, 2**31 + 2100), max_size=60))
def test_nothing_is_taken_twice_or_from_before_the_window(counters: list[int]) -> None:
    window, came = ReplayWindow(), set[int]()
    for counter in counters:
        newest = max(came, default=-1)
        expected = counter not in came and counter > newest - WINDOW
        assert take(window, counter) == expected
        if expected:
            came.add(counter)
            reception = window.reception(0)
            assert reception
            # What is told passes the peer's check, whatever came.
            assert split_ack(Ack(0, 1).encode() + reception.encode())[1] == reception


def test_a_window_is_1024_long() -> None:
    window = ReplayWindow()
    assert take(window, 5000)
    assert take(window, 5000 - 1023)
    assert not take(window, 5000 - 1024)


@pytest.mark.parametrize("jump", [WINDOW - 1, WINDOW, 2**32 - 2])
def test_a_jump_takes_no_memory(jump: int) -> None:
    window = ReplayWindow()
    take(window, 0)
    tracemalloc.start()
    try:
        take(window, 1 + jump)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000
    assert not take(window, 1 + jump)
