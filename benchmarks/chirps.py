"""A test signal of chirps, and how to measure the delay of each chirp in a recording.

Chirps come in spurts with pauses between them, as talk does. Their times are irregular, so that the
whole signal fits itself at one delay only, and neighbours differ. First the delay of the whole is
found by cross-correlation, then each chirp is looked for near it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from roomcli.audio.samples import RATE, Samples, silence

LENGTH = int(0.040 * RATE)
SPURT = 8
"""Chirps in a spurt; the voice gate stays open between them."""
LEAST_GAP, MOST_GAP = 0.16, 0.36
LEAST_PAUSE, MOST_PAUSE = 0.9, 1.3
KINDS = ((400.0, 1600.0), (3400.0, 1800.0), (1600.0, 400.0), (1800.0, 3400.0))
"""Start and end frequency of each kind of chirp in Hz, in the range that a voice codec keeps."""
NEAR = int(0.300 * RATE)
"""Samples around the whole delay in which a chirp is sought: half the least gap to its own kind."""
ALIKE = 0.5
"""Normalised correlation from which on a sound counts as the chirp."""
FILLING = 0.03
"""Peak of the tone between the chirps of a filled signal."""
WINDOW = RATE // 400
"""Samples in which a gap is measured."""
LONGEST_DELAY = 60 * RATE
"""Samples that a recording may have run before the signal began."""


@dataclass(frozen=True)
class Chirps:
    """The signal, the sample at which each chirp begins, and the chirps that begin a spurt."""

    sound: Samples
    starts: list[int]
    firsts: set[int]


@dataclass(frozen=True)
class Delay:
    """The delay of one chirp in samples, or None if it was not heard."""

    start: int
    samples: int | None


def chirp(number: int) -> Samples:
    """Make a chirp of 40 ms that sweeps from one frequency to another; four kinds take turns."""
    low, high = KINDS[number % len(KINDS)]
    at = np.arange(LENGTH) / RATE
    phase = 2 * np.pi * (low * at + (high - low) / (LENGTH / RATE) * at**2 / 2)
    return np.asarray(0.5 * np.hanning(LENGTH) * np.sin(phase), dtype=np.float32)


def signal(seconds: float, seed: int = 11, *, filled: bool = False) -> Chirps:
    """Make a signal with as many chirps as fit into ``seconds``, after a second of silence.

    Where it is ``filled`` a soft tone goes through each spurt, so that gaps can be heard.
    """
    chance = np.random.default_rng(seed)
    sound = silence(int((seconds + 1.0) * RATE))
    starts: list[int] = []
    firsts: set[int] = set()
    at = 1.0
    while True:
        for number in range(SPURT):
            start = int(at * RATE)
            if start + LENGTH > len(sound):
                return Chirps(sound, starts, firsts)
            if filled and number:
                sound[starts[-1] : start] += _filling(start - starts[-1])
            sound[start : start + LENGTH] += chirp(len(starts))
            starts.append(start)
            if number == 0:
                firsts.add(start)
            at += chance.uniform(LEAST_GAP, MOST_GAP)
        at += chance.uniform(LEAST_PAUSE, MOST_PAUSE)


def delays(sent: Chirps, heard: Samples) -> list[Delay]:
    """Measure how much later each chirp is in ``heard`` than in ``sent``."""
    whole = whole_delay(sent.sound, heard)
    return [
        Delay(start, _delay_near(heard, chirp(number), start, whole))
        for number, start in enumerate(sent.starts)
    ]


def longest_gap(sent: Chirps, found: list[Delay], heard: Samples) -> float:
    """Return the longest silence in seconds between two chirps of a spurt of a filled signal."""
    longest = 0
    for before, after in itertools.pairwise(found):
        if after.start in sent.firsts or before.samples is None or after.samples is None:
            continue
        stretch = heard[before.start + before.samples : after.start + after.samples]
        windows = stretch[: len(stretch) // WINDOW * WINDOW].reshape(-1, WINDOW)
        silent = np.sqrt(np.mean(windows.astype(np.float64) ** 2, axis=1)) < FILLING / 8
        edges = np.flatnonzero(np.diff(np.concatenate(([0], silent.astype(np.int8), [0]))))
        longest = max([longest, *(edges[1::2] - edges[::2])])
    return longest * WINDOW / RATE


def _filling(count: int) -> Samples:
    return np.asarray(FILLING * np.sin(2 * np.pi * 700.0 * np.arange(count) / RATE), np.float32)


def whole_delay(sent: Samples, heard: Samples) -> int:
    """Return the delay in samples at which ``heard`` as a whole is most like ``sent``."""
    size = 1 << (len(sent) + len(heard)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(sent, size))
    return int(np.argmax(np.fft.irfft(spectrum, size)[:LONGEST_DELAY]))


def _delay_near(heard: Samples, sound: Samples, start: int, whole: int) -> int | None:
    template = sound.astype(np.float64)
    first = max(0, start + whole - NEAR)
    window = heard[first : start + whole + NEAR + LENGTH].astype(np.float64)
    if len(window) < LENGTH:
        return None
    fits = np.correlate(window, template)
    energy = np.convolve(window**2, np.ones(LENGTH), "valid")
    likeness = fits / np.sqrt(np.maximum(energy, 1e-9) * np.sum(template**2))
    best = int(np.argmax(fits))
    return first + best - start if likeness[best] >= ALIKE else None
