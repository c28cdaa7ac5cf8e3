"""Tests of noise suppression: steady noise falls, speech stays."""

from __future__ import annotations

import numpy as np

from roomcli.audio.levels import decibels
from roomcli.audio.processing.noise import NoiseSuppression
from roomcli.audio.samples import BLOCK, RATE, Samples

from ....support.sound import SPEECH, samples_of


def processed(sound: Samples) -> Samples:
    stage = NoiseSuppression()
    whole = sound[: len(sound) // BLOCK * BLOCK].reshape(-1, BLOCK)
    return np.concatenate([stage.process(block) for block in whole])


def test_steady_noise_falls_and_its_delay_is_as_said() -> None:
    noise = (np.random.default_rng(1).standard_normal(4 * RATE) * 0.01).astype(np.float32)
    assert decibels(noise[2 * RATE :]) - decibels(processed(noise)[2 * RATE :]) > 5
    speech = samples_of(SPEECH)[: 3 * RATE]
    out = processed(speech)
    size = 1 << (2 * len(speech)).bit_length()
    likeness = np.fft.irfft(np.fft.rfft(out, size) * np.conj(np.fft.rfft(speech, size)), size)
    assert int(np.argmax(likeness[:RATE])) == NoiseSuppression.delay
    assert abs(decibels(out) - decibels(speech)) < 2
