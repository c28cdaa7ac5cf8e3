"""Tests of how finely a voice is encoded: on a simulated uplink, and on a slow machine."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field

import pytest

from roomcli.audio.encoder_control import (
    LEAST,
    LEAST_COMPLEXITY,
    MOST_COMPLEXITY,
    MUSIC,
    VOICE,
    EncoderControl,
    UplinkLoad,
)

FRAME = 0.02
BEAT = 5
"""Frames between two updates."""
ANSWERS = 25
"""Frames between two answers of the server."""
MOST_AGE = 0.2


@dataclass
class Line:
    """An uplink of so many bits a second, for payload alone, and a voice that is sent over it.

    With ``buffer`` bits of it in routers, of which only the server's answers tell; the rest of the
    queue waits in this machine, where what is too old is dropped.
    """

    capacity: float
    buffer: float
    control: EncoderControl = field(default_factory=EncoderControl)
    now: float = 0.0
    speaks: bool = True

    def __post_init__(self) -> None:
        self.random = random.Random(7)
        self.waiting: deque[tuple[float, float]] = deque()
        self.buffered = 0.0
        self.queueing = 0.0
        self.dropped = 0
        self.answers: deque[tuple[float, float]] = deque()
        self.frames = 0
        self.delays: list[float] = []
        self.bitrates: list[tuple[float, int]] = []

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME)):
            self.now += FRAME
            self.frames += 1
            if self.speaks:
                bits = self.control.bitrate * FRAME * self.random.uniform(0.7, 1.3)
                self.waiting.append((self.now, bits))
                self.control.encoded(FRAME, 0.0005)
            self._carry()
            if self.frames % ANSWERS == 0:
                way = max(0.0, self.buffered) / self.capacity
                self.answers.append((self.now + way + 0.05, way))
            while self.answers and self.answers[0][0] <= self.now:
                self.queueing = self.answers.popleft()[1]
            if self.frames % BEAT == 0:
                oldest = self.now - self.waiting[0][0] if self.waiting else 0.0
                self.control.update(UplinkLoad(oldest, self.queueing, self.dropped), self.now)
            self.bitrates.append((self.now, self.control.bitrate))
            queued = sum(bits for _, bits in self.waiting) + self.buffered
            self.delays.append(queued / self.capacity)

    def _carry(self) -> None:
        gone = self.capacity * FRAME
        self.buffered = max(-gone if self.waiting else 0.0, self.buffered - gone)
        while self.waiting and (
            self.buffered <= 0.0 or self.buffered + self.waiting[0][1] <= self.buffer
        ):
            since, bits = self.waiting.popleft()
            if self.now - since > MOST_AGE:
                self.dropped += 1
            else:
                self.buffered += bits

    def mean(self, start: float, end: float) -> float:
        bits = [bits for at, bits in self.bitrates if start <= at < end]
        return sum(bits) / len(bits)

    def first(self, after: float, most: float) -> float:
        """Return how long after a moment the bitrate was at most so much."""
        return next(at for at, bits in self.bitrates if at >= after and bits <= most) - after


@pytest.mark.parametrize("buffer", [0.0, 16_000.0, 200_000.0], ids=["here", "both", "routers"])
def test_an_uplink_that_narrows_for_ten_seconds_is_followed(buffer: float) -> None:
    line = Line(24_000, buffer)
    line.run(60.0)
    assert line.mean(40.0, 60.0) >= 17_000, "three quarters of what the uplink takes are used"
    line.capacity, narrowed = 16_000, line.now
    line.run(10.0)
    assert line.first(narrowed, 16_000) <= 1.0
    during = line.delays[round(narrowed / FRAME) :]
    assert max(during) < 0.5, "the queue is bounded"
    assert sum(each < 0.1 for each in during) > 0.6 * len(during), "and soon gone"
    line.capacity, widened = 24_000, line.now
    line.run(20.0)
    assert line.mean(widened + 15.0, widened + 20.0) >= 17_000
    assert max(bits for at, bits in line.bitrates if at > widened) >= 20_000
    assert max(line.delays[round(widened / FRAME) :]) < 0.5


def test_a_good_uplink_carries_the_best_voice_all_the_time() -> None:
    line = Line(200_000, 0.0)
    line.run(30.0)
    assert {bits for _, bits in line.bitrates} == {VOICE}


def test_one_stall_costs_little_and_not_for_long() -> None:
    line = Line(200_000, 0.0)
    line.run(5.0)
    line.capacity = 1.0
    line.run(0.3)
    assert line.control.bitrate < VOICE
    line.capacity = 200_000
    line.run(10.0)
    assert line.control.bitrate == VOICE


def test_silence_proves_nothing_of_the_uplink() -> None:
    line = Line(20_000, 0.0)
    line.run(20.0)
    bitrate = line.control.bitrate
    assert bitrate < 22_000
    line.speaks = False
    line.run(60.0)
    assert line.control.bitrate == bitrate


def test_an_uplink_that_never_takes_more_is_tried_ever_less_often() -> None:
    line = Line(20_000, 0.0)
    line.run(20.0)
    line.run(100.0)
    cuts = sum(
        after < before
        for (_, before), (_, after) in zip(line.bitrates[1000:], line.bitrates[1001:], strict=False)
    )
    assert 1 <= cuts <= 20
    assert sum(each > 0.2 for each in line.delays[1000:]) < 0.05 * len(line.delays)


def test_a_voice_is_never_encoded_with_less_than_is_understood() -> None:
    line = Line(4_000, 0.0)
    line.run(20.0)
    assert line.control.bitrate == LEAST
    assert min(bits for _, bits in line.bitrates) == LEAST


def test_what_another_connection_dropped_is_not_held_against_this_one() -> None:
    control = EncoderControl()
    control.update(UplinkLoad(dropped=40), 0.0)
    control.update(UplinkLoad(dropped=0), 0.1)
    assert control.bitrate == VOICE
    control.update(UplinkLoad(dropped=1), 0.2)
    assert control.bitrate < VOICE


def test_the_rooms_ceiling_holds_at_once_and_for_music_too() -> None:
    control = EncoderControl()
    control.is_music = True
    assert control.bitrate == MUSIC
    control.ceiling = 24_000
    assert control.bitrate == 24_000
    control.is_music = False
    assert control.bitrate == 24_000
    control.ceiling = 96_000
    assert control.bitrate == VOICE
    control.ceiling = 12_000
    control.update(UplinkLoad(waiting=1.0), 0.0)
    assert control.bitrate == 12_000


def test_music_gets_no_more_than_the_uplink_took_lately() -> None:
    line = Line(30_000, 0.0)
    line.run(30.0)
    line.control.is_music = True
    assert line.control.bitrate <= 40_000


def test_complexity_falls_on_a_machine_that_is_slow_and_comes_back_slowly() -> None:
    control = EncoderControl()
    assert control.complexity == MOST_COMPLEXITY
    now = 0.0

    def speak(seconds: float, share: float, late: float = 0.0) -> None:
        nonlocal now
        for _ in range(round(seconds / 0.1)):
            now += 0.1
            control.encoded(0.1, 0.1 * share)
            control.pumped(late)
            control.update(None, now)

    speak(60.0, 0.03)
    assert control.complexity == MOST_COMPLEXITY
    speak(1.0, 0.5)
    assert control.complexity == MOST_COMPLEXITY - 2
    speak(5.0, 0.5)
    assert control.complexity == LEAST_COMPLEXITY
    speak(60.0, 0.15)
    assert control.complexity == LEAST_COMPLEXITY, "there is no room for more"
    speak(9.0, 0.05)
    assert control.complexity == LEAST_COMPLEXITY
    speak(51.0, 0.05)
    assert control.complexity == MOST_COMPLEXITY
    speak(0.1, 0.05, late=0.15)
    assert control.complexity == MOST_COMPLEXITY - 2, "the microphone's sound waits"


def test_what_its_owner_alone_hears_says_nothing_of_the_uplink() -> None:
    control = EncoderControl()
    control.update(UplinkLoad(waiting=1.0), 0.0)
    cut = control.bitrate
    assert cut < VOICE
    for tenth in range(1, 600):
        control.encoded(0.1, 0.05, is_sent=False)
        control.update(UplinkLoad(), tenth / 10)
    assert control.bitrate == cut
    assert control.complexity == LEAST_COMPLEXITY, "and all of the machine"
