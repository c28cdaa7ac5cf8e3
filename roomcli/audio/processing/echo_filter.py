"""Learns the way from speakers to microphone, and takes what comes over it out of the microphone.

Acoustic echo is mostly linear: what was played, delayed and coloured by the room. An adaptive
filter takes that away and leaves one's own voice whole, which a suppressor cannot while both speak.
It is a Kalman filter in the frequency domain, which learns as fast as the voice of the person who
speaks meanwhile lets it (G. Enzner, P. Vary, Signal Processing 86(6), 2006), cut into parts of
10 ms (F. Kuech, E. Mabande, G. Enzner, ICASSP 2014). The same filter knows how wrong it may be:
what is left is weakened in the bands that may be echo for the most part, by a short filter of
linear phase.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.fft import irfft, rfft

from ..samples import BLOCK, Samples, silence

_PARTS: Final = 26  # blocks of 10 ms: the longest echo
_BINS: Final = BLOCK + 1
_MADE_CAUSAL: Final = 4  # parts in turn that are cut to their length with each block
_STAYS: Final = 0.9993  # how far the room is the same after 10 ms
_UNKNOWN: Final = 1.0  # variance of the way before anything is known, in its first part
_DECAY: Final = 0.1  # by which it falls with each part
_ELSEWHERE: Final = 0.2  # of the mean power of all parts, which may come by any of them
_SMOOTHING: Final = 0.9  # of the power of what no filter takes out: one's own voice
_TAPS: Final = 128
_BANDS: Final = _TAPS // 2 + 1  # that are weakened, each by itself
_DISTRUST: Final = 5.0  # times the power of the echo left, as the filter believes it to be
_LEAST: Final = 0.07  # the gain of a band that is all echo
_PERIOD: Final = 0.5  # share of the last power of a band in its mean
_NOTHING: Final = 1e-9

Complex = npt.NDArray[np.complex64]
Powers = npt.NDArray[np.float32]

_FIRST_BIN: Final = np.round(np.linspace(0, _BINS, _BANDS + 1)).astype(int)[:-1]
_WINDOW: Final = np.hanning(_TAPS + 1)[:_TAPS].astype(np.float32)
_AS_IT_IS: Final[Samples] = np.eye(1, _TAPS, _TAPS // 2, dtype=np.float32)[0]
_FADE: Final[Samples] = np.linspace(0.0, 1.0, BLOCK, endpoint=False, dtype=np.float32)


class EchoFilter:
    """The adaptive filter of one microphone; ``process`` needs every block."""

    delay: Final = _TAPS // 2
    """Samples by which the output lags behind the input."""

    def __init__(self) -> None:
        shape = (_PARTS, _BINS)
        self._played: Complex = np.zeros(shape, np.complex64)  # spectra, the newest at _newest
        self._way: Complex = np.zeros(shape, np.complex64)  # the same order as time: newest first
        decay = np.exp(-_DECAY * np.arange(_PARTS), dtype=np.float32)
        self._unsure: Powers = np.repeat(_UNKNOWN * decay[:, None], _BINS, axis=1)
        self._work: Complex = np.zeros(shape, np.complex64)
        self._reference = silence(BLOCK)
        self._own: Powers = np.full(_BINS, 1e-3, np.float32)
        self._next_causal = 0
        self._silent = _PARTS  # blocks in a row in which nothing was played
        self._left = _Weakening()

    def process(self, block: Samples, reference: Samples) -> Samples:
        """Return the block without the echo of ``reference``; both float32[480]."""
        self._silent = 0 if reference.any() else self._silent + 1
        if self._silent > _PARTS:
            return self._left.pass_on(block)
        self._played[1:] = self._played[:-1]
        self._played[0] = _spectrum(np.concatenate((self._reference, reference)))
        self._reference = reference
        heard = np.multiply(self._way, self._played, out=self._work).sum(axis=0)
        rest = (block - irfft(heard)[BLOCK:]).astype(np.float32)
        spectrum = _spectrum(np.concatenate((silence(BLOCK), rest)))
        power = _power(spectrum)
        self._own += (power - self._own) * np.float32(1.0 - _SMOOTHING)
        of_echo = self._learn(spectrum)
        return self._left.process(rest, power, of_echo)

    def _learn(self, rest: Complex) -> Powers:
        """Correct the way by what is left; return how much of that may be echo, as a power."""
        played = _power(self._played)
        of_echo: Powers = np.einsum("pk,pk->k", played, self._unsure) * np.float32(0.5)
        gain = self._unsure / (of_echo + self._own + np.float32(1e-8))
        correction = np.conjugate(self._played, out=self._work)
        correction *= rest
        correction *= gain
        self._way += correction
        self._way *= np.float32(_STAYS)
        gain *= played
        gain *= np.float32(-0.5)
        gain += np.float32(1.0)
        np.maximum(gain, 0.0, out=gain)
        self._unsure *= gain
        self._unsure *= np.float32(_STAYS**2)
        power = _power(self._way)
        power += np.float32(_ELSEWHERE) * power.mean(axis=0)
        power *= np.float32(1.0 - _STAYS**2)
        self._unsure += power
        self._make_causal()
        return of_echo

    def _make_causal(self) -> None:
        """Cut some parts to 10 ms; the correction of a block wraps around at its end."""
        first = self._next_causal
        parts = slice(first, first + _MADE_CAUSAL)
        ways = irfft(self._way[parts], axis=1)
        ways[:, BLOCK:] = 0.0
        self._way[parts] = _spectrum(ways)
        self._next_causal = parts.stop if parts.stop < _PARTS else 0


class _Weakening:
    """Weakens the bands that are mostly echo, by a filter that is designed anew each block."""

    def __init__(self) -> None:
        self._before = silence(_TAPS)
        self._taps = _AS_IT_IS
        self._all = np.zeros(_BANDS, np.float32)
        self._of_echo = np.zeros(_BANDS, np.float32)

    def process(self, block: Samples, power: Powers, of_echo: Powers) -> Samples:
        """Return the block, given the powers of all of it and of what may be echo."""
        for mean, now in ((self._all, power), (self._of_echo, of_echo)):
            mean += (np.add.reduceat(now, _FIRST_BIN) - mean) * np.float32(1.0 - _PERIOD)
        gains = np.maximum(1.0 - _DISTRUST * self._of_echo / (self._all + _NOTHING), _LEAST)
        shape = irfft(gains)
        middle = np.concatenate((shape[_TAPS // 2 :], shape[: _TAPS // 2]))
        return self._filter(block, (middle * _WINDOW).astype(np.float32))

    def pass_on(self, block: Samples) -> Samples:
        """Return the block as it is, when there is no echo."""
        return self._filter(block, _AS_IT_IS)

    def _filter(self, block: Samples, taps: Samples) -> Samples:
        sound = np.concatenate((self._before, block))
        self._before = sound[-_TAPS:]
        before, self._taps = self._taps, taps
        old = np.convolve(sound[1:], before, mode="valid")
        if before is taps:
            return old.astype(np.float32)
        new = np.convolve(sound[1:], taps, mode="valid")
        return (old + (new - old) * _FADE).astype(np.float32)


def _spectrum(sound: npt.NDArray[np.floating]) -> Complex:
    return rfft(sound).astype(np.complex64, copy=False)


def _power(spectra: Complex) -> Powers:
    return np.square(spectra.real) + np.square(spectra.imag)
