"""Tests of how long packets are held back: what is waited for, and what is not."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.audio.delay import DelayEstimator
from roomcli.audio.samples import BLOCK, FRAME, RATE

MS = RATE // 1000


def learnt(latenesses: Iterable[float], estimator: DelayEstimator | None = None) -> DelayEstimator:
    """Return an estimator that saw packets that were so many milliseconds late, one after another.

    One that was used before goes on where it was.
    """
    estimator = estimator or DelayEstimator()
    first = getattr(estimator, "seen", 0)
    for n, late in enumerate(latenesses, first):
        estimator.observe(n * FRAME + round(late * MS), n * FRAME, True)
        estimator.seen = n + 1  # type: ignore[attr-defined]
    return estimator


def delay_ms(estimator: DelayEstimator) -> float:
    return estimator.delay_for(0) / MS


def quiet(count: int, seed: int = 1) -> list[float]:
    return list(np.random.default_rng(seed).uniform(0, 4, count))


def stall(ms: int) -> list[float]:
    return [float(late) for late in range(ms, 0, -20)]


def test_the_least_delay_is_taken_that_has_every_packet() -> None:
    assert delay_ms(learnt(quiet(500))) == 10
    assert delay_ms(learnt([0.0] * 500)) == 0
    jitter = np.random.default_rng(1).uniform(0, 40, 2000)
    assert delay_ms(learnt(jitter)) in (30, 40)


def test_the_first_guess_holds_for_the_first_packets_and_no_longer() -> None:
    assert delay_ms(learnt([0.0] * 2)) >= 30, "nothing is known: better late than chopped"
    assert delay_ms(learnt([0.0] * 2, DelayEstimator(0.005))) <= 10
    for guess in (0.005, 0.040):
        rough = np.random.default_rng(2).uniform(0, 60, 25)
        assert delay_ms(learnt(rough, DelayEstimator(guess))) >= 30


def test_a_longer_delay_is_taken_at_once_and_left_with_patience() -> None:
    estimator = learnt(quiet(1000))
    rough = np.random.default_rng(2).uniform(0, 60, 25)
    assert delay_ms(learnt(rough, estimator)) >= 30, "half a second later"
    assert delay_ms(learnt(quiet(50), estimator)) >= 30, "and a second after it"
    assert delay_ms(learnt(quiet(5000), estimator)) <= 10


def test_one_stall_is_no_reason_to_be_late_and_many_are() -> None:
    estimator = learnt(quiet(1000))
    assert delay_ms(learnt([*stall(300), *quiet(50)], estimator)) == 10
    for _ in range(14):
        learnt([*stall(100), *quiet(20)], estimator)
    assert delay_ms(estimator) >= 80


def test_packets_so_rare_that_waiting_costs_more_are_not_waited_for() -> None:
    late = [80.0 if n % 250 == 100 else 2.0 for n in range(4000)]  # 0.4 %, worth 8 ms
    assert delay_ms(learnt(late)) == 0
    late = [40.0 if n % 25 == 10 else 2.0 for n in range(4000)]  # 4 %, worth 80 ms
    assert delay_ms(learnt(late)) == 40


@pytest.mark.parametrize("change", [-60, -20, 20, 60])
def test_another_route_is_followed_and_is_no_jitter(change: int) -> None:
    estimator = learnt(60 + late for late in quiet(500))
    before = estimator.base
    learnt((60 + change + late for late in quiet(150, 2)), estimator)
    assert abs(estimator.base - before - change * MS) <= 2 * MS
    assert delay_ms(estimator) == 10


def test_a_longer_route_is_waited_for_before_it_is_known_as_one() -> None:
    estimator = learnt(60 + late for late in quiet(500))
    before = estimator.base
    learnt((110 + late for late in quiet(50, 2)), estimator)
    assert estimator.base == before
    assert delay_ms(estimator) in (50, 60)


@pytest.mark.parametrize("ppm", [-300, 300])
def test_drift_is_no_jitter(ppm: int) -> None:
    late = [n * 20 * ppm * 1e-6 + each for n, each in enumerate(quiet(20_000))]
    assert delay_ms(learnt(late)) == 10


def test_packets_that_waited_for_this_machine_do_not_count() -> None:
    estimator, spared = learnt(quiet(1000)), learnt(quiet(1000))
    for still in range(10):
        first = 1000 + still * 15
        now = (first + 10) * FRAME
        for n in range(first, first + 11):
            estimator.observe(now, n * FRAME, True)
            spared.observe(now, n * FRAME, True)
        spared.excuse(now - 1)
    assert delay_ms(estimator) >= 100
    assert delay_ms(spared) == 10


_late = st.one_of(st.floats(0, 50), st.floats(0, 5000), st.sampled_from([0.0, 499.0, 501.0]))


@given(st.lists(_late, min_size=1, max_size=150), st.integers(-(10**7), 10**7))
def test_delay_fits_the_blocks_and_is_never_over_half_a_second(
    late: list[float], phase: int
) -> None:
    delay = learnt(late).delay_for(phase)
    assert (delay - phase) % BLOCK == 0
    assert 0 <= delay < 500 * MS
