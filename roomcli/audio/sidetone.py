"""What one plays to the room, on its way to one's own speakers.

It comes by the clock of the microphone and goes by that of the speakers: a little lies ready, and
what two clocks make too much or too little of it is left out or waited for.
"""

from __future__ import annotations

from typing import Final

from .ring import Ring
from .samples import BLOCK, RATE, Samples

_READY: Final = 4 * BLOCK  # samples, before it is heard
_MOST: Final = 10 * BLOCK


class Sidetone:
    """Blocks of 10 ms from ``push`` to ``next_heard``, both called by one thread."""

    def __init__(self) -> None:
        self._ring = Ring(RATE)
        self._flows = False

    def push(self, block: Samples) -> None:
        """Take the next block that goes out."""
        self._ring.write(block)
        if self._ring.fill > _MOST:
            self._ring.skip(self._ring.fill - _READY)

    def next_heard(self) -> Samples | None:
        """Return the next block to be heard; None while there is none."""
        self._flows = self._ring.fill >= (BLOCK if self._flows else _READY)
        return self._ring.read(BLOCK)[0] if self._flows else None
