"""Tests of telling that this process stood still, by the gaps between its wake-ups."""

from __future__ import annotations

import numpy as np
import pytest

from roomcli.engine.standstill import StandstillWatch


@pytest.mark.parametrize("period", [0.003, 0.01, 0.02, 0.04, 0.1])
def test_a_device_that_asks_in_its_own_rhythm_stands_never_still(period: float) -> None:
    chance = np.random.default_rng(1)
    watch, now = StandstillWatch(0.0), 0.0
    stood = []
    for _ in range(300):
        now += period * chance.uniform(0.6, 1.4)
        stood.append(watch.has_stood(now))
    assert not any(stood[30:])


@pytest.mark.parametrize("stall", [0.05, 0.08, 0.3])
def test_a_standstill_is_told_each_time(stall: float) -> None:
    watch, now = StandstillWatch(0.0), 0.0
    for _ in range(5):
        for _ in range(100):
            now += 0.01
            assert not watch.has_stood(now)
        now += stall
        assert watch.has_stood(now)
