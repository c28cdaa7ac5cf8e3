"""Mixes the speakers of a room into one signal."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from typing import Final

from .chimes import Chimes
from .delay import FIRST_GUESS
from .jitter import JitterBuffer, JitterStats, VoiceDecoder
from .levels import Meter, decibels
from .limiter import Limiter
from .opus import Decoder
from .rendering import SILENT, UNCHANGED, Rendering, VoiceRenderer
from .samples import BLOCK, Samples, silence
from .sidetone import Sidetone

_HEARD: Final = -90.0  # dBov: what a decoder makes of silence is fainter, and nobody hears it
_LASTS: Final = 0.3  # seconds for which who was heard counts as heard, over the gaps of speech


class Mixer:
    """The speakers of one room, each with a jitter buffer and a rendering.

    ``pull`` is called by the playout every 10 ms; all methods by one thread.
    """

    def __init__(self, decoder: Callable[[], VoiceDecoder] = Decoder) -> None:
        self._decoder = decoder
        self._speakers: dict[Hashable, _Speaker] = {}
        self._leaving: list[_Speaker] = []
        self._limiter = Limiter()
        self.first_guess = FIRST_GUESS
        """Seconds by which the packets of somebody new are supposed to be late."""
        self.sidetone = Sidetone()
        """What one plays oneself, which is heard too."""
        self.chimes = Chimes()
        """What tells the person of something; nobody else hears it."""

    def __contains__(self, speaker: Hashable) -> bool:
        return speaker in self._speakers

    def buffer_of(self, speaker: Hashable, rendering: Rendering = UNCHANGED) -> JitterBuffer:
        """Return the jitter buffer of ``speaker``, made if needed, to push packets into.

        A known speaker keeps buffer and rendering. Raises AudioError without libopus.
        """
        if speaker not in self._speakers:
            buffer = JitterBuffer(self._decoder(), self.first_guess)
            self._speakers[speaker] = _Speaker(buffer, rendering)
        return self._speakers[speaker].buffer

    def remove(self, speaker: Hashable) -> None:
        """Remove ``speaker``; the sound fades within the next block. Unknown ones are ignored."""
        gone = self._speakers.pop(speaker, None)
        if gone is not None:
            gone.voice.rendering = SILENT
            self._leaving.append(gone)

    def set_rendering(self, speaker: Hashable, rendering: Rendering) -> None:
        """Render a speaker like this from the next block on; ignores unknown ones.

        Who is silent is decoded all the same: it is little work, nothing breaks off or has to
        be learnt anew when they are heard again, and the meter shows that they speak.
        """
        if speaker in self._speakers:
            self._speakers[speaker].voice.rendering = rendering

    def pull(self, now: float) -> Samples:
        """Return the next 10 ms of all that is to be heard, float32[480] within ±1."""
        mix = silence(BLOCK)
        for speaker in self._leaving:
            mix += speaker.pull(now)
            speaker.buffer.close()
        self._leaving.clear()
        for speaker in self._speakers.values():
            mix += speaker.pull(now)
        if (own := self.sidetone.next_heard()) is not None:
            mix += own
        if (chime := self.chimes.next_heard()) is not None:
            mix += chime
        return self._limiter.process(mix)

    def stood_still(self, now: float, missing: int) -> None:
        """Note that this machine stood still until ``now``; see ``JitterBuffer.stood_still``."""
        for speaker in self._speakers.values():
            speaker.buffer.stood_still(now, missing)

    def levels(self, now: float) -> dict[Hashable, int]:
        """Return who is heard at this moment and how loud, in dBov, for a meter.

        The level is measured on the decoded sound, whatever the packets declare and however it is
        rendered here.
        """
        return {
            name: round(speaker.meter.level)
            for name, speaker in self._speakers.items()
            if now - speaker.heard_at < _LASTS
        }

    def false_levels(self) -> set[Hashable]:
        """Return the speakers whose packets declare false levels."""
        return {
            name for name, speaker in self._speakers.items() if speaker.buffer.declared.are_false
        }

    def stats(self) -> dict[Hashable, JitterStats]:
        """Return the statistics of each speaker's jitter buffer."""
        return {name: speaker.buffer.stats() for name, speaker in self._speakers.items()}

    def close(self) -> None:
        """Free all decoders."""
        for speaker in [*self._speakers.values(), *self._leaving]:
            speaker.buffer.close()
        self._speakers.clear()
        self._leaving.clear()


class _Speaker:
    def __init__(self, buffer: JitterBuffer, rendering: Rendering) -> None:
        self.buffer = buffer
        self.voice = VoiceRenderer(rendering)
        self.meter = Meter()
        self.heard_at = -math.inf

    def pull(self, now: float) -> Samples:
        block = self.buffer.pull(now)
        level = decibels(block)
        self.meter.update(level, BLOCK)
        if level > _HEARD and self.buffer.is_playing:
            self.heard_at = now
        return self.voice.process(block)
