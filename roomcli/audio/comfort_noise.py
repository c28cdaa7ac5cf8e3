"""Goes on with the noise of a speaker's room when a talk spurt ends, and lets it fade away.

Between talk spurts nothing is sent, and digital silence right after a room's hiss sounds as if the
line had died. Others send a description of the noise for it (RFC 3389); here it is learnt from the
end of the spurt, which is nothing but noise, since a gate holds on for a while after the last word.
What does not sound like that is not gone on with: a word that was cut off, music, or a silent end.
"""

from __future__ import annotations

from collections import deque
from random import Random
from typing import Final

import numpy as np
from numpy.fft import irfft, rfft

from .levels import decibels
from .samples import FRAME, RATE, Samples, silence

_HEARD: Final = 8  # packets at the end of a spurt that are taken for noise: 160 ms of ours
_STEADY: Final = 6.0  # dB by which they may differ
_LOUDEST: Final = -50.0  # dBov: what is louder is no background
_FAINTEST: Final = -80.0  # dBov: nobody hears it
_LASTS: Final = 3 * RATE  # samples until it has faded away
_FALL: Final = 30.0  # dB by which it has fallen then
_PERIOD: Final = 32_768  # samples after which the noise repeats itself


class ComfortNoise:
    """The noise of one speaker."""

    def __init__(self) -> None:
        self._heard: deque[Samples] = deque(maxlen=_HEARD)
        self._chance = Random(0)  # NumPy's own takes 8 ms of a start
        self._texture: Samples | None = None
        self._played = 0  # samples since the spurt ended

    def learn(self, pcm: Samples) -> None:
        """Take a packet of a talk spurt as it was decoded."""
        self._heard.append(pcm)
        self._texture = None  # of the pause before

    def begin_pause(self) -> None:
        """Note that a talk spurt has ended; its end says how its pause sounds."""
        self._played = 0
        self._texture = self._made() if self._is_noise() else None
        self._heard.clear()

    def fill(self, count: int) -> Samples:
        """Return the next ``count`` samples of the pause; silence once the noise has faded away."""
        if self._texture is None:
            return silence(count)
        places = np.arange(self._played, self._played + count)
        self._played += count
        if self._played >= _LASTS:
            self._texture = None
            return silence(count)
        left = 1.0 - places / _LASTS
        gain = left * 10.0 ** (_FALL / 20.0 * (left - 1.0))
        return np.asarray(self._texture[places % _PERIOD] * gain, dtype=np.float32)

    def _is_noise(self) -> bool:
        levels = [decibels(pcm) for pcm in self._heard]
        return (
            len(levels) == _HEARD
            and max(levels) - min(levels) <= _STEADY
            and min(levels) >= _FAINTEST
            and max(levels) <= _LOUDEST
        )

    def _made(self) -> Samples:
        """Return noise with the spectrum of what was heard, whose end goes on at its beginning."""
        sound = np.concatenate(self._heard)
        frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
        if len(frames) == 0:
            frames = np.pad(sound, (0, FRAME - len(sound)))[None]
        spectrum = np.sqrt(np.mean(np.abs(rfft(frames * np.hanning(FRAME))) ** 2, axis=0))
        bins = _PERIOD // 2 + 1
        shape = np.interp(
            np.linspace(0, len(spectrum) - 1, bins), np.arange(len(spectrum)), spectrum
        )
        turns = np.frombuffer(self._chance.randbytes(4 * bins), dtype=np.uint32) / 2**32
        noise = irfft(shape * np.exp(2j * np.pi * turns))
        level = np.sqrt(np.mean(np.square(sound)) / np.mean(np.square(noise)))
        return np.asarray(noise * level, dtype=np.float32)
