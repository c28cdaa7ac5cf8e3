"""Tests of the leveller: whispering and shouting come near -20 dBov, and noise is not pumped up."""

from __future__ import annotations

import numpy as np
import pytest

from roomcli.audio.levels import decibels
from roomcli.audio.processing.leveller import Leveller
from roomcli.audio.samples import BLOCK, RATE, Samples

from ....support.sound import SPEECH, samples_of


def levelled(sound: Samples) -> tuple[Samples, list[float]]:
    stage = Leveller()
    blocks, gains = [], []
    for block in sound[: len(sound) // BLOCK * BLOCK].reshape(-1, BLOCK):
        blocks.append(stage.process(block))
        gains.append(stage.gain)
    return np.concatenate(blocks), gains


def active_level(sound: Samples) -> float:
    """Return the level of the speech, in dBov: of the blocks near its own level (P.56)."""
    powers = np.mean(sound[: len(sound) // BLOCK * BLOCK].reshape(-1, BLOCK) ** 2, axis=1) + 1e-12
    level = powers.mean()
    for _ in range(20):
        level = powers[powers > level / 38.9].mean()
    return float(10 * np.log10(level))


@pytest.mark.parametrize("level", [-40.0, -26.0, -8.0])
def test_speech_comes_to_its_level_slowly(level: float) -> None:
    speech = np.tile(samples_of(SPEECH), 2)
    given = speech * np.float32(10 ** ((level - active_level(speech)) / 20))
    out, gains = levelled(np.clip(given, -1, 1))
    assert abs(active_level(out[5 * RATE :]) + 20) < 4
    assert np.abs(np.diff(gains)).max() <= 0.0601, "6 dB a second"
    assert np.abs(out).max() <= 1.0


def test_noise_alone_gets_no_gain() -> None:
    noise = (np.random.default_rng(2).standard_normal(5 * RATE) * 0.003).astype(np.float32)
    out, _ = levelled(noise)
    assert decibels(out[4 * RATE :]) < -48
