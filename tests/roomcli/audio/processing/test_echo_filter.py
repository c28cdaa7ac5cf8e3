"""Tests of the adaptive filter: the echo goes, one's own voice stays, also while both speak."""

from __future__ import annotations

import numpy as np

from roomcli.audio.levels import decibels
from roomcli.audio.processing.echo_filter import EchoFilter
from roomcli.audio.samples import BLOCK, RATE, Samples, silence

from .test_echo import echo_of, said


def filtered(near: Samples, far: Samples) -> Samples:
    """Return the microphone's sound without the echo of ``far``, and without the delay."""
    echo_filter = EchoFilter()
    blocks = [
        echo_filter.process(near[at : at + BLOCK], far[at : at + BLOCK])
        for at in range(0, len(near), BLOCK)
    ]
    return np.concatenate(blocks)[EchoFilter.delay :]


def test_an_echo_is_learnt_within_two_seconds() -> None:
    far = said(5)
    near = echo_of(far)
    out = filtered(near, far)
    assert decibels(near[2 * RATE :]) - decibels(out[2 * RATE :]) > 20


def test_ones_own_voice_is_left_whole_while_the_echo_goes() -> None:
    far, voice = said(8), said(8, at=4 * RATE)
    out = filtered(voice + echo_of(far), far)[3 * RATE :]
    ours, echo = voice[3 * RATE :][: len(out)], echo_of(far)[3 * RATE :][: len(out)]
    of_both = np.stack((ours, echo), axis=1)
    (of_ours, of_echo), *_ = np.linalg.lstsq(of_both, out, rcond=None)
    assert of_ours > 0.7, "3 dB"
    assert abs(of_echo) < 0.1


def test_without_sound_from_others_nothing_is_changed() -> None:
    voice = said(2)
    out = filtered(voice, silence(len(voice)))
    assert np.allclose(out, voice[: len(out)], atol=1e-6)


def test_a_way_that_changes_is_learnt_anew() -> None:
    far = said(10)
    near = np.concatenate((echo_of(far)[: 5 * RATE], -0.7 * far[5 * RATE :])).astype(np.float32)
    out = filtered(near, far)
    assert decibels(near[8 * RATE :]) - decibels(out[8 * RATE :]) > 12
