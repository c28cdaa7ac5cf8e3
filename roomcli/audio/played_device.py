"""Sound that comes from a file or another program, and that one can pause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from roomcli.errors import AudioError

from .paced_device import PacedDevice
from .samples import BLOCK, RATE, Samples, silence

LEAD: Final = RATE // 5
"""Samples that lie ready for who takes them; neither a pause nor another place waits for them."""
_RISE: Final[Samples] = np.linspace(0.0, 1.0, BLOCK, endpoint=False, dtype=np.float32)


class PlayedDevice(PacedDevice):
    """The base of played sound; subclasses define ``_next_block``.

    It gives 10 ms of sound every 10 ms, silence while it is paused and when it has ended. One that
    is ``taken`` keeps some sound ready instead, and whoever calls ``take_block`` keeps time: so it
    stays with the clock of the sound card that it is mixed with.
    """

    def __init__(self, name: str, kind: str, *, taken: bool = False) -> None:
        super().__init__(name, kind)
        self.paused = False
        """Whether its owner paused it."""
        self.held = False
        """Whether it waits for the microphone to be opened."""
        self.ended = False
        """Whether the last sample is in the ring."""
        self._taken = taken
        self._given = 0  # samples written to the ring
        self._sounds = True  # the block before was not silenced

    @property
    def position(self) -> float:
        """Seconds from the beginning to what is heard now."""
        waiting = self.ring.fill if self._taken else 0
        return max(self._given - waiting, 0) / RATE

    @property
    def duration(self) -> float | None:
        """The length in seconds; None if nobody knows."""
        return None

    def seek(self, position: float) -> None:
        """Go on at this second. Raises AudioError: only files can."""
        raise AudioError(f"{self.name} is no file: it cannot be wound")

    def take_block(self) -> Samples:
        """Return the next 10 ms of one that is taken: silence while it is paused or held."""
        return self._unless_silenced(lambda: self.ring.read(BLOCK)[0])

    def _move(self) -> None:
        if not self._taken:
            self.ring.write(self._unless_silenced(self._give))
            return
        while self.ring.fill < LEAD and not self.ended:
            self.ring.write(self._give())

    def _unless_silenced(self, give: Callable[[], Samples]) -> Samples:
        """Return the next block; what is paused or goes on amid a wave fades out or in."""
        before, self._sounds = self._sounds, not (self.paused or self.held)
        if before and self._sounds:
            return give()
        if before or self._sounds:
            return np.asarray(give() * (_RISE if self._sounds else 1.0 - _RISE), np.float32)
        return silence(BLOCK)

    def _give(self) -> Samples:
        block = self._next_block()
        if not self.ended:
            self._given += BLOCK
        return block

    def _next_block(self) -> Samples:
        """Return the next 480 samples; set ``ended`` with the last ones, then give silence."""
        raise NotImplementedError
