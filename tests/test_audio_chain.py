"""The whole chain without devices: gate, Opus, a jittery network, jitter buffer, mixer."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
import soxr

from roomcli.audio.gate import VoiceGate
from roomcli.audio.mixer import Mixer
from roomcli.audio.opus import Decoder, Encoder
from roomcli.audio.samples import FRAME, RATE, Samples

SPEECH = Path(__file__).parent / "speech.wav"


def speech() -> Samples:
    """13 s of two voices, float32 at 48 kHz."""
    with wave.open(str(SPEECH)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        resampled = soxr.resample(samples / np.float32(32768), file.getframerate(), RATE)
    return np.asarray(resampled, dtype=np.float32)


def frames(sound: Samples) -> Samples:
    return sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)


def through_codec_alone(sound: Samples) -> Samples:
    encoder, decoder = Encoder(), Decoder()
    return np.concatenate([decoder.decode(encoder.encode(frame)) for frame in frames(sound)])


def through_chain(sound: Samples, seed: int) -> Samples:
    """What a listener hears over an ordered network with 0 to 40 ms of jitter."""
    chance = np.random.default_rng(seed)
    gate, encoder, mixer = VoiceGate(), Encoder(), Mixer()
    buffer = mixer.add("speaker")
    sequence, latest, pulled = 0, 0.0, 0
    heard = []
    for index, frame in enumerate(frames(np.pad(sound, (0, RATE)))):
        for out in gate.process(frame):
            latest = max(latest, index * 0.02 + chance.uniform(0, 0.04))
            while pulled * 0.01 + 0.004 < latest:
                heard.append(mixer.pull(pulled * 0.01 + 0.004))
                pulled += 1
            media, payload = (index - out.age) * FRAME, encoder.encode(out.pcm)
            buffer.push(sequence, media, out.start, out.end, False, payload, latest)
            sequence += 1
    while pulled < len(sound) // 480 + 20:
        heard.append(mixer.pull(pulled * 0.01 + 0.004))
        pulled += 1
    return np.concatenate(heard)


def align(reference: Samples, heard: Samples) -> Samples:
    """``heard`` moved to where it is most like ``reference``, and as long as that."""
    size = 1 << (len(reference) + len(heard)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(reference, size))
    delay = int(np.argmax(np.fft.irfft(spectrum, size)[: RATE // 2]))
    moved = heard[delay : delay + len(reference)]
    return np.pad(moved, (0, len(reference) - len(moved)))


@pytest.mark.parametrize("seed", [1, 5, 9])
def test_chain_costs_at_most_0_05_pesq_over_the_codec_alone(seed: int) -> None:
    pesq = pytest.importorskip("pesq", reason="needs the optional dependency pesq (quality)")
    sound = speech()
    original = soxr.resample(sound, RATE, 16_000)

    def score(heard: Samples) -> float:
        aligned = align(original, soxr.resample(heard, RATE, 16_000))
        return float(pesq.pesq(16_000, original, aligned, "wb"))

    alone = score(through_codec_alone(sound))
    assert alone > 4.0
    assert score(through_chain(sound, seed)) >= alone - 0.05


def test_chain_is_gapless_and_keeps_its_level() -> None:
    sound = speech()
    heard = align(sound, through_chain(sound, 3))
    said = np.sqrt(np.mean(frames(sound) ** 2, axis=1)) > 0.02
    played = np.sqrt(np.mean(frames(heard) ** 2, axis=1))
    assert np.min(played[said]) > 0.002, "a hole in a word"
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(np.sqrt(np.mean(sound**2)), rel=0.05)
