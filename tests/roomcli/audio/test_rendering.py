"""Tests of how one voice is rendered: volume and noise suppression, switched without a click."""

from __future__ import annotations

import numpy as np
import pytest

from roomcli.audio.processing.noise import NoiseSuppression
from roomcli.audio.rendering import SILENT, UNCHANGED, Rendering, VoiceRenderer
from roomcli.audio.samples import BLOCK, RATE, Samples

from ...support.sound import SPEECH, samples_of

CLEAN = Rendering(suppresses_noise=True)


def tone(seconds: float, amplitude: float = 0.3, pitch: float = 250.0) -> Samples:
    time = np.arange(round(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * pitch * time)).astype(np.float32)


def noise(seconds: float, amplitude: float = 0.02) -> Samples:
    generator = np.random.default_rng(3)
    return (amplitude * generator.standard_normal(round(seconds * RATE))).astype(np.float32)


def rendered(voice: VoiceRenderer, sound: Samples) -> Samples:
    return np.concatenate([voice.process(block) for block in sound.reshape(-1, BLOCK)])


def power(sound: Samples) -> float:
    return float(np.mean(np.square(sound)))


def steepest(sound: Samples) -> float:
    return float(np.max(np.abs(np.diff(sound))))


def test_what_is_heard_as_sent_is_not_touched() -> None:
    sound = tone(0.1, 0.99)
    assert np.array_equal(rendered(VoiceRenderer(), sound), sound)


@pytest.mark.parametrize("gain", [0.0, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("before", [0.0, 0.5, 1.0])
def test_a_volume_is_a_ramp_of_one_block(before: float, gain: float) -> None:
    voice, sound = VoiceRenderer(Rendering(before)), tone(0.1)
    first = rendered(voice, sound)
    assert first == pytest.approx(sound * np.float32(before))
    voice.rendering = Rendering(gain)
    second = rendered(voice, sound)
    assert second[BLOCK:] == pytest.approx(sound[BLOCK:] * np.float32(gain), abs=1e-6)
    assert steepest(np.concatenate((first, second))) <= steepest(sound) * 1.1


def test_a_volume_that_is_changed_and_changed_back_within_a_spurt_never_clicks() -> None:
    voice, heard = VoiceRenderer(), []
    sound = tone(1.0, 0.9, pitch=250.0)
    for number, part in enumerate(np.split(sound, 20)):
        voice.rendering = Rendering((2.0, 1.0, 0.0, 0.3)[number % 4])
        heard.append(rendered(voice, part))
    assert np.max(np.abs(np.concatenate(heard))) <= 1.0
    # The limiter bends what comes at once above full scale, which is steeper than the tone.
    assert steepest(np.concatenate(heard)) <= 4 * steepest(sound)


def test_who_was_turned_down_again_is_heard_as_sent_once_the_limiter_rests() -> None:
    voice, sound = VoiceRenderer(Rendering(2.0)), tone(2.0, 0.9)
    rendered(voice, sound)
    voice.rendering = UNCHANGED
    assert np.array_equal(rendered(voice, tone(4.0, 0.6))[-RATE:], tone(4.0, 0.6)[-RATE:])


def test_noise_is_taken_out_of_a_voice_that_stays() -> None:
    speech = samples_of(SPEECH)[: 8 * RATE]
    speech = speech[: len(speech) // BLOCK * BLOCK]
    hiss = noise(len(speech) / RATE)
    heard = rendered(VoiceRenderer(CLEAN), speech + hiss)
    late = np.concatenate((np.zeros(NoiseSuppression.delay, np.float32), speech))[: len(speech)]
    pauses = np.abs(np.convolve(np.abs(late), np.ones(BLOCK) / BLOCK, "same")) < 1e-3
    pauses[: 2 * RATE] = False
    assert np.count_nonzero(pauses) > RATE // 4, "the speech has pauses"
    assert power(heard[pauses]) < power(hiss) / 20
    words = np.abs(np.convolve(np.abs(late), np.ones(BLOCK) / BLOCK, "same")) > 0.05
    words[: 2 * RATE] = False
    assert power(heard[words]) > power(late[words]) / 2


def test_noise_suppression_fades_in_and_out() -> None:
    voice, sound = VoiceRenderer(), tone(1.0)
    heard = [rendered(voice, sound)]
    for rendering in (CLEAN, UNCHANGED, CLEAN, SILENT, CLEAN):
        voice.rendering = rendering
        heard.append(rendered(voice, sound))
    assert steepest(np.concatenate(heard)) <= 2.2 * steepest(sound), "two of them at once, no click"
    assert np.array_equal(heard[2][BLOCK:], sound[BLOCK:])


def test_what_is_known_of_the_noise_outlasts_the_pauses_of_a_voice() -> None:
    voice, hiss = VoiceRenderer(CLEAN), noise(3.0)
    rendered(voice, hiss)
    assert not np.any(rendered(voice, np.zeros(30 * RATE, np.float32))[BLOCK:])
    again = rendered(voice, hiss[: RATE // 2])
    assert power(again[2 * BLOCK :]) < power(hiss) / 20
