"""Checks whether the levels that a speaker's packets declare are those of the sound in them.

A server forwards voice without decoding it, so it has to believe the levels when it chooses whose
voice to let through; a client that decodes the packets need not.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from .samples import Samples

_PACKETS: Final = 250  # 5 s of voice: a word more or less decides nothing
_TOLERANCE: Final = 10.0  # dB; another program may weigh a level differently
_FAINT: Final = 1e-6  # power, -60 dB: below it nobody cares


class DeclaredLevels:
    """Compares the declared levels of one speaker's packets with what is heard."""

    def __init__(self) -> None:
        self.are_false = False
        """Whether the levels declared in the last five seconds of voice were not those heard."""
        self._packets = 0
        self._declared = self._heard = 0.0

    def compare(self, declared: int, pcm: Samples) -> None:
        """Take a packet that declared this level, in dBov, and was decoded to ``pcm``."""
        self._packets += 1
        self._declared += 10.0 ** (declared / 10.0)
        self._heard += float(np.dot(pcm, pcm)) / max(len(pcm), 1)
        if self._packets == _PACKETS:
            declared_power = max(self._declared / _PACKETS, _FAINT)
            heard_power = max(self._heard / _PACKETS, _FAINT)
            apart = abs(10.0 * np.log10(declared_power / heard_power))
            self.are_false = bool(apart > _TOLERANCE)
            self._packets = 0
            self._declared = self._heard = 0.0
