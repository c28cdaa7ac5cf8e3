"""What the speakers play, by the time at which it is heard: the reference for the echo.

Pure: two clocks are told, that of the speakers with each block played and that of the microphone
with each block captured. Cards disagree by up to some hundred millionths, and each time is told a
little early or late; so offset and speed of each clock are smoothed, and the reference is read with
the speed of the microphone's clock.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..samples import BLOCK, RATE, Samples, silence

MARGIN: Final = 0.008
"""Seconds by which the reference runs ahead of its play time. Cards report latencies that are wrong
by some milliseconds, and an echo that comes before its reference cannot be cancelled. More would
ask for sound that quick cards have not been given yet."""
_FAR_OFF: Final = RATE // 200  # samples by which the position may be wrong: 5 ms
_DRAWN: Final = 1e-4  # of an error that is taken back with each block: 100 seconds for most of it
_CAPACITY: Final = 2 * RATE
_UNSURE: Final = 0.002  # seconds by which a time that is told may be wrong
_BELIEVED: Final = 0.005  # and at most: the machine stood still
_OFF_SPEED: Final = 50e-6  # by which a card's clock is wrong
_WANDER: Final = 0.05e-6  # by which its speed changes, in a second
_JUMP: Final = 0.050  # seconds of deviation after which a clock has jumped


class _Clock:
    """Counts samples and says at which time each is due, smoothly.

    The time of the first sample and the speed are followed by a Kalman filter of two states: at
    first each time told counts for much, later for little.
    """

    def __init__(self) -> None:
        self.count = 0
        self._start: float | None = None  # seconds, of the sample 0
        self.speed = 1.0
        """Seconds that a second of samples takes."""
        self._told_at = 0  # the sample to which the covariance belongs
        self._of_offset = self._of_speed = self._of_both = 0.0  # the covariance

    def learn(self, time: float) -> None:
        """Take the time of the next block's first sample, in seconds."""
        late = 0.0 if self._start is None else time - self.time_of(self.count)
        if self._start is None or abs(late) > _JUMP:
            self._start = time - self.count / RATE * self.speed
            self._of_offset, self._of_both = _UNSURE**2, 0.0
            self._of_speed = self._of_speed or _OFF_SPEED**2
        else:
            self._correct(min(max(late, -_BELIEVED), _BELIEVED))
        self._told_at = self.count

    def _correct(self, late: float) -> None:
        passed = (self.count - self._told_at) / RATE
        self._of_offset += passed * (2.0 * self._of_both + passed * self._of_speed)
        self._of_both += passed * self._of_speed
        self._of_speed += passed * _WANDER**2
        certainty = self._of_offset + _UNSURE**2
        gain, of_speed = self._of_offset / certainty, self._of_both / certainty
        now = self.time_of(self.count) + gain * late
        self.speed += of_speed * late
        self._start = now - self.count / RATE * self.speed
        self._of_speed -= of_speed * self._of_both
        self._of_both *= 1.0 - gain
        self._of_offset *= 1.0 - gain

    def time_of(self, sample: float) -> float:
        """Return the time of a sample in seconds."""
        return (self._start or 0.0) + sample / RATE * self.speed

    def sample_at(self, time: float) -> float:
        """Return which sample is due at this time."""
        return (time - (self._start or 0.0)) * RATE / self.speed


class EchoReference:
    """The last two seconds that the speakers played."""

    def __init__(self) -> None:
        self._played: Samples = silence(_CAPACITY)
        self._speakers = _Clock()
        self._microphone = _Clock()
        self._at: float | None = None  # the sample of the speakers that is read next
        self._gap = (0, 0)  # samples of the speakers that they lacked last
        self.is_sure = True
        """Whether the block that was read last is what was played then, as far as is known.

        It is not where the speakers lacked sound or their sound is not here, and where a clock has
        jumped: that a machine stood still makes both microphone and speakers click.
        """

    def add(self, block: Samples, plays_at: float) -> None:
        """Take the next block for the speakers, heard from ``plays_at`` on (seconds)."""
        self._speakers.learn(plays_at)
        self._keep_played(block)
        self._speakers.count += BLOCK

    def skip_played(self, count: int) -> None:
        """Note that the speakers lacked ``count`` samples and played silence."""
        self._keep_played(silence(min(count, _CAPACITY)))
        self._gap = self._speakers.count, self._speakers.count + count
        self._speakers.count += count

    def skip_captured(self, count: int) -> None:
        """Note that ``count`` samples of the microphone did not come."""
        self._pass(count)

    def block_at(self, captured_at: float) -> Samples:
        """Return the 10 ms for a block of the microphone that began at ``captured_at`` (seconds).

        Where nothing was played, or is not known yet, it is silent.
        """
        self._microphone.learn(captured_at)
        self.is_sure = True
        if not self._speakers.count:
            self._pass(BLOCK)
            return silence(BLOCK)
        position = self._position()
        self._pass(BLOCK)
        first = int(np.floor(position))
        if self._gap[0] < first + BLOCK and first < self._gap[1]:
            self.is_sure = False
        if first - 1 < self._speakers.count - _CAPACITY or first + BLOCK + 2 > self._speakers.count:
            self.is_sure = False
            return silence(BLOCK)
        return _shifted(self._played_from(first - 1, BLOCK + 3), position - first)

    def _keep_played(self, sound: Samples) -> None:
        at = self._speakers.count % _CAPACITY
        until = min(at + len(sound), _CAPACITY)
        self._played[at:until] = sound[: until - at]
        self._played[: len(sound) - (until - at)] = sound[until - at :]

    def _played_from(self, first: int, count: int) -> Samples:
        at = first % _CAPACITY
        sound = self._played[at : at + count]
        return np.concatenate((sound, self._played[: count - len(sound)]))

    def _position(self) -> float:
        """Return which sample of the speakers belongs to the block that the microphone gave.

        It moves on with the clocks' speeds and is drawn to what their times say slowly: a canceller
        that has learnt the way of the echo is harmed by a move, not by an error that stays.
        """
        due = self._speakers.sample_at(self._microphone.time_of(self._microphone.count) + MARGIN)
        if self._at is None or abs(due - self._at) > _FAR_OFF:
            self.is_sure = self._at is None
            self._at = due
        else:
            self._at += (due - self._at) * _DRAWN
        return self._at

    def _pass(self, count: int) -> None:
        self._microphone.count += count
        if self._at is not None:
            self._at += count * self._microphone.speed / self._speakers.speed


def _shifted(samples: Samples, fraction: float) -> Samples:
    """Return the samples from the second on, a fraction later, by a cubic through four of them."""
    once, twice, thrice = fraction, fraction**2, fraction**3
    of_four = (
        twice - (once + thrice) / 2,
        1.0 - 2.5 * twice + 1.5 * thrice,
        once / 2 + 2.0 * twice - 1.5 * thrice,
        (thrice - twice) / 2,
    )
    return np.correlate(samples, np.array(of_four, np.float32), mode="valid")
