"""A stage of the voice chain that is switched on and off while somebody speaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeVar

import numpy as np

from ..samples import RAMP, Samples

WARM_UP: Final = 3
"""Blocks that a stage works before it is heard: it gives out what it was fed."""


class VoiceStage(Protocol):
    """What one stage does to a voice, in blocks of 10 ms."""

    @property
    def delay(self) -> int:
        """Samples by which the output lags behind the input."""

    @property
    def process(self) -> Callable[..., Samples]:
        """Takes the next block, and what else the stage needs; returns it processed."""


S = TypeVar("S", bound=VoiceStage)


class Switched(Generic[S]):
    """A stage with a switch. ``make`` makes it when it is first needed.

    Switching is a fade over 10 ms, so that it makes no click. What the stage has learnt is kept
    while it is off.
    """

    def __init__(self, make: Callable[[], S], *, on: bool) -> None:
        """Begin with the stage on or off, without a fade."""
        self._make = make
        self._on = on
        self._warming = 0
        self._share = float(on)  # of the stage in what is heard
        self.stage: S | None = make() if on else None
        """The stage, if it was ever on."""

    def switch(self, on: bool) -> None:
        """Switch the stage, from the next blocks on."""
        if on and not self._on:
            self.stage = self.stage or self._make()
            self._warming = 0 if self._share else WARM_UP
        self._on = on

    @property
    def is_on(self) -> bool:
        """Whether the stage is switched on."""
        return self._on

    @property
    def delay(self) -> int:
        """Samples by which the output lags behind the input now."""
        return self.stage.delay if self.stage is not None and self._share else 0

    def process(self, block: Samples, *beside: Samples) -> Samples:
        """Return the next block, float32[480]; ``beside`` is what else the stage needs."""
        if self.stage is None or not (self._on or self._share):
            return block
        processed = self.stage.process(block, *beside)
        if self._warming:
            self._warming -= 1
            return block
        before, self._share = self._share, float(self._on)
        return cross_fade(block, processed, before, self._share)


def cross_fade(plain: Samples, processed: Samples, before: float, share: float) -> Samples:
    """Return a block in which the share of ``processed`` goes from ``before`` to ``share``.

    Both are 0 or 1.
    """
    if before == share:
        return processed if share else plain
    rise = RAMP if share else 1.0 - RAMP
    return (plain + (processed - plain) * rise).astype(np.float32)
