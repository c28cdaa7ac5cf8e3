"""Takes steady noise out of the voice: fans, hiss, traffic."""

from __future__ import annotations

from typing import Final

from ..samples import RATE, Samples

MILD: Final = 0
"""For one's own voice: each step more takes more of it (``benchmarks.voice``)."""
STRONG: Final = 2
"""For somebody else, whose noise disturbed enough for a listener to switch it on.

PESQ of speech beside white noise and a fan, 5 and 15 dB fainter, rises by 0.4 to 1.0, where
:data:`MILD` brings 0.1 to 0.4; that of clean speech falls to 4.1.
"""


class NoiseSuppression:
    """WebRTC's noise suppressor; ``strength`` is 0 to 3."""

    delay: Final = 335
    """Samples by which the output lags behind the input (measured: ``benchmarks.voice``)."""

    def __init__(self, strength: int = MILD) -> None:
        from pywebrtc_audio import NoiseSuppressor

        self._suppressor = NoiseSuppressor(RATE, 1, strength)

    def process(self, block: Samples) -> Samples:
        """Return the next block, float32[480], with less noise."""
        return self._suppressor.process(block)
