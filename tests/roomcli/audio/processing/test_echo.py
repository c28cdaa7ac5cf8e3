"""Tests of echo cancelling: the echo goes, and in ``auto`` the voice is left alone without one."""

from __future__ import annotations

import numpy as np

from roomcli.audio.levels import decibels
from roomcli.audio.processing.echo import EchoCancelling, EchoMode
from roomcli.audio.processing.echo_watch import EchoWatch
from roomcli.audio.samples import BLOCK, RATE, Samples, silence

from ....support.sound import SPEECH, samples_of


def said(seconds: float, at: int = 0) -> Samples:
    speech = np.roll(samples_of(SPEECH), -at)
    return np.tile(speech, 2)[: int(seconds * RATE) // BLOCK * BLOCK]


def echo_of(far: Samples) -> Samples:
    """Return what a microphone hears 60 ms later."""
    late = np.concatenate((silence(RATE * 60 // 1000), far))[: len(far)]
    return late * np.float32(0.5)


def processed(stage: EchoCancelling, near: Samples, far: Samples) -> tuple[Samples, list[bool]]:
    blocks, heard = [], []
    for at in range(0, len(near), BLOCK):
        blocks.append(stage.process(near[at : at + BLOCK], far[at : at + BLOCK]))
        heard.append(stage.is_heard)
    return np.concatenate(blocks), heard


def stage(mode: EchoMode) -> EchoCancelling:
    made = EchoCancelling()
    made.mode = mode
    return made


def test_an_echo_is_found_within_one_and_a_half_seconds_and_goes() -> None:
    far = said(8)
    near = echo_of(far)
    out, heard = processed(stage("auto"), near, far)
    assert 0 < heard.index(True) <= 150
    assert decibels(near[5 * RATE :]) - decibels(out[5 * RATE :]) > 25


def test_an_echo_that_a_loudspeaker_turns_over_is_found_as_well() -> None:
    far = said(3)
    _, heard = processed(stage("auto"), -echo_of(far), far)
    assert heard[-1]


def test_two_voices_that_begin_at_once_are_no_echo() -> None:
    """Their begins are very alike, each time at another delay."""
    for of_near, of_far in ((6, 4), (2, 4), (4, 8), (6, 8)):
        step = RATE * 73 // 100
        far, near = said(2, at=of_far * step), said(2, at=of_near * step)
        watch = EchoWatch()
        for at in range(0, len(near), BLOCK):
            watch.push(near[at : at + BLOCK], far[at : at + BLOCK])
            assert not watch.hears_echo


def test_with_headphones_the_voice_passes_unchanged() -> None:
    far, near = said(8), said(8, at=4 * RATE)
    cancelling = stage("auto")
    out, heard = processed(cancelling, near, far)
    assert not any(heard)
    assert np.array_equal(out[cancelling.delay :], near[: -cancelling.delay])


def test_switching_makes_no_click_and_moves_no_time() -> None:
    times = np.arange(3 * RATE) / RATE
    near = (0.2 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
    cancelling = stage("auto")
    nothing = np.zeros(BLOCK, dtype=np.float32)
    out = []
    for index, at in enumerate(range(0, len(near), BLOCK)):
        cancelling.mode = "on" if index // 50 % 2 else "auto"
        out.append(cancelling.process(near[at : at + BLOCK], nothing))
    heard = np.concatenate(out)[RATE:]
    assert np.abs(np.diff(heard)).max() < 0.2 * 2 * np.pi * 440 / RATE * 1.2


def test_while_others_are_silent_the_voice_passes_unchanged() -> None:
    far, near = said(5), said(5, at=4 * RATE)
    far[2 * RATE :] = 0.0
    cancelling = stage("on")
    out, _ = processed(cancelling, near, far)
    since = 4 * RATE
    assert np.array_equal(out[since + cancelling.delay :], near[since : -cancelling.delay])


def test_after_a_pause_the_echo_of_a_loudspeaker_that_bends_goes_at_once() -> None:
    far = said(9)
    far[3 * RATE : 6 * RATE] = 0.0
    near = echo_of(np.clip(far, -0.05, 0.05))
    out, _ = processed(stage("on"), near, far)
    assert decibels(near[6 * RATE :]) - decibels(out[6 * RATE :]) > 30
