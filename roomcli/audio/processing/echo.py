"""Takes the other voices out of the microphone, which hears them from the speakers.

A linear filter comes first (``echo_filter``), which leaves one's own voice whole; WebRTC's
canceller (AEC3) takes out what is left of the echo, also what a loudspeaker bends.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from ..samples import BLOCK, RATE, Samples, silence
from .echo_filter import EchoFilter
from .echo_watch import EchoWatch
from .switched import WARM_UP, cross_fade

EchoMode = Literal["auto", "on", "off"]
_RESTS: Final = RATE // BLOCK  # blocks, 1 s, in which nothing is played until AEC3 rests


class _RestingCanceller:
    """AEC3, which rests while nothing is played: there is nothing to be taken out then."""

    delay: Final = 431
    """Samples by which the output lags behind the input (``benchmarks.voice``)."""

    def __init__(self) -> None:
        from pywebrtc_audio import EchoCanceller

        self._canceller = EchoCanceller(RATE)
        self._held_back: Samples = silence(self.delay)
        self._silent = self._worked = 0  # blocks
        self._share = 0.0  # of AEC3 in the output

    def process(self, block: Samples, reference: Samples) -> Samples:
        """Return the next block, without what it has of ``reference``; both float32[480]."""
        waiting = np.concatenate((self._held_back, block))
        self._held_back = waiting[BLOCK:]
        self._silent = 0 if reference.any() else self._silent + 1
        self._worked = 0 if self._silent > _RESTS else self._worked + 1
        before, self._share = self._share, float(self._worked > WARM_UP)
        if not self._worked and not before:
            return waiting[:BLOCK]
        cancelled = self._canceller.process(block, reference)
        return cross_fade(waiting[:BLOCK], cancelled, before, self._share)


class EchoCancelling:
    """The echo canceller, which in ``auto`` is heard only while there is an echo.

    It costs some of one's own voice while others speak, so that with headphones it is better off.
    In ``auto`` the microphone is held back as long as the canceller needs, whether it is heard or
    not: switching is a fade over 10 ms, and media time does not jump.
    """

    delay: Final = EchoFilter.delay + _RestingCanceller.delay
    """Samples by which the sound is held back."""

    def __init__(self) -> None:
        self._filter = EchoFilter()
        self._canceller = _RestingCanceller()
        self._watch = EchoWatch()
        self._held_back: Samples = silence(self.delay)
        self._share = 0.0  # of the canceller in what is heard
        self.mode: EchoMode = "auto"

    @property
    def is_heard(self) -> bool:
        """Whether the canceller's output is what is sent."""
        return self.mode == "on" or (self.mode == "auto" and self._watch.hears_echo)

    def process(self, block: Samples, reference: Samples) -> Samples:
        """Return the next block, without what it has of ``reference``; both float32[480]."""
        waiting = np.concatenate((self._held_back, block))
        self._held_back = waiting[BLOCK:]
        self._watch.push(block, reference)
        cancelled = self._canceller.process(self._filter.process(block, reference), reference)
        before, self._share = self._share, float(self.is_heard)
        return cross_fade(waiting[:BLOCK], cancelled, before, self._share)
