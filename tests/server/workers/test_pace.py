"""Tests of the pace of a worker's loop: when Trio's loop wakes up by it."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

import pytest
import trio

from server.workers.pace import PACE_SECONDS, PacedClock


class PacedLoop(trio.abc.Instrument):
    """Trio's loop by a time of our own, in which only waiting takes time."""

    def __init__(self) -> None:
        self.time = 100.0
        self.slept = 0.0
        self._ours, self._theirs = socket.socketpair()

    def _sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.time += seconds

    def before_io_wait(self, timeout: float) -> None:
        """Have Trio wait for as long as it means to; for a socket it waits for nothing here."""
        if timeout < 1:
            self.time += timeout

    def run(self, main: Callable[[], Awaitable[None]]) -> None:
        paced = PacedClock(lambda: self.time, self._sleep)
        trio.run(main, clock=paced, instruments=[paced, self])

    def close(self) -> None:
        self._ours.close()
        self._theirs.close()

    async def pause(self, wait: Callable[[], Awaitable[None]]) -> float:
        """Wait for something, and return for how long the pace let it wait, in moments."""
        self.slept = 0.0
        await wait()
        return round(self.slept / PACE_SECONDS, 6)

    async def get_frame(self) -> None:
        """Wait for a socket that is ready."""
        await trio.lowlevel.wait_writable(self._ours)


@pytest.fixture
def loop() -> Iterator[PacedLoop]:
    loop = PacedLoop()
    yield loop
    loop.close()


def test_who_comes_after_a_pause_waits_for_nothing_and_who_comes_soon_for_the_next_pass(
    loop: PacedLoop,
) -> None:
    async def main() -> None:
        assert await loop.pause(loop.get_frame) == 0
        loop.time += PACE_SECONDS / 4  # of work
        assert await loop.pause(loop.get_frame) == 3 / 4
        loop.time += 2 * PACE_SECONDS
        assert await loop.pause(loop.get_frame) == 0

    loop.run(main)


def test_work_that_is_left_goes_on_and_is_no_waking_up(loop: PacedLoop) -> None:
    async def main() -> None:
        await loop.get_frame()
        loop.time += PACE_SECONDS / 2
        assert await loop.pause(trio.lowlevel.checkpoint) == 0
        assert await loop.pause(loop.get_frame) == 1 / 2

    loop.run(main)


@pytest.mark.parametrize("moments", [1 / 2, 2])
def test_deadlines_are_kept_within_the_moment_and_after_it(loop: PacedLoop, moments: float) -> None:
    async def main() -> None:
        await loop.get_frame()
        begun = loop.time
        assert await loop.pause(partial(trio.sleep, PACE_SECONDS * moments)) == min(moments, 1)
        assert loop.time - begun == pytest.approx(PACE_SECONDS * moments)
        assert await loop.pause(loop.get_frame) == 1, "the deadline woke it up"

    loop.run(main)
