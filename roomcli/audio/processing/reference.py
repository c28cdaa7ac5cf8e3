"""What the speakers play, by the time at which it is heard: the reference for the echo.

Pure: two clocks are told, that of the speakers with each block played and that of the microphone
with each block captured. Cards disagree by up to some hundred millionths, and each time is told a
little early or late; so the offset of each clock is smoothed, and the reference is read with the
speed of the microphone's clock.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..samples import BLOCK, RATE, Samples, silence

MARGIN: Final = 0.020
"""Seconds by which the reference runs ahead of its play time. Cards report latencies that are wrong
by some milliseconds, and an echo that comes before its reference cannot be cancelled."""
_CAPACITY: Final = 2 * RATE
_SMOOTHING: Final = 0.002  # of each deviation: five seconds to follow
_JUMP: Final = 0.050  # seconds of deviation after which a clock has jumped


class _Clock:
    """Counts samples and says at which time each is due, smoothly."""

    def __init__(self) -> None:
        self.count = 0
        self._offset: float | None = None
        self._told = 0

    def learn(self, time: float) -> None:
        """Take the time of the next block's first sample, in seconds."""
        deviation = 0.0
        if self._offset is not None:
            deviation = time - self.time_of(self.count)
        if self._offset is None or abs(deviation) > _JUMP:
            self._offset = time - self.count / RATE
            self._told = 1
        else:
            self._told += 1
            self._offset += deviation * max(1.0 / self._told, _SMOOTHING)

    def time_of(self, sample: float) -> float:
        """Return the time of a sample in seconds."""
        return (self._offset or 0.0) + sample / RATE

    def sample_at(self, time: float) -> float:
        """Return which sample is due at this time."""
        return (time - (self._offset or 0.0)) * RATE


class EchoReference:
    """The last two seconds that the speakers played."""

    def __init__(self) -> None:
        self._played: Samples = silence(_CAPACITY)
        self._speakers = _Clock()
        self._microphone = _Clock()

    def add(self, block: Samples, plays_at: float) -> None:
        """Take the next block for the speakers, heard from ``plays_at`` on (seconds)."""
        self._speakers.learn(plays_at)
        places = np.arange(self._speakers.count, self._speakers.count + BLOCK) % _CAPACITY
        self._played[places] = block
        self._speakers.count += BLOCK

    def skip_played(self, count: int) -> None:
        """Note that the speakers lacked ``count`` samples and played silence."""
        silent = np.arange(self._speakers.count, self._speakers.count + min(count, _CAPACITY))
        self._played[silent % _CAPACITY] = 0.0
        self._speakers.count += count

    def skip_captured(self, count: int) -> None:
        """Note that ``count`` samples of the microphone did not come."""
        self._microphone.count += count

    def block_at(self, captured_at: float) -> Samples:
        """Return the 10 ms for a block of the microphone that began at ``captured_at`` (seconds).

        Where nothing was played, or is not known yet, it is silent.
        """
        self._microphone.learn(captured_at)
        time = self._microphone.time_of(self._microphone.count)
        self._microphone.count += BLOCK
        if not self._speakers.count:
            return silence(BLOCK)
        position = self._speakers.sample_at(time + MARGIN)
        first = int(np.floor(position))
        if first - 1 < self._speakers.count - _CAPACITY or first + BLOCK + 2 > self._speakers.count:
            return silence(BLOCK)
        samples = self._played[np.arange(first - 1, first + BLOCK + 2) % _CAPACITY]
        return _shifted(samples, np.float32(position - first))


def _shifted(samples: Samples, fraction: np.float32) -> Samples:
    """Return the samples from the second on, a fraction later, by a cubic through four of them."""
    if fraction == 0.0:
        return samples[1:-2].copy()
    before, here, after, next_after = samples[:-3], samples[1:-2], samples[2:-1], samples[3:]
    slope = (after - before) / 2
    bend = before - 2.5 * here + 2 * after - next_after / 2
    twist = (next_after - before) / 2 + 1.5 * (here - after)
    shifted = ((twist * fraction + bend) * fraction + slope) * fraction + here
    return shifted.astype(np.float32)
