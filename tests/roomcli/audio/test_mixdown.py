"""Tests that several channels become one that is hardly fainter than the loudest of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.audio.levels import decibels
from roomcli.audio.mixdown import Mixdown
from roomcli.audio.samples import BLOCK, RATE, Samples

from .test_devices import sine
from .test_wav import chunk, form, heard_of, riff


def mixed(channels: Samples) -> Samples:
    """Mix channels down in blocks of 10 ms; ``channels`` is [n, channels]."""
    mixdown = Mixdown(channels.shape[1])
    blocks = channels[: len(channels) // BLOCK * BLOCK].reshape(-1, BLOCK, channels.shape[1])
    return np.concatenate([mixdown.mix(block) for block in blocks])


def loudest(channels: Samples) -> float:
    return max(decibels(np.ascontiguousarray(each)) for each in channels.T)


@given(st.lists(st.lists(st.floats(-1, 1), min_size=3, max_size=3), min_size=2, max_size=6))
def test_no_mix_is_3_db_fainter_than_its_loudest_channel(parts: list[list[float]]) -> None:
    noise = np.random.default_rng(0).normal(0, 0.03, RATE // 5)
    sources = np.stack([sine(0.2, RATE, 300), sine(0.2, RATE, 470), noise.astype(np.float32)])
    channels = (np.array(parts) @ sources * 0.3).T.astype(np.float32)
    if loudest(channels) > -90:
        assert decibels(mixed(channels)) > loudest(channels) - 3


@pytest.mark.parametrize("other", [1.0, -1.0, 0.0, -0.9, 0.5])
def test_what_both_sides_have_is_as_loud_as_on_one(other: float) -> None:
    sound = sine(0.5, RATE)
    mono = mixed(np.stack((sound, other * sound), axis=1))
    assert np.allclose(np.abs(mono), np.abs(sound), atol=1e-3), "and neither bent nor cut"


def test_two_people_on_two_sides_are_both_heard() -> None:
    left, right = sine(1, RATE, 300), sine(1, RATE, 400)
    mono = mixed(np.stack((left, right), axis=1))
    for side in (left, right):
        assert np.dot(mono, side) / np.dot(side, side) > 0.6


def test_a_sign_that_turns_amid_speech_makes_a_short_dip_and_no_click() -> None:
    sound = sine(2, RATE)
    turned = np.where(np.arange(len(sound)) < RATE, sound, -sound)
    mono = mixed(np.stack((sound, turned), axis=1))
    assert np.max(np.abs(np.diff(mono))) < 1.5 * np.max(np.abs(np.diff(sound)))
    assert decibels(mono[RATE + RATE // 10 :]) > decibels(sound) - 1


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_what_is_no_number_spoils_nothing_that_follows(value: float) -> None:
    mixdown = Mixdown(2)
    mixdown.mix(np.full((BLOCK, 2), value, dtype=np.float32))
    sound = sine(0.01, RATE)
    assert np.allclose(mixdown.mix(np.stack((sound, -sound), axis=1)), sound, atol=1e-3)


def test_a_file_whose_channels_cancel_is_heard(tmp_path: Path) -> None:
    sound = sine(0.1, RATE)
    pairs = (np.stack((sound, -sound), axis=1) * 32767).astype("<i2").tobytes()
    content = riff(chunk(b"fmt ", form(1, 16, 2, channels=2)), chunk(b"data", pairs))
    assert decibels(heard_of(tmp_path / "talk.wav", content, 0.1)) > decibels(sound) - 3
