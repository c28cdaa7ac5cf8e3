"""PESQ (ITU-T P.862.2, wideband) of speech that went through the chain, and through Opus alone."""

from __future__ import annotations

import importlib.util
import wave
from pathlib import Path

import numpy as np
import soxr

from roomcli.audio.opus import Decoder, Encoder
from roomcli.audio.samples import FRAME, RATE, Samples

from .processes import ROOT
from .report import Figures, rounded

SPEECH = ROOT / "tests" / "support" / "speech.wav"
_WIDEBAND = 16_000
_SEARCH = _WIDEBAND // 2


def available() -> bool:
    """Whether the optional package ``pesq`` is there."""
    return importlib.util.find_spec("pesq") is not None


def speech() -> Samples:
    """Load 13 s of speech by two voices with a pause."""
    return read_wav(SPEECH)


def read_wav(path: Path) -> Samples:
    """Read a mono file of 16 bits, resampled to 48 kHz if needed."""
    with wave.open(str(path)) as file:
        data = file.readframes(file.getnframes())
        rate = file.getframerate()
    sound = np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2") / np.float32(32768)
    return np.asarray(soxr.resample(sound, rate, RATE) if rate != RATE else sound, np.float32)


def write_wav(path: Path, sound: Samples) -> None:
    """Write a mono file of 16 bits at 48 kHz."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.rint(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def figures(said: Samples, heard: Samples) -> Figures:
    """Return PESQ of the chain and of Opus alone, and the loss between them.

    ``heard`` has the speech somewhere in its first half second.
    """
    through_chain = score(said, heard)
    alone = score(said, codec_alone(said))
    return {
        "pesq_wb": rounded(through_chain),
        "pesq_wb_codec_alone": rounded(alone),
        "pesq_loss": rounded(round(alone - through_chain, 4)),
    }


def codec_alone(said: Samples) -> Samples:
    """Return what Opus makes of the speech, at the settings that ship, with nothing around it."""
    encoder, decoder = Encoder(), Decoder()
    frames = said[: len(said) // FRAME * FRAME].reshape(-1, FRAME)
    return np.concatenate([decoder.decode(encoder.encode(frame)) for frame in frames])


def score(said: Samples, heard: Samples) -> float:
    """Return PESQ of what was heard, somewhere in whose first half second the speech begins."""
    import pesq

    original = soxr.resample(said, RATE, _WIDEBAND)
    degraded = soxr.resample(heard, RATE, _WIDEBAND)
    size = 1 << (len(original) + len(degraded)).bit_length()
    spectrum = np.fft.rfft(degraded, size) * np.conj(np.fft.rfft(original, size))
    at = int(np.argmax(np.fft.irfft(spectrum, size)[:_SEARCH]))
    aligned = degraded[at : at + len(original)]
    aligned = np.pad(aligned, (0, len(original) - len(aligned)))
    return float(pesq.pesq(_WIDEBAND, original, aligned, "wb"))
