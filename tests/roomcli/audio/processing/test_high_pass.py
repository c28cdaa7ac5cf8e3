"""Tests of the high-pass: the hum goes, the voice stays, and blocks join without a seam."""

from __future__ import annotations

import numpy as np
import pytest

from roomcli.audio.levels import decibels
from roomcli.audio.processing.high_pass import HighPass
from roomcli.audio.samples import BLOCK, RATE, Samples


def filtered(sound: Samples) -> Samples:
    stage = HighPass()
    return np.concatenate([stage.process(block) for block in sound.reshape(-1, BLOCK)])


def tone(hertz: float) -> Samples:
    return (0.1 * np.sin(2 * np.pi * hertz * np.arange(2 * RATE) / RATE)).astype(np.float32)


@pytest.mark.parametrize(
    ("hertz", "least", "most"), [(20, -60, -36), (50, -8, -6.5), (60, -3.2, -2.8), (150, -0.1, 0.1)]
)
def test_what_lies_below_a_voice_goes(hertz: float, least: float, most: float) -> None:
    sound = tone(hertz)
    assert least <= decibels(filtered(sound)[RATE:]) - decibels(sound[RATE:]) <= most


def test_a_block_goes_on_where_the_one_before_ended() -> None:
    heard = filtered(tone(300))[RATE:]
    steps = np.abs(np.diff(heard))
    assert steps.max() <= 0.1 * 2 * np.pi * 300 / RATE * 1.01
