"""Whether the levels that a speaker's packets declare are those of what is in them.

A server that forwards voice unopened has to believe them when it chooses whom to let through; who
decodes the packets need not.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from .samples import Samples

_PACKETS: Final = 250  # 5 s of voice: a word more or less decides nothing
_TOLERANCE: Final = 10.0  # dB; another program may weigh a level differently
_FAINT: Final = 1e-6  # power, -60 dB: below it nobody cares


class DeclaredLevels:
    """Follows one speaker's packets."""

    def __init__(self) -> None:
        self.are_false = False
        """Whether those of the last five seconds of voice were not what was heard."""
        self._packets = 0
        self._declared = self._heard = 0.0

    def compare(self, declared: int, pcm: Samples) -> None:
        """A packet that declares this level, in -dBov, was decoded to ``pcm``."""
        self._packets += 1
        self._declared += 10.0 ** (-declared / 10.0)
        self._heard += float(np.dot(pcm, pcm)) / max(len(pcm), 1)
        if self._packets == _PACKETS:
            declared_power = max(self._declared / _PACKETS, _FAINT)
            heard_power = max(self._heard / _PACKETS, _FAINT)
            apart = abs(10.0 * np.log10(declared_power / heard_power))
            self.are_false = bool(apart > _TOLERANCE)
            self._packets = 0
            self._declared = self._heard = 0.0
