"""Finds out whether the microphone hears the speakers at all: with headphones it does not.

The method is the generalised cross-correlation with phase transform (C. Knapp, G. Carter, IEEE
TASSP 24(4), 1976): where the microphone has a copy of what was played, however coloured, a peak
stands out at its delay. Two voices that are unrelated have none, but for a moment where both begin
at once; so no single look proves anything.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.fft import irfft, rfft

from ..samples import BLOCK, RATE, Samples, silence

_THINNING: Final = 6  # to 8 kHz
_HOP: Final = 6  # blocks between two looks
_STEP: Final = _HOP * BLOCK // _THINNING  # samples that are new with a look, 60 ms
_NEAR: Final = 2080  # samples of the microphone that are looked at, 260 ms
_FAR: Final = _NEAR + _STEP  # and of the reference, for the delays of one step
_STEPS: Final = 6  # of delay that are searched, 360 ms
_KEPT_FOR: Final = _HOP * (_STEPS - 1) + _FAR * _THINNING // BLOCK  # blocks until one is out
_SHARE: Final = 0.05  # of each look in the mean: that of the last 1.2 s of speech
_MOST: Final = 4.0  # standard deviations that one look counts for
_STANDS_OUT: Final = 8.5  # and by which the mean of them proves something
_STEADY: Final = 2  # samples by which the delay of an echo moves between two looks
_PROOF: Final = 3  # looks in a row, where an echo has to be met soon
_HOLD: Final = 12 * RATE // BLOCK  # blocks without a sign after which the echo has ended
_SPOKEN: Final = 1e-6  # mean power of the reference while somebody speaks: -60 dBov
_HEARD: Final = 1e-8  # and of the microphone while it hears anything
_NOTHING: Final = 1e-12
_WINDOW: Final = np.hanning(_NEAR).astype(np.float32)
_MEAN: Final[Samples] = np.full(_THINNING, 1.0 / _THINNING, np.float32)

Spectra = npt.NDArray[np.complex64]


class EchoWatch:
    """Says whether there is an echo; ``push`` needs every block of microphone and reference.

    ``proof`` is how many looks in a row, 60 ms apart, have to find it.
    """

    def __init__(self, proof: int = _PROOF) -> None:
        self._proof = proof
        self._new = silence(2 * _HOP * BLOCK).reshape(2, _HOP, BLOCK)  # since the last look
        self._near, self._far = silence(_NEAR), silence(_FAR)
        self._played: Spectra = np.zeros((_STEPS, _FAR // 2 + 1), np.complex64)  # newest first
        self._spoken = np.zeros(_STEPS, np.bool_)  # whether that was speech
        self._likeness = silence(_STEPS * _STEP).reshape(_STEPS, _STEP)  # by delay
        self._variance = silence(_STEPS)  # of the likeness of sounds that are unrelated
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
        self._distrusted = 1 + _KEPT_FOR

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
        self._played[1:] = self._played[:-1]
        self._played[0] = rfft(self._far)
        self._spoken[1:] = self._spoken[:-1]
        self._spoken[0] = _power(self._far) > _SPOKEN
        if self._spoken[0]:
            self._patience = max(self._patience - _HOP, 0)
        if self._spoken.any() and not self._distrusted and self._finds_echo():
            self._patience = _HOLD

    def _finds_echo(self) -> bool:
        shares = np.float32(_SHARE) * self._spoken
        self._likeness *= 1.0 - shares[:, None]
        self._variance *= (1.0 - shares) ** 2
        if _power(self._near) <= _HEARD:
            return False  # what is known proves nothing anew
        self._likeness += shares[:, None] * self._correlate()
        self._variance += shares**2
        # A loudspeaker or a microphone may turn the sound over.
        deviation = np.sqrt(self._variance[:, None]) + np.float32(_NOTHING)
        likeness = np.abs(self._likeness) / deviation
        lag = int(np.argmax(likeness))
        stands_out = float(likeness.flat[lag]) > _STANDS_OUT
        steady = abs(lag - self._lag) <= _STEADY
        self._lag = lag
        self._proofs = self._proofs + 1 if stands_out and steady else 0
        return self._proofs >= self._proof

    def _correlate(self) -> Samples:
        """Return how like the microphone is to the reference at each delay, with spread 1.

        Each step of delay has a row, and is compared with what was played then and no more.
        """
        near = silence(_FAR)
        near[-_NEAR:] = self._near * _WINDOW
        cross = rfft(near) * np.conj(self._played)
        cross /= np.abs(cross) + np.float32(_NOTHING)
        likeness: Samples = irfft(cross, _FAR)[:, :_STEP].astype(np.float32, copy=False)
        spread = np.sqrt(np.mean(np.square(likeness), axis=1, keepdims=True))
        likeness /= spread + np.float32(_NOTHING)
        return np.clip(likeness, -_MOST, _MOST, out=likeness)


def _power(samples: Samples) -> float:
    return float(np.dot(samples, samples)) / len(samples)


def _append(kept: Samples, new: Samples) -> None:
    kept[: -len(new)] = kept[len(new) :]
    kept[-len(new) :] = new
