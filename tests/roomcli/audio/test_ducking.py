"""Tests of how what is played gets lower under speech: by how much, how fast, and without steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomcli.audio.ducking import ATTACK, DEPTH, HOLD, RELEASE, Ducking
from roomcli.audio.samples import BLOCK, RATE, Samples

FULL = np.ones(BLOCK, dtype=np.float32)


def heard(speech: list[bool]) -> Samples:
    """Return the gain over time, by what becomes of a constant."""
    ducking = Ducking()
    return np.concatenate([ducking.process(FULL, speech=each) for each in speech])


def blocks(seconds: float) -> int:
    return round(seconds * RATE / BLOCK)


def test_nothing_is_touched_while_nobody_speaks() -> None:
    ducking = Ducking()
    assert ducking.process(FULL, speech=False) is FULL


def test_it_is_lower_while_somebody_speaks_and_comes_back() -> None:
    down, up = blocks(ATTACK), blocks(HOLD + RELEASE) + 2
    gain = heard([True] * (down + 10) + [False] * up)
    lowest = 10 ** (-DEPTH / 20)
    assert gain[(down + 5) * BLOCK] == pytest.approx(lowest)
    assert gain[(down + 10) * BLOCK + round(HOLD * RATE) - 2 * BLOCK] == pytest.approx(lowest), (
        "and waits"
    )
    assert gain[-1] == 1.0


def test_pauses_between_words_do_not_pump() -> None:
    words = ([True] * blocks(0.4) + [False] * blocks(HOLD * 0.9)) * 5
    gain = heard(words)[round(ATTACK * RATE) + BLOCK :]
    assert np.ptp(gain) < 1e-6


@settings(max_examples=30)
@given(st.lists(st.booleans(), min_size=1, max_size=400))
def test_the_gain_never_jumps(speech: list[bool]) -> None:
    gain = heard(speech)
    steepest = DEPTH / ATTACK / RATE  # dB a sample
    assert np.max(np.abs(np.diff(20 * np.log10(gain)))) < steepest * 1.1
    assert 10 ** (-DEPTH / 20) - 1e-6 <= np.min(gain) <= np.max(gain) <= 1.0
