"""A simulated desk: a room's response, a loudspeaker that clips, cards whose clocks differ."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roomcli.audio.samples import RATE, Samples


def response(late_ms: float, decay_ms: float, seed: int) -> Samples:
    """Return a room's response whose first sound comes ``late_ms`` late.

    After the direct sound come six early reflections and a tail that has decayed by 60 dB after
    ``decay_ms`` (J. Polack's model: noise under an exponential).
    """
    random = np.random.default_rng(seed)
    late, decay = int(late_ms * RATE / 1000), int(decay_ms * RATE / 1000)
    taps = np.zeros(late + decay)
    taps[late] = 1.0
    for _ in range(6):
        at = int(random.uniform(0.001, 0.025) * RATE)
        taps[late + at] += random.uniform(-0.5, 0.5)
    tail = random.standard_normal(decay) * 10.0 ** (-3.0 * np.arange(decay) / decay)
    taps[late:] += 0.05 * tail
    return as_samples(taps / np.sqrt(np.sum(taps**2)))


def echo(far: Samples, taps: Samples, clip: float | None = None) -> Samples:
    """Return what the microphone hears of ``far``; ``clip`` is where the loudspeaker bends."""
    if clip is not None:
        far = (clip * np.tanh(far / clip)).astype(np.float32)
    size = 1 << (len(far) + len(taps)).bit_length()
    heard = np.fft.irfft(np.fft.rfft(far, size) * np.fft.rfft(taps, size), size)
    return as_samples(heard[: len(far)])


def drifted(sound: Samples, ppm: float) -> Samples:
    """Return ``sound`` as a clock that is ``ppm`` millionths faster captures it."""
    times = np.arange(len(sound)) * (1.0 - ppm * 1e-6)
    return as_samples(np.interp(times, np.arange(len(sound)), sound))


def noise(kind: str, count: int, seed: int) -> Samples:
    """Return noise of mean power 1: ``white``, ``pink``, ``fan`` (low) or ``hum`` (50 Hz)."""
    random = np.random.default_rng(seed)
    if kind == "hum":
        times = np.arange(count) / RATE
        sound = sum(np.sin(2 * np.pi * 50 * k * times + k) / k for k in (1, 2, 3, 5, 7))
    else:
        slope = {"white": 0.0, "pink": 0.5, "fan": 1.0}[kind]
        spectrum = np.fft.rfft(random.standard_normal(count))
        frequencies = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 40.0)
        sound = np.fft.irfft(spectrum / frequencies**slope, count)
    return as_samples(sound / np.sqrt(np.mean(np.square(sound))))


def as_samples(sound: npt.ArrayLike) -> Samples:
    """Return the sound as float32."""
    return np.asarray(sound, dtype=np.float32)
