"""How the voice of one speaker is rendered into the mix: its volume, and the noise around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from .limiter import Limiter
from .processing.noise import STRONG, NoiseSuppression
from .processing.switched import Switched
from .samples import BLOCK, RAMP, Samples, silence


@dataclass(frozen=True, slots=True)
class Rendering:
    """How a voice sounds here: ``gain`` is its amplitude (0 silent, 1 as sent, 2 is +6 dB)."""

    gain: float = 1.0
    suppresses_noise: bool = False


UNCHANGED: Final = Rendering()
SILENT: Final = Rendering(gain=0.0)


class VoiceRenderer:
    """Renders the blocks of one speaker; ``rendering`` may be set at any time.

    Each change is a ramp or a cross-fade within one block, without a click. What is turned up
    stays within ±1 by a limiter of its own, so that the other voices in the mix do not give way to
    it. Noise suppression delays the voice by 7 ms (``NoiseSuppression.delay``).
    """

    def __init__(self, rendering: Rendering = UNCHANGED) -> None:
        self.rendering = rendering
        self._gain = rendering.gain
        self._limiter: Limiter | None = None
        self._noise = Switched(_SpurtNoise, on=rendering.suppresses_noise)

    def process(self, block: Samples) -> Samples:
        """Return the next block, float32[480], as it is to be heard."""
        before, self._gain = self._gain, self.rendering.gain
        if before == self._gain == 0.0:
            self._limiter = None
            return silence(BLOCK)
        self._noise.switch(self.rendering.suppresses_noise)
        block = self._noise.process(block)
        if not before == self._gain == 1.0:
            block = (block * (before + (self._gain - before) * RAMP)).astype(np.float32)
        return self._limited(block, max(before, self._gain))

    def _limited(self, block: Samples, gain: float) -> Samples:
        if gain > 1.0:
            self._limiter = self._limiter or Limiter()
        elif self._limiter is not None and self._limiter.is_at_rest:
            self._limiter = None
        return block if self._limiter is None else self._limiter.process(block)


class _SpurtNoise:
    """Noise suppression that listens to talk spurts alone.

    Between them nothing is played, which says nothing about the noise that comes with the voice:
    what is known of it is kept.
    """

    delay: Final = NoiseSuppression.delay

    def __init__(self) -> None:
        self._suppressor = NoiseSuppression(STRONG)
        self._holds_sound = False

    def process(self, block: Samples) -> Samples:
        """Return the next block, float32[480], with less noise."""
        has_sound = bool(np.any(block))
        if not has_sound and not self._holds_sound:
            return block
        self._holds_sound = has_sound
        return self._suppressor.process(block)
