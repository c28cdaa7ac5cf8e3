"""Decides which frames of a microphone are worth sending: a gate over an adaptive noise floor.

The floor is tracked by minimum statistics (R. Martin, "Noise power spectral density estimation
based on optimal smoothing and minimum statistics", IEEE TSAP 9(5), 2001), reduced to two bands:
the whole, and the first difference, in which a soft "s" or "f" stands out though its energy does
not. Words begin before they are loud, so that frames are kept back and sent when the gate opens.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from .samples import FRAME, Samples

_PRE_ROLL: Final = 2  # frames sent from before the one that opened the gate: 40 ms
_HANGOVER: Final = 20  # frames sent after the last one that was speech: 400 ms
_OPEN: Final = 8.0  # dB over the floor at which the gate opens
_HOLD: Final = 5.0  # dB over the floor that keep it open
_LOWEST_FLOOR: Final = -72.0  # dBov: 16-bit dither and hiss stay out
_HIGHEST_FLOOR: Final = -36.0  # dBov: what is louder is never taken for noise, be it a pure tone
_SUB_WINDOW: Final = 25  # frames (0.5 s); the floor is the least of the last four


@dataclass(frozen=True, slots=True)
class GatedFrame:
    """A frame to send. ``age`` is how many frames ago it was captured: 0 is the newest.

    The sender derives the frame's media time from ``age``; ``start`` and ``end`` mark the first
    and last frame of a talk spurt.
    """

    pcm: Samples
    age: int
    start: bool
    end: bool


class VoiceGate:
    """Frames of 20 ms in, those of talk spurts out."""

    def __init__(self) -> None:
        self._bands = (_Floor(), _Floor())
        self._waiting: deque[Samples] = deque(maxlen=_PRE_ROLL)
        self._left = 0  # frames until the gate closes; 0: it is closed
        self._last = 0.0  # the last sample of the frame before, for the difference

    @property
    def open(self) -> bool:
        """Whether a talk spurt is going on."""
        return self._left > 0

    def process(self, frame: Samples) -> list[GatedFrame]:
        """What to send now that ``frame``, float32[960], was captured: mostly none or one.

        When the gate opens: the frames of the pre-roll too, oldest first.
        """
        if len(frame) != FRAME:
            raise ValueError(f"a frame has {FRAME} samples, not {len(frame)}")
        over = self._over(frame)
        if self._left == 0:
            if over < _OPEN:
                self._waiting.append(frame.copy())
                return []
            self._left = _HANGOVER
            return list(_opening([*self._waiting, frame]))
        self._waiting.clear()
        self._left = _HANGOVER if over >= _HOLD else self._left - 1
        return [GatedFrame(frame, 0, False, self._left == 0)]

    def reset(self) -> None:
        """Close at once, as on mute: nothing that was captured before is sent after it.

        The floor is kept, the room did not change.
        """
        self._left = 0
        self._waiting.clear()

    def _over(self, frame: Samples) -> float:
        """By how many dB the louder of the two bands is over its floor."""
        difference = np.diff(frame, prepend=np.float32(self._last))
        self._last = float(frame[-1])
        # The loudest of four parts of 5 ms: an onset at the end of a frame counts in full.
        return max(
            floor.over(_loudest_part(band))
            for floor, band in zip(self._bands, (frame, difference), strict=True)
        )


class _Floor:
    """The noise floor of one band, in dB: the least level of the last two seconds."""

    def __init__(self) -> None:
        self._least: deque[float] = deque(maxlen=4)
        self._current = math.inf
        self._count = 0
        self._level = _LOWEST_FLOOR + 6.0

    def over(self, level: float) -> float:
        """How far ``level`` is over the floor as it was before; then learn from it."""
        over = level - self._level
        self._current = min(self._current, level)
        self._count += 1
        if self._count == _SUB_WINDOW:
            self._least.append(self._current)
            self._current, self._count = math.inf, 0
        least = min(self._current, *self._least) if self._least else self._level
        self._level = min(max(least, _LOWEST_FLOOR), _HIGHEST_FLOOR)
        return over


def _loudest_part(band: Samples) -> float:
    parts = band.reshape(4, -1)
    power = float(np.max(np.einsum("ij,ij->i", parts, parts))) / parts.shape[1]
    return 10.0 * math.log10(power) if power > 1e-12 else -120.0


def _opening(frames: Iterable[Samples]) -> list[GatedFrame]:
    listed = list(frames)
    newest = len(listed) - 1
    return [GatedFrame(pcm, newest - index, index == 0, False) for index, pcm in enumerate(listed)]
