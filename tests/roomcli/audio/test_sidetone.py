"""Tests of what one hears of what one plays: it flows whatever two clocks do."""

from __future__ import annotations

import numpy as np
import pytest

from roomcli.audio.mixer import Mixer
from roomcli.audio.samples import BLOCK, silence
from roomcli.audio.sidetone import Sidetone

LOUD = np.full(BLOCK, 0.25, np.float32)


@pytest.mark.parametrize("ppm", [-20_000, 0, 20_000])
def test_clocks_that_disagree_cost_a_gap_now_and_then_and_no_delay(ppm: int) -> None:
    sidetone = Sidetone()
    pushed = heard = 0
    for n in range(3000):
        while pushed < n * (1 + ppm / 1e6):
            sidetone.push(LOUD)
            pushed += 1
        heard += sidetone.next_heard() is not None
        assert sidetone._ring.fill <= 11 * BLOCK
    assert heard > 2900 * min(1.0, 1 + ppm / 1e6) - 100


def test_it_is_heard_in_bursts_too_and_silence_is_none() -> None:
    sidetone = Sidetone()
    assert sidetone.next_heard() is None
    for _ in range(20):
        for _ in range(4):
            sidetone.push(LOUD)
        assert [sidetone.next_heard() is not None for _ in range(4)] == [True] * 4
    assert sidetone.next_heard() is None


def test_it_is_mixed_into_what_is_heard_and_is_nobodys_voice() -> None:
    mixer = Mixer()
    assert np.array_equal(mixer.pull(0.0), silence(BLOCK))
    for _ in range(5):
        mixer.sidetone.push(LOUD)
    assert np.array_equal(mixer.pull(0.01), LOUD)
    assert mixer.levels(0.01) == {}
    mixer.close()
