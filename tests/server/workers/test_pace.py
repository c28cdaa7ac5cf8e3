"""Tests of the pace of a worker's loop: how long it sleeps on."""

from __future__ import annotations

from server.workers.pace import PACE_SECONDS, LoopPace


class PacedLoop:
    """A loop with a clock of its own, that does nothing but wait."""

    def __init__(self) -> None:
        self.time = 100.0
        self._slept = 0.0
        self._pace = LoopPace(lambda: self.time, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self._slept += seconds
        self.time += seconds

    def wait(self, timeout: float, comes_after: float = 0.0) -> float:
        """Wait for something, and return for how long the pace let it wait."""
        self._slept = 0.0
        self._pace.before_io_wait(timeout)
        self.time += max(0.0, comes_after - self._slept)
        self._pace.after_io_wait(timeout)
        return round(self._slept, 6)


def test_who_comes_after_a_pause_waits_for_nothing_and_who_comes_soon_for_the_next_pass() -> None:
    loop = PacedLoop()
    assert loop.wait(1.0, comes_after=0.4) == 0
    loop.time += PACE_SECONDS / 4  # of work
    assert loop.wait(1.0) == PACE_SECONDS * 3 / 4
    loop.time += 2 * PACE_SECONDS
    assert loop.wait(1.0) == 0


def test_work_goes_on_and_deadlines_are_kept() -> None:
    loop = PacedLoop()
    loop.wait(1.0)
    loop.time += PACE_SECONDS / 4
    assert loop.wait(0.0) == 0
    loop.time += PACE_SECONDS / 4
    assert loop.wait(PACE_SECONDS / 8) == PACE_SECONDS / 8
    assert loop.wait(1.0) == PACE_SECONDS, "the deadline woke it up"
