"""What remains of a sound without its held tones: the noise beneath a note, a chord, a vowel.

A level alone cannot tell a held note from a fan. Their spectra can: a note has lines that stand out
from both sides, noise of any colour has none. Faint lines that have not changed for long, and the
hum of the mains, belong to the room and count as noise.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.fft import rfft

from .samples import FRAME, RATE, Samples

_FRAMES: Final = 8
_WINDOW: Final = _FRAMES * FRAME  # 160 ms: bins of 6.25 Hz tell the notes of a low chord apart
WINDOW_SECONDS: Final = _WINDOW / RATE
_LOOK: Final = 4  # frames between two looks
_RUMBLE: Final = 6  # bins, 37.5 Hz: below is nothing that anybody hears
_BLOCK: Final = 32  # bins, 200 Hz: wide enough for the noise between the lines to show
_FIRST: Final = 8  # bin where the blocks begin
_BLOCKS: Final = (_WINDOW // 2 - _FIRST) // _BLOCK
_RANK: Final = 7  # of a block's bins, sorted: lines may fill three quarters of it
_STANDS_OUT: Final = 20.0  # times the bin of that rank, which in noise has a quarter of the mean
_FAINTEST: Final = 10.0 ** (-62.0 / 10)  # lines of less power in all are not worth sending
_LOUD: Final = 10.0 ** (-50.0 / 10)  # a line of more is nobody's room, though it never changes
_HUM: Final = 130.0 * _WINDOW / RATE  # bin: lines led by one below are the mains',
_HUMS: Final = 10.0 ** (-45.0 / 10)  # unless they have more power
_SPAN: Final = 50  # looks, 4 s; a faint line that stood still for five spans is the room's
_SPANS: Final = 5

_HANN: Final[Samples] = np.hanning(_WINDOW).astype(np.float32)
_SCALE: Final = np.float32(2.0 / (_WINDOW * float(np.sum(_HANN.astype(float) ** 2))))
_DIFFERENCE: Final[Samples] = (
    4.0 * np.sin(np.pi * np.arange(_WINDOW // 2 + 1) / _WINDOW) ** 2
).astype(np.float32)
"""The factor of the first difference for the power in each bin."""


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise of one band: ``level`` in dBov, ``width`` in Hz.

    The narrower noise is, the more its level wavers.
    """

    level: float
    width: float


class Remainder:
    """Finds what remains of one microphone's sound; needs every frame."""

    def __init__(self) -> None:
        self._frames: Samples = np.zeros((_FRAMES, FRAME), dtype=np.float32)
        self._count = 0
        self._steady = _Steady()

    def push(self, frame: Samples) -> tuple[Noise, Noise] | None:
        """Take the next ``frame``, float32[960]; every fourth time, return what remains.

        That is of the last 160 ms, and of their first difference.
        """
        # What is no number would count as noise for 20 s.
        self._frames[self._count % _FRAMES] = frame if np.isfinite(frame @ frame) else 0.0
        self._count += 1
        if self._count % _LOOK:
            return None
        sound = np.roll(self._frames, -(self._count % _FRAMES), axis=0).reshape(-1)
        spectrum = rfft(sound * _HANN)
        power = np.asarray(spectrum.real**2 + spectrum.imag**2, dtype=np.float32) * _SCALE
        power[:_RUMBLE] = 0.0
        lines = np.zeros_like(power)
        _blocks(lines)[:] = np.where(_stand_out(_blocks(power)), _blocks(power), np.float32(0.0))
        power -= lines
        _blocks(lines)[:] *= self._share_of_the_room(_blocks(lines))[:, None]
        return _noise(power, lines), _noise(power * _DIFFERENCE, lines * _DIFFERENCE)

    def _share_of_the_room(self, lines: Samples) -> Samples:
        """Return which part of each block's lines is not held tones, 0 to 1."""
        power = lines.sum(axis=1)
        own = self._steady.smooth(power)
        held = np.maximum(power - np.where(_around(own) < _LOUD, 2.0 * own, 0.0), 0.0)
        is_hum = _FIRST + int(np.argmax(lines)) < _HUM
        if float(held.sum()) < (_HUMS if is_hum else _FAINTEST):
            return np.ones_like(power)
        share: Samples = 1.0 - held / np.maximum(power, np.float32(1e-20))
        return share


class _Steady:
    """The least power of each block's lines in the last 20 s; none before that."""

    def __init__(self) -> None:
        self._spans: deque[Samples] = deque(maxlen=_SPANS)
        self._least = np.full(_BLOCKS, np.inf, dtype=np.float32)
        self._looks = 0

    def smooth(self, held: Samples) -> Samples:
        np.minimum(self._least, held, out=self._least)
        self._looks += 1
        if self._looks % _SPAN == 0:
            self._spans.append(self._least)
            self._least = np.full(_BLOCKS, np.inf, dtype=np.float32)
        if len(self._spans) < _SPANS:
            return np.zeros(_BLOCKS, dtype=np.float32)
        least: Samples = np.min([*self._spans, self._least], axis=0)
        return least


def _blocks(power: Samples) -> Samples:
    """Return a view of the bins, block by block."""
    return power[_FIRST : _FIRST + _BLOCKS * _BLOCK].reshape(_BLOCKS, _BLOCK)


def _stand_out(blocks: Samples) -> npt.NDArray[np.bool_]:
    """Return which bins stand out from their own block and from both neighbours."""
    between = np.partition(blocks, _RANK, axis=1)[:, _RANK]
    return blocks > _STANDS_OUT * _around(between)[:, None]


def _around(values: Samples) -> Samples:
    """Return the maximum of each block and its two neighbours."""
    padded = np.concatenate((values[:1], values, values[-1:]))
    return np.maximum(np.maximum(padded[:-2], padded[1:-1]), padded[2:])


def _noise(power: Samples, lines: Samples) -> Noise:
    """Return the noise; lines add to its level, but do not make it waver."""
    total = float(power.sum())
    level = 10.0 * math.log10(max(total + float(lines.sum()), 1e-12))
    bins = total**2 / float(np.dot(power, power)) if total > 1e-12 else len(power)
    return Noise(level, bins * RATE / _WINDOW)
