"""Tests of the limiter: nothing is beyond full scale, nothing clicks."""

from __future__ import annotations

import numpy as np

from roomcli.audio.limiter import Limiter
from roomcli.audio.samples import BLOCK, RATE


def test_limiter_gives_way_and_comes_back_without_steps() -> None:
    time = np.arange(RATE * 3) / RATE
    loudness = np.where((time > 1) & (time < 1.5), 4.0, 0.5)
    sound = (loudness * np.sin(2 * np.pi * 200 * time)).astype(np.float32)
    limiter = Limiter()
    out = np.concatenate([limiter.process(block) for block in sound.reshape(-1, BLOCK)])
    assert np.max(np.abs(out)) <= 1.0
    assert np.array_equal(out[:RATE], sound[:RATE])
    assert np.array_equal(out[-RATE // 10 :], sound[-RATE // 10 :])
    after = slice(round(1.5 * RATE) + BLOCK, None)
    assert np.max(np.abs(np.diff(out[after]))) <= 1.05 * np.max(np.abs(np.diff(sound[after])))
