"""Speech, and measures of how much of it is left after a journey."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
import soxr

from benchmarks.speech_quality import SPEECH as SPEECH
from roomcli.audio.opus import Decoder, Encoder
from roomcli.audio.samples import FRAME, RATE, Samples

LONGEST_DELAY = 30.0


def samples_of(path: Path) -> Samples:
    """Read the samples of a file, float32 at 48 kHz."""
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        resampled = soxr.resample(samples / np.float32(32768), file.getframerate(), RATE)
    return np.asarray(resampled, dtype=np.float32)


def frames(sound: Samples) -> Samples:
    """Split a sound into whole frames of 20 ms, float32[n, 960]."""
    return sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)


def through_codec_alone(sound: Samples) -> Samples:
    """Encode and decode ``sound`` with libopus at the engine's settings."""
    encoder, decoder = Encoder(), Decoder()
    return np.concatenate([decoder.decode(encoder.encode(frame)) for frame in frames(sound)])


def align(reference: Samples, heard: Samples) -> Samples:
    """Shift ``heard`` to where it is most like ``reference``, and give it the same length."""
    size = 1 << (len(reference) + len(heard)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(reference, size))
    likeness = np.fft.irfft(spectrum, size)[: int(LONGEST_DELAY * RATE)]
    delay = int(np.argmax(likeness))
    moved = heard[delay : delay + len(reference)]
    return np.pad(moved, (0, len(reference) - len(moved)))


def likeness(reference: Samples, heard: Samples) -> float:
    """Return how alike the loudness of two sounds of one length moves, 1 at most.

    It tells speech from other speech, whatever a codec, or a jitter buffer on a busy machine, does
    to the waves.
    """
    parts = [sound[: len(sound) // 2400 * 2400].reshape(-1, 2400) for sound in (reference, heard)]
    first, second = (np.sqrt(np.mean(each**2, axis=1)) for each in parts)
    return float(np.corrcoef(first, second)[0, 1])


def pesq_wb(reference: Samples, heard: Samples) -> float:
    """Return the PESQ-wb (ITU-T P.862.2) of ``heard``, both at 48 kHz.

    Skips the test if the package is not installed.
    """
    pesq = pytest.importorskip(
        "pesq", reason="PESQ is not installed: pip install '.[quality]' (needs a C compiler)"
    )
    original = soxr.resample(reference, RATE, 16_000)
    aligned = align(original, soxr.resample(heard, RATE, 16_000))
    return float(pesq.pesq(16_000, original, aligned, "wb"))
