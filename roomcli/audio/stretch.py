"""Shortens or lengthens speech by whole pitch periods, which nobody hears.

WSOLA (W. Verhelst, M. Roelands, ICASSP 1993), one splice at a time as NetEQ's accelerate and
preemptive expand do it: find the lag at which the signal looks most like itself, cross-fade there.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from .samples import Samples

FADE: Final = 240  # samples of cross-fade: 5 ms
WINDOW: Final = 480  # samples compared in the search: 10 ms, a period of the lowest voices
SHORTEST: Final = 120  # the least lag: 2.5 ms, 400 Hz
LONGEST: Final = 720  # the greatest: 15 ms, 67 Hz

_COARSE: Final = 4  # the first search runs at 12 kHz
_RISE: Samples = np.linspace(0.0, 1.0, FADE, endpoint=False, dtype=np.float32)


def best_lag(pcm: Samples, longest: int) -> tuple[int, float]:
    """Return the lag of at most ``longest`` samples at which ``pcm`` repeats itself best.

    Needs ``SHORTEST <= longest`` and ``longest + WINDOW`` samples. Returns the lag and the
    normalised correlation there, -1 to 1 (1 for silence, which is like itself everywhere).
    """
    usable = (longest + WINDOW) // _COARSE * _COARSE
    coarse = pcm[:usable].reshape(-1, _COARSE).sum(axis=1)
    scores = _correlations(coarse, coarse[: WINDOW // _COARSE])[SHORTEST // _COARSE :]
    if len(scores) == 0:
        return SHORTEST, 0.0
    near = (SHORTEST // _COARSE + int(np.argmax(scores))) * _COARSE
    first = max(SHORTEST, near - _COARSE)
    last = min(longest, near + _COARSE)
    fine = _correlations(pcm[first : last + WINDOW], pcm[:WINDOW])
    best = int(np.argmax(fine))
    return first + best, float(fine[best])


def shorten(pcm: Samples, lag: int) -> Samples:
    """Return ``pcm`` without ``lag`` samples near its beginning; needs ``lag + FADE`` samples."""
    return join(pcm, pcm[lag:])


def lengthen(pcm: Samples, lag: int) -> Samples:
    """Return ``pcm`` with ``lag`` samples near its beginning doubled; needs ``lag + FADE``."""
    return np.concatenate((pcm[:lag], join(pcm[lag:], pcm)))


def join(going: Samples, coming: Samples) -> Samples:
    """Return ``coming``, faded in over the first samples of ``going``, FADE at most."""
    count = min(FADE, len(going), len(coming))
    rise = _RISE if count == FADE else np.linspace(0.0, 1.0, count, False, dtype=np.float32)
    joined = coming.copy()
    joined[:count] = going[:count] + (coming[:count] - going[:count]) * rise
    return joined


def _correlations(pcm: Samples, head: Samples) -> Samples:
    """Return the normalised correlation of ``head`` with ``pcm`` at each lag."""
    window = len(head)
    products = np.correlate(pcm, head, mode="valid")
    sums = np.concatenate(([0.0], np.cumsum(np.square(pcm, dtype=np.float64))))
    return _normalised(products, float(np.dot(head, head)), sums[window:] - sums[:-window])


def _normalised(products: Samples, energy: float, energies: Samples) -> Samples:
    floor = 1e-9  # about -97 dBov over the window: below it everything is silence
    scores = (products + floor) / np.sqrt((energy + floor) * (np.abs(energies) + floor))
    return scores.astype(np.float32)
