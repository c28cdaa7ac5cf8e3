"""Takes steady noise out of the voice: fans, hiss, traffic."""

from __future__ import annotations

from typing import Final

from ..samples import RATE, Samples

_STRENGTH: Final = 0  # of 0 to 3: each step more takes more of the voice (``benchmarks.voice``)


class NoiseSuppression:
    """WebRTC's noise suppressor."""

    delay: Final = 335
    """Samples by which the output lags behind the input (measured: ``benchmarks.voice``)."""

    def __init__(self) -> None:
        from pywebrtc_audio import NoiseSuppressor

        self._suppressor = NoiseSuppressor(RATE, 1, _STRENGTH)

    def process(self, block: Samples) -> Samples:
        """Return the next block, float32[480], with less noise."""
        return self._suppressor.process(block)
