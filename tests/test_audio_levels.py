"""Levels, the meter, and the gate that decides what is sent."""

from __future__ import annotations

import numpy as np
import pytest

from roomcli.audio.gate import GatedFrame, VoiceGate
from roomcli.audio.levels import Meter, dbov, decibels
from roomcli.audio.samples import BLOCK, FRAME, RATE, Samples, silence


def noise(count: int, level: float, seed: int = 0) -> Samples:
    scale = 10 ** (level / 20)
    return np.random.default_rng(seed).normal(0, scale, count).astype(np.float32)


def tone(count: int, level: float) -> Samples:
    scale = 10 ** (level / 20) * np.sqrt(2)
    return np.asarray(scale * np.sin(2 * np.pi * 300 * np.arange(count) / RATE), dtype=np.float32)


@pytest.mark.parametrize(
    ("block", "level"),
    [
        (np.ones(BLOCK, dtype=np.float32), 0),
        (np.ones(BLOCK, dtype=np.float32) * 4, 0),
        (tone(RATE, -3.01), 3),
        (tone(RATE, -40), 40),
        (silence(BLOCK), 127),
        (silence(0), 127),
        (np.full(BLOCK, np.nan, dtype=np.float32), 127),
    ],
)
def test_level_is_that_of_rfc_6464(block: Samples, level: int) -> None:
    assert dbov(block) == level


def test_meter_rises_at_once_and_falls_slowly() -> None:
    meter = Meter()
    for _ in range(5):
        meter.update(tone(BLOCK, -20))
    assert meter.level == pytest.approx(-20, abs=3)
    meter.update(silence(BLOCK))
    assert meter.level > -25
    for _ in range(500):
        meter.update(silence(BLOCK))
    assert meter.level == -127


def through(gate: VoiceGate, sound: Samples) -> list[list[GatedFrame]]:
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    return [gate.process(frame) for frame in frames]


def test_gate_is_closed_in_room_noise_and_sends_a_spurt_whole() -> None:
    gate = VoiceGate()
    through(gate, noise(3 * RATE, -55))
    quiet = noise(RATE, -55, 1)
    word = tone(10 * FRAME, -25) + noise(10 * FRAME, -55, 2)
    sent = through(gate, np.concatenate((quiet, word, noise(2 * RATE, -55, 3))))
    frames = [frame for group in sent for frame in group]
    opened = next(index for index, group in enumerate(sent) if group)
    assert opened == len(quiet) // FRAME
    assert [frame.age for frame in sent[opened]] == [2, 1, 0], "40 ms of pre-roll"
    assert [frame.start for frame in frames] == [True] + [False] * (len(frames) - 1)
    assert [frame.end for frame in frames] == [False] * (len(frames) - 1) + [True]
    assert len(frames) == 2 + 10 + 20, "pre-roll, word, 400 ms of hangover"
    times = [index - frame.age for index, group in enumerate(sent) for frame in group]
    assert times == list(range(opened - 2, opened + 30)), "no frame lost or doubled"


def test_gate_opens_for_a_soft_consonant() -> None:
    gate = VoiceGate()
    hum = tone(5 * RATE, -50)
    through(gate, hum[: 4 * RATE])
    assert not gate.open
    hiss = np.diff(noise(FRAME + 1, -62)) + hum[:FRAME]  # adds hardly any energy to the hum
    assert decibels(hiss) - decibels(hum[:FRAME]) < 1
    assert gate.process(hiss)


def test_a_steady_tone_is_not_taken_for_noise() -> None:
    gate = VoiceGate()
    sent = through(gate, tone(30 * RATE, -20))
    assert sum(len(group) for group in sent) == 30 * RATE // FRAME


def test_reset_forgets_what_was_said_before_the_mute() -> None:
    gate = VoiceGate()
    gate.process(silence(FRAME))
    gate.process(tone(FRAME, -20))
    gate.reset()
    assert not gate.open
    assert [frame.age for frame in gate.process(tone(FRAME, -20))] == [0]
