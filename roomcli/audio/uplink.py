"""The way of one's own voice to the wire: blocks of the microphone in, frames of Opus out.

Pure: nothing here waits or knows a device. Sound is counted by its media time, the samples at
48 kHz since the first that a microphone gave, so that a press, a release and a frame can be
compared whatever the delay of the processing between them.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from roomcli.errors import AudioError

from .gate import VoiceGate
from .levels import SILENCE, Meter, dbov, decibels
from .processing.chain import ProcessingChain
from .samples import BLOCK, FRAME, RATE, Samples, silence

KEPT: Final = 25
"""Frames (0.5 s) that are kept while the microphone is closed. When the server has agreed to a
press, the sound after that press is sent from them."""
_APART: Final = 8 * FRAME
"""Samples after a talk spurt from which the delay of the processing may change media time: the
sound from before the next one, at the new delay, must not reach into it."""
_FADE: Final = RATE // 500
"""Samples over which sound that was cut fades in or out, to avoid a click."""


class VoiceEncoder(Protocol):
    """The encoder of one voice; ``opus.Encoder`` is one."""

    def encode(self, pcm: Samples) -> bytes: ...
    def close(self) -> None: ...


class Accompaniment(Protocol):
    """What goes out beside the voice of a microphone."""

    @property
    def sounds(self) -> bool:
        """Whether it goes out now, whether somebody speaks or not."""

    def mix(self, voice: Samples, *, on_air: bool) -> Samples:
        """Return the next block, float32[480], with what is heard beside ``voice``."""

    def lose_microphone(self) -> None:
        """Note that the microphone is closed."""


@dataclass(frozen=True, slots=True)
class VoiceFrame:
    """An encoded frame of 10 or 20 ms; ``level`` is in dBov.

    ``start`` and ``end`` mark the first and last frame of a talk spurt, ``discontinuity`` the first
    one of a microphone.
    """

    sequence: int
    media_time: int
    start: bool
    end: bool
    discontinuity: bool
    level: int
    payload: bytes


@dataclass
class Numbering:
    """The numbers of one voice's frames, which run on when the microphone is replaced.

    ``sequence`` counts frames, ``media_time`` samples captured; ``sent_until`` is the media time
    after the last frame sent.
    """

    sequence: int = 0
    media_time: int = 0
    sent_until: int = 0


class Uplink:
    """The voice of one microphone; what ``push``, ``drain`` and ``close`` return is to be sent."""

    def __init__(
        self,
        chain: ProcessingChain,
        encoder: VoiceEncoder,
        gate: VoiceGate,
        numbering: Numbering | None = None,
        beside: Accompaniment | None = None,
    ) -> None:
        self._chain = chain
        self._beside = beside
        self._encoder = encoder
        self._gate = gate
        self._meter = Meter()
        self._at = numbering or Numbering()
        self._first_half: Samples | None = None
        self._sent_early = 0
        self._length = FRAME
        self.frame_length = FRAME
        """Samples of the frames that are sent: ``FRAME``, or ``BLOCK`` for less delay.

        Shorter ones come with the next talk spurt, longer ones at once.
        """
        self._is_open = False
        self._pressed = False
        self._heard_from = 0
        self._until: int | None = None
        self._lag = 0
        self._kept: deque[tuple[int, Samples]] = deque(maxlen=KEPT)
        self._begins_anew = True
        self.level = SILENCE
        """The level of the microphone in dBov, for a meter."""
        self.monitor: Callable[[Samples], object] | None = None
        """Gets each block of 10 ms as it would be sent, whether the microphone is open or not."""

    @property
    def is_open(self) -> bool:
        """Whether sound is let through to the gate."""
        return self._is_open

    @property
    def speaks(self) -> bool:
        """Whether somebody speaks, by the voice gate."""
        return self._gate.hears_speech

    @property
    def media_time(self) -> int:
        """The media time of the next sample that the microphone gives."""
        return self._at.media_time

    def push(self, block: Samples, captured_at: float) -> list[VoiceFrame]:
        """Take the next 10 ms; ``captured_at`` is when its first sample was heard, in seconds."""
        block = self._chain.process(block, captured_at)
        if self.monitor is not None:
            self.monitor(block)
        if self._beside is not None:
            block = self._beside.mix(block, on_air=self._is_open)
            self._gate.held_open = self._beside.sounds
        self._at.media_time += BLOCK
        if self._first_half is None:
            self._first_half = block
            return self._send_early(block)
        frame, self._first_half = np.concatenate((self._first_half, block)), None
        self.level = round(self._meter.update(decibels(frame), FRAME))
        if not self._gate.is_open and self._is_apart:  # within a spurt media time must not jump
            self._lag = self._chain.delay
        media_time = self._at.media_time - FRAME - self._lag
        if self._is_open:
            frames = self._let_through(media_time, frame)
            self._sent_early = 0
            return frames
        self._kept.append((media_time, frame))
        return []

    @property
    def _is_apart(self) -> bool:
        """Whether a spurt that begins now comes after the one before, whatever its delay."""
        return self._at.media_time - self._at.sent_until >= _APART or not self._at.sequence

    def lose(self, count: int) -> None:
        """Note that ``count`` samples of the microphone did not come: lost within a talk spurt."""
        self._first_half, self._sent_early = None, 0
        self._chain.lose(count)
        self._at.media_time += count
        if self._gate.is_open:
            self._at.sequence += count // self._length

    def press(self, moment: int) -> None:
        """Keep the sound from this media time on, to be sent once it may."""
        if not self._is_open:
            self._pressed = True
            self._heard_from = max(moment, self._at.sent_until)

    def begin_sending(self, moment: int) -> None:
        """Send the sound since the press, or from this media time on without a press."""
        if not self._is_open:
            if not self._pressed:
                self._heard_from = max(moment, self._at.sent_until)
            self._is_open = True

    def drain(self) -> list[VoiceFrame]:
        """Return what was kept before the microphone opened and may be sent now."""
        frames: list[VoiceFrame] = []
        if self._is_open:
            for media_time, samples in self._kept:
                frames += self._let_through(media_time, samples)
            self._kept.clear()
        return frames

    def release(self, until: int) -> None:
        """Send the sound until this media time, and nothing after it."""
        self._until = until

    @property
    def is_finished(self) -> bool:
        """Whether all that was said until the release has been sent."""
        if self._until is None:
            return False
        framed = self._at.media_time - (BLOCK if self._first_half is not None else 0)
        return framed - self._lag >= self._until

    def close(self) -> list[VoiceFrame]:
        """Close; a talk spurt under way ends with a silent frame, not with a gap."""
        was_open, self._is_open = self._is_open, False
        self._pressed = False
        self._until = None
        self._sent_early = 0
        spurt = was_open and self._gate.is_open
        self._gate.reset()
        if spurt:
            with contextlib.suppress(AudioError):
                media_time = self._at.media_time - self._lag
                return [self._encoded(silence(FRAME), media_time, end=True)]
        return []

    def give_back(self) -> None:
        """Free the encoder."""
        if self._beside is not None:
            self._beside.lose_microphone()
        self._encoder.close()

    def _let_through(self, media_time: int, samples: Samples) -> list[VoiceFrame]:
        """Return the part of a frame between press and release that the gate lets pass."""
        end = media_time + FRAME
        if end <= self._heard_from or (self._until is not None and media_time >= self._until):
            return []
        if media_time < self._heard_from:
            samples = _from(samples, self._heard_from - media_time)
        is_last = self._until is not None and end >= self._until
        if self._until is not None and is_last:
            samples = _from(samples[::-1], end - self._until)[::-1]
        gated = self._gate.process(samples)
        frames = [
            frame
            for each in gated
            for frame in self._in_lengths(
                each.pcm,
                media_time - each.age * FRAME,
                start=each.start,
                end=each.end or (is_last and each is gated[-1]),
            )
        ]
        if is_last:
            self._gate.reset()  # the end of the spurt is among the frames
        return frames

    def _send_early(self, half: Samples) -> list[VoiceFrame]:
        """Send the first half of a frame at once if all of it is going to be sent.

        The gate decides on whole frames; within a talk spurt it lets the next one pass in any case.
        """
        media_time = self._at.media_time - BLOCK - self._lag
        is_last = self._until is not None and media_time + BLOCK >= self._until
        if self._length == FRAME or is_last or not (self._is_open and self._gate.is_open):
            return []
        self._sent_early = BLOCK
        return [self._encoded(half, media_time)]

    def _in_lengths(
        self, samples: Samples, media_time: int, *, start: bool, end: bool
    ) -> Iterator[VoiceFrame]:
        """Encode what was not sent early of a frame, and is not from before the press."""
        if start or self.frame_length > self._length:
            self._length = self.frame_length
        length = min(self._length, FRAME - self._sent_early)
        for at in range(self._sent_early, FRAME, length):
            if media_time + at + length > self._heard_from:
                yield self._encoded(
                    samples[at : at + length],
                    media_time + at,
                    start=start,
                    end=end and at + length == FRAME,
                )
                start = False

    def _encoded(
        self, samples: Samples, media_time: int, *, start: bool = False, end: bool = False
    ) -> VoiceFrame:
        anew, self._begins_anew = self._begins_anew, False
        payload = self._encoder.encode(samples)
        frame = VoiceFrame(
            self._at.sequence, media_time, start or anew, end, anew, dbov(samples), payload
        )
        self._at.sequence += 1
        self._at.sent_until = media_time + len(samples)
        return frame


def _from(samples: Samples, start: int) -> Samples:
    """Return a copy of the samples, silent before ``start`` and fading in there."""
    cut = samples.copy()
    cut[:start] = 0.0
    rising = cut[start : start + _FADE]
    rising *= np.linspace(0.0, 1.0, len(rising), dtype=np.float32)
    return cut
