"""Tests that a sound card that pauses counts as alive, and one that stops for good as dead."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from roomcli.audio.signs_of_life import SignsOfLife

LOOK = 0.25


def died_at(calls_until: Callable[[float], int], seconds: float) -> float | None:
    """Return when a card with these calls is taken for dead, in seconds, or None if never."""
    life = SignsOfLife()
    for look in range(round(seconds / LOOK)):
        now = 1000.0 + look * LOOK
        if life.have_ceased(calls_until(look * LOOK), now):
            return look * LOOK
    return None


def bursts(every: float) -> Callable[[float], int]:
    """Return the calls of a sink that has slept: a burst every ``every`` seconds."""
    return lambda at: 1 + int(at / every)


@pytest.mark.parametrize("every", [0.01, 0.5, 2.0, 5.0])
def test_who_pauses_is_not_taken_for_dead(every: float) -> None:
    assert died_at(bursts(every), 120.0) is None


def test_who_calls_steadily_and_then_sleeps_is_not_taken_for_dead() -> None:
    assert died_at(lambda at: int(at * 100) if at < 60 else int(at / 2) * 200, 120.0) is None


@pytest.mark.parametrize(("lived", "patience"), [(0.0, 6.5), (2.0, 6.5), (9.0, 6.5), (60.0, 3.5)])
def test_who_never_calls_again_is_dead(lived: float, patience: float) -> None:
    died = died_at(lambda at: int(min(at, lived) * 100), 120.0)
    assert died is not None
    assert lived + 3.0 < died <= lived + patience
