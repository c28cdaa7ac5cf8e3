"""Finds out whether the microphone hears the speakers at all: with headphones it does not.

The method is the generalised cross-correlation with phase transform (C. Knapp, G. Carter, IEEE
TASSP 24(4), 1976): where the microphone has a copy of what was played, however coloured, a peak
stands out at its delay. Two voices that are unrelated have none.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.fft import irfft, rfft

from ..samples import BLOCK, RATE, Samples, silence

_THINNING: Final = 6  # to 8 kHz
_NEAR: Final = 1024  # samples of those that are looked at, 128 ms
_FAR: Final = 4096  # and of the reference, before and beside them
_LONGEST: Final = 2800  # samples of delay that are searched, 350 ms
_HOP: Final = 6  # blocks between two looks
_SHARE: Final = 0.05  # of each look in the mean: that of the last 1.2 s of speech
_STANDS_OUT: Final = 8.5  # standard deviations
_STEADY: Final = 2  # samples by which the delay of an echo moves between two looks
_PROOF: Final = 3  # looks in a row, where an echo has to be met soon
_HOLD: Final = 12 * RATE // BLOCK  # blocks without a sign after which the echo has ended
_SPOKEN: Final = 1e-6  # mean power of the reference while somebody speaks: -60 dBov
_HEARD: Final = 1e-8  # and of the microphone while it hears anything
_WINDOW: Final = np.hanning(_NEAR).astype(np.float32)
_MEAN: Final[Samples] = np.full(_THINNING, 1.0 / _THINNING, np.float32)


class EchoWatch:
    """Says whether there is an echo; ``push`` needs every block of microphone and reference.

    ``proof`` is how many looks in a row, 60 ms apart, have to find it.
    """

    def __init__(self, proof: int = _PROOF) -> None:
        self._proof = proof
        self._new = silence(2 * _HOP * BLOCK).reshape(2, _HOP, BLOCK)  # since the last look
        self._near, self._far = silence(_NEAR), silence(_FAR)
        self._likeness = silence(_LONGEST)
        self._until_look = _HOP
        self._distrusted = 0
        self._lag = 0
        self._proofs = 0
        self._patience = 0

    @property
    def hears_echo(self) -> bool:
        """Whether there is an echo, or was until shortly before."""
        return self._patience > 0

    def distrust(self) -> None:
        """Look at nothing that has the next block in it, whose time or sound is not known.

        A machine that stands still breaks off both sounds at once, and two breaks are alike.
        """
        self._distrusted = 1 + _FAR * _THINNING // BLOCK

    def push(self, near: Samples, far: Samples) -> None:
        """Take the next block of the microphone and the reference, float32[480] each."""
        self._new[0, -self._until_look] = near
        self._new[1, -self._until_look] = far
        self._distrusted = max(self._distrusted - 1, 0)
        self._until_look -= 1
        if self._until_look:
            return
        self._until_look = _HOP
        for kept, new in zip((self._near, self._far), self._new, strict=True):
            _append(kept, new.reshape(-1, _THINNING) @ _MEAN)
        if _power(self._far) < _SPOKEN:
            return  # nobody speaks: there is nothing to be learnt
        self._patience = max(self._patience - _HOP, 0)
        if not self._distrusted and self._finds_echo():
            self._patience = _HOLD

    def _finds_echo(self) -> bool:
        self._likeness *= np.float32(1.0 - _SHARE)
        if _power(self._near) <= _HEARD:
            return False  # what is known proves nothing anew
        self._likeness += np.float32(_SHARE) * self._correlate()
        spread = math.sqrt(_power(self._likeness))
        lag = int(np.argmax(self._likeness))
        stands_out = float(self._likeness[lag]) > _STANDS_OUT * spread > 0.0
        steady = abs(lag - self._lag) <= _STEADY
        self._lag = lag
        self._proofs = self._proofs + 1 if stands_out and steady else 0
        return self._proofs >= self._proof

    def _correlate(self) -> Samples:
        """Return how like the microphone is to the reference at each delay, with spread 1."""
        near = silence(_FAR)
        near[-_NEAR:] = self._near * _WINDOW
        cross = rfft(near) * np.conj(rfft(self._far))
        cross /= np.abs(cross) + np.float32(1e-12)
        likeness = irfft(cross, _FAR)[:_LONGEST].astype(np.float32, copy=False)
        return likeness * np.float32(1.0 / (math.sqrt(_power(likeness)) or 1.0))


def _power(samples: Samples) -> float:
    return float(np.dot(samples, samples)) / len(samples)


def _append(kept: Samples, new: Samples) -> None:
    kept[: -len(new)] = kept[len(new) :]
    kept[-len(new) :] = new
