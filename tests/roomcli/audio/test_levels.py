"""Tests of levels, the meter, and the gate that decides what is sent."""

from __future__ import annotations

import numpy as np
import pytest

from roomcli.audio.gate import GatedFrame, VoiceGate
from roomcli.audio.levels import Meter, dbov, decibels
from roomcli.audio.samples import BLOCK, FRAME, RATE, Samples, silence

from ...support.sound import SPEECH, samples_of


def noise(count: int, level: float, seed: int = 0) -> Samples:
    scale = 10 ** (level / 20)
    return np.random.default_rng(seed).normal(0, scale, count).astype(np.float32)


def tone(count: int, level: float, hertz: float = 300) -> Samples:
    scale = 10 ** (level / 20) * np.sqrt(2)
    turns = hertz * np.arange(count) / RATE
    return np.asarray(scale * np.sin(2 * np.pi * turns), dtype=np.float32)


def loud(sound: Samples, level: float) -> Samples:
    """Scale a sound to a level in dBov."""
    return np.asarray(sound * 10 ** (level / 20) / np.sqrt(np.mean(sound**2)), dtype=np.float32)


def coloured(seconds: float, slope: float, level: float) -> Samples:
    """Make noise whose power falls with the frequency: ``slope`` 0 is white, 1 pink, 2 brown."""
    count = round(seconds * RATE)
    spectrum = np.fft.rfft(noise(count, 0))
    spectrum *= np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20) ** (-slope / 2)
    return loud(np.fft.irfft(spectrum, count).astype(np.float32), level)


def chord(seconds: float, *hertz: float) -> Samples:
    voices = [tone(round(seconds * RATE), -10, each) for each in hertz]
    return np.asarray(np.sum(voices, axis=0))


@pytest.mark.parametrize(
    ("block", "level"),
    [
        (np.ones(BLOCK, dtype=np.float32), 0),
        (np.ones(BLOCK, dtype=np.float32) * 4, 0),
        (tone(RATE, -3.01), -3),
        (tone(RATE, -40), -40),
        (silence(BLOCK), -127),
        (silence(0), -127),
        (np.full(BLOCK, np.nan, dtype=np.float32), -127),
    ],
)
def test_level_is_in_dbov(block: Samples, level: int) -> None:
    assert dbov(block) == level


def test_meter_rises_at_once_and_falls_slowly() -> None:
    meter = Meter()
    for _ in range(5):
        meter.update(-20.0, BLOCK)
    assert meter.level == pytest.approx(-20, abs=3)
    meter.update(-127.0, BLOCK)
    assert meter.level > -25
    for _ in range(500):
        meter.update(-127.0, BLOCK)
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
    assert [frame.age for frame in sent[opened]] == [5, 4, 3, 2, 1, 0], "100 ms of pre-roll"
    assert [frame.start for frame in frames] == [True] + [False] * (len(frames) - 1)
    assert [frame.end for frame in frames] == [False] * (len(frames) - 1) + [True]
    assert len(frames) == 5 + 10 + 20, "pre-roll, word, 400 ms of hangover"
    times = [index - frame.age for index, group in enumerate(sent) for frame in group]
    assert times == list(range(opened - 5, opened + 30)), "no frame lost or doubled"


def test_gate_opens_for_a_soft_consonant() -> None:
    gate = VoiceGate()
    hum = tone(5 * RATE, -50, 100)
    through(gate, hum[: 4 * RATE])
    assert not gate.is_open
    hiss = np.diff(noise(FRAME + 1, -62)) + hum[:FRAME]  # adds hardly any energy to the hum
    assert decibels(hiss) - decibels(hum[:FRAME]) < 1
    assert gate.process(hiss)


def share_sent(gate: VoiceGate, sound: Samples) -> float:
    sent = through(gate, sound)
    return sum(map(len, sent)) / len(sent)


@pytest.mark.parametrize("level", [-20, -32])
@pytest.mark.parametrize("hertz", [82, 130, 440, 1000, 5000])
def test_a_held_tone_is_not_taken_for_noise(hertz: float, level: float) -> None:
    assert share_sent(VoiceGate(), tone(6 * RATE, level, hertz)) >= 0.95


def test_a_held_tone_is_not_taken_for_noise_however_long_nor_amid_noise() -> None:
    gate = VoiceGate()
    through(gate, coloured(3, 1, -50))
    sound = tone(30 * RATE, -32, 440) + coloured(30, 1, -50)
    assert share_sent(gate, sound) >= 0.95
    assert share_sent(gate, coloured(6, 1, -50)) <= 0.3, "and the noise below is still known"


@pytest.mark.parametrize("roots", [(131, 165, 196), (220, 277, 330), (440, 554, 659)])
@pytest.mark.parametrize(("seconds", "depth"), [(1, 0.5), (4, 0.5), (4, 0.9), (10, 0.5)])
def test_a_chord_that_swells_is_not_taken_for_noise(
    roots: tuple[float, ...], seconds: float, depth: float
) -> None:
    swell = 1 - depth * (0.5 + 0.5 * np.cos(2 * np.pi * np.arange(10 * RATE) / RATE / seconds))
    assert (
        share_sent(VoiceGate(), loud(np.asarray(chord(10, *roots) * swell, np.float32), -40)) >= 0.9
    )


def test_a_sung_note_wavers_and_is_a_note_nevertheless() -> None:
    time = np.arange(6 * RATE) / RATE
    waver = 0.03 / (2 * np.pi * 6) * np.sin(2 * np.pi * 6 * time)  # half a semitone, six times a s
    turns = 2 * np.pi * 300 * (time + waver)
    voice = np.sum([np.sin(turns * k) / k for k in range(1, 9)], axis=0).astype(np.float32)
    assert share_sent(VoiceGate(), loud(voice, -32)) >= 0.95


@pytest.mark.parametrize("slope", [0, 1, 2, 3])
@pytest.mark.parametrize("level", [-60, -50, -40])
def test_a_fan_stays_out_whatever_its_colour(slope: float, level: float) -> None:
    assert share_sent(VoiceGate(), coloured(6, slope, level)) <= 0.3


@pytest.mark.parametrize("hertz", [50, 60, 100, 120])
def test_the_hum_of_the_mains_stays_out(hertz: float) -> None:
    harmonics = np.asarray(
        np.sum([tone(6 * RATE, -20, hertz * k) / k for k in range(1, 8)], axis=0)
    )
    for sound in (tone(6 * RATE, -50, hertz), loud(harmonics, -50)):
        assert share_sent(VoiceGate(), sound) <= 0.3


def test_a_faint_whine_becomes_the_rooms_own() -> None:
    gate = VoiceGate()
    whine = tone(32 * RATE, -55, 3000)
    through(gate, whine[: 30 * RATE])
    assert share_sent(gate, whine[30 * RATE :]) == 0
    assert share_sent(gate, loud(chord(2, 220, 277, 330), -40) + whine[: 2 * RATE]) >= 0.9


@pytest.mark.parametrize("beneath", [-120, -75])
def test_speech_of_55_db_below_full_scale_is_sent(beneath: float) -> None:
    gate = VoiceGate()
    through(gate, noise(3 * RATE, beneath))
    speech = loud(samples_of(SPEECH), -55)
    sent = through(gate, speech + noise(len(speech), beneath, 1))
    was_sent = {index - frame.age for index, group in enumerate(sent) for frame in group}
    levels = [decibels(frame) for frame in speech[: len(sent) * FRAME].reshape(-1, FRAME)]
    spoken = {index for index, level in enumerate(levels) if level > max(levels) - 20}
    assert len(spoken - was_sent) <= 0.02 * len(spoken)


def test_the_noise_between_words_is_not_sent() -> None:
    gate = VoiceGate()
    through(gate, coloured(3, 1, -50))
    sound = coloured(10, 1, -50)
    sound[RATE : 3 * RATE] += loud(samples_of(SPEECH)[: 2 * RATE], -30)
    assert share_sent(gate, sound) <= 0.3


@pytest.mark.parametrize(("slope", "level"), [(0, -50), (1, -55), (2, -45)])
def test_a_fan_stays_out_at_every_sensitivity(slope: float, level: float) -> None:
    assert share_sent(VoiceGate("high"), coloured(6, slope, level)) <= 0.3


def test_the_sensitivity_says_how_loud_speech_has_to_be() -> None:
    levels = {}
    for sensitivity in ("low", "normal", "high"):
        gate = VoiceGate(sensitivity)
        through(gate, noise(3 * RATE, -55))
        assert not gate.is_open
        levels[sensitivity] = next(
            level
            for level in range(-60, -20)
            if any(through(gate, noise(FRAME, level, seed=level + 99)))
        )
    assert levels["high"] < levels["normal"] < levels["low"]
    assert levels["low"] - levels["normal"] >= 4


def test_without_a_gate_everything_is_one_spurt_and_speech_is_still_known() -> None:
    gate = VoiceGate("off")
    frames = [frame for each in through(gate, noise(3 * RATE, -55)) for frame in each]
    assert len(frames) == 150
    assert [frame.start for frame in frames] == [True] + [False] * 149
    assert not any(frame.end for frame in frames)
    assert gate.is_open
    assert not gate.hears_speech
    through(gate, tone(FRAME, -20))
    assert gate.hears_speech


def test_a_gate_that_is_switched_on_in_silence_ends_the_spurt() -> None:
    gate = VoiceGate("off")
    through(gate, noise(3 * RATE, -55))
    gate.sensitivity = "normal"
    (frame,) = gate.process(noise(FRAME, -55))
    assert frame.end
    assert gate.process(noise(FRAME, -55)) == []


def test_reset_forgets_what_was_said_before_the_mute() -> None:
    gate = VoiceGate()
    gate.process(silence(FRAME))
    gate.process(tone(FRAME, -20))
    gate.reset()
    assert not gate.is_open
    assert [frame.age for frame in gate.process(tone(FRAME, -20))] == [0]
