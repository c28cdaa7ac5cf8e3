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

from ..samples import BLOCK, RAMP, Samples, silence

_PARTS: Final = 26  # blocks of 10 ms: the longest echo
_BINS: Final = BLOCK + 1
_MADE_CAUSAL: Final = 4  # parts in turn that are cut to their length with each block
_ROUND: Final = -(-_PARTS // _MADE_CAUSAL)  # blocks until it is their turn again
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
_CENTRED: Final = (1.0 - 2.0 * (np.arange(_BANDS) % 2)).astype(np.float32)  # a shift by half


class EchoFilter:
    """The adaptive filter of one microphone; ``process`` needs every block."""

    delay: Final = _TAPS // 2
    """Samples by which the output lags behind the input."""

    def __init__(self) -> None:
        shape = (_PARTS, _BINS)
        self._played = _Played()
        self._way: Complex = np.zeros(shape, np.complex64)  # for what was played, in its order
        decay = np.exp(-_DECAY * np.arange(_PARTS), dtype=np.float32)
        self._unsure: Powers = np.repeat(_UNKNOWN * decay[:, None], _BINS, axis=1)
        self._power: Powers = np.zeros(shape, np.float32)  # of the way, when it was made causal
        self._elsewhere: Powers = np.zeros(_BINS, np.float32)
        self._drift: Powers = np.zeros(shape, np.float32)  # by which it gets unsure in a block
        self._work: Complex = np.zeros(shape, np.complex64)
        self._share: Powers = np.zeros(shape, np.float32)
        self._rest = silence(2 * BLOCK)  # what is left of the block, after silence
        self._own: Powers = np.full(_BINS, 1e-3, np.float32)
        self._next_causal = 0
        self._silent = _PARTS  # blocks in a row in which nothing was played
        self._left = _Weakening()

    def process(self, block: Samples, reference: Samples) -> Samples:
        """Return the block without the echo of ``reference``; both float32[480]."""
        self._silent = 0 if reference.any() else self._silent + 1
        if self._silent > _PARTS:
            return self._left.pass_on(block)
        self._played.push(reference)
        heard = np.multiply(self._way, self._played.spectra, out=self._work)
        rest = block - _sounds(np.add.reduce(heard, axis=0))[BLOCK:]
        self._rest[BLOCK:] = rest
        spectrum = _spectra(self._rest)
        power = _power(spectrum)
        self._own += (power - self._own) * np.float32(1.0 - _SMOOTHING)
        of_echo = self._learn(spectrum)
        return self._left.process(rest, power, of_echo)

    def _learn(self, rest: Complex) -> Powers:
        """Correct the way by what is left; return how much of that may be echo, as a power."""
        share = np.multiply(self._played.powers, self._unsure, out=self._share)
        of_echo: Powers = np.add.reduce(share, axis=0) * np.float32(0.5)
        gain = np.reciprocal(of_echo + self._own + np.float32(1e-8))
        correction = np.conjugate(self._played.spectra, out=self._work)
        correction *= rest * gain
        correction *= self._unsure
        self._way += correction
        share *= gain * np.float32(0.5 * _STAYS**2)
        np.subtract(np.float32(_STAYS**2), share, out=share)
        self._unsure *= share
        self._unsure += self._drift
        self._make_causal()
        return of_echo

    def _make_causal(self) -> None:
        """Cut some parts to 10 ms; the correction of a block wraps around at its end.

        They also forget here what the room may have changed since the last time.
        """
        first = self._next_causal
        parts = slice(first, first + _MADE_CAUSAL)
        ways = _sounds(self._way[parts])[:, :BLOCK]
        ways *= np.float32(_STAYS**_ROUND)
        way = self._way[parts] = _spectra(ways)
        power = self._power[parts] = _power(way)
        if first == 0:
            mean = np.add.reduce(self._power, axis=0) * np.float32(1.0 / _PARTS)
            self._elsewhere = mean * np.float32(_ELSEWHERE)
        self._drift[parts] = (power + self._elsewhere) * np.float32(1.0 - _STAYS**2)
        self._next_causal = parts.stop if parts.stop < _PARTS else 0


class _Played:
    """What was played with the last blocks, newest first; little of it is moved for a block."""

    def __init__(self) -> None:
        shape = (2 * _PARTS, _BINS)
        self._sound = silence(2 * BLOCK)
        self._spectra: Complex = np.zeros(shape, np.complex64)
        self._powers: Powers = np.zeros(shape, np.float32)
        self._newest = _PARTS

    def push(self, block: Samples) -> None:
        """Take what is played with the next block."""
        if self._newest == 0:
            for kept in (self._spectra, self._powers):
                kept[_PARTS + 1 :] = kept[: _PARTS - 1]
            self._newest = _PARTS + 1
        self._newest -= 1
        self._sound[:BLOCK] = self._sound[BLOCK:]
        self._sound[BLOCK:] = block
        spectrum = self._spectra[self._newest] = _spectra(self._sound)
        self._powers[self._newest] = _power(spectrum)

    @property
    def spectra(self) -> Complex:
        """The spectra, each of a block and the one before."""
        return self._spectra[self._newest : self._newest + _PARTS]

    @property
    def powers(self) -> Powers:
        """The squares of their magnitudes."""
        return self._powers[self._newest : self._newest + _PARTS]


class _Weakening:
    """Weakens the bands that are mostly echo, by a filter that is designed anew each block."""

    def __init__(self) -> None:
        self._sound = silence(_TAPS + BLOCK)
        self._taps = _AS_IT_IS
        self._powers = np.zeros((2, _BANDS), np.float32)  # of all, and of what may be echo

    def process(self, block: Samples, power: Powers, of_echo: Powers) -> Samples:
        """Return the block, given the powers of all of it and of what may be echo."""
        powers = np.add.reduceat(np.stack((power, of_echo)), _FIRST_BIN, axis=1)
        self._powers += (powers - self._powers) * np.float32(1.0 - _PERIOD)
        every, echo = self._powers
        gains = 1.0 - np.float32(_DISTRUST) * echo / (every + np.float32(_NOTHING))
        np.maximum(gains, np.float32(_LEAST), out=gains)
        return self._filter(block, _sounds(gains * _CENTRED) * _WINDOW)

    def pass_on(self, block: Samples) -> Samples:
        """Return the block as it is, when there is no echo."""
        return self._filter(block, _AS_IT_IS)

    def _filter(self, block: Samples, taps: Samples) -> Samples:
        sound = self._sound
        sound[:_TAPS] = sound[-_TAPS:]
        sound[_TAPS:] = block
        before, self._taps = self._taps, taps
        if before is taps:
            return sound[_TAPS // 2 : -_TAPS // 2].copy()
        # The taps are as good backwards: they are symmetric, but for the first, which is 0.
        old = np.correlate(sound[:-1], before, mode="valid")
        new = np.correlate(sound[:-1], taps, mode="valid")
        new -= old
        new *= RAMP
        new += old
        return new


def _spectra(sounds: Samples) -> Complex:
    """Return the spectrum of each sound, which is followed by silence if it is a block only."""
    return rfft(sounds, 2 * BLOCK).astype(np.complex64, copy=False)


def _sounds(spectra: npt.NDArray[np.number]) -> Samples:
    return irfft(spectra).astype(np.float32, copy=False)


def _power(spectra: Complex) -> Powers:
    return np.square(spectra.real) + np.square(spectra.imag)
