"""Tests of how the noise of somebody's room goes on when a talk spurt ends."""

from __future__ import annotations

import numpy as np
import pytest

from roomcli.audio.comfort_noise import ComfortNoise
from roomcli.audio.jitter import JitterBuffer
from roomcli.audio.levels import decibels
from roomcli.audio.mixer import Mixer
from roomcli.audio.opus import Encoder
from roomcli.audio.packets import Packet
from roomcli.audio.samples import BLOCK, FRAME, RATE, Samples, silence


def hiss(packets: int, level: float) -> Samples:
    """Return a dull noise at a level in dBov, as packets."""
    chance = np.random.default_rng(1)
    spectrum = np.fft.rfft(chance.normal(size=packets * FRAME))
    spectrum[len(spectrum) // 8 :] = 0  # nothing over 3 kHz
    noise = np.fft.irfft(spectrum)
    noise *= 10 ** (level / 20) / np.sqrt(np.mean(noise**2))
    return noise.reshape(packets, FRAME).astype(np.float32)


def pause_after(packets: Samples) -> Samples:
    """Return five seconds of the pause after a talk spurt that ends with these packets."""
    comfort = ComfortNoise()
    for pcm in packets:
        comfort.learn(pcm)
    comfort.begin_pause()
    return np.concatenate([comfort.fill(BLOCK) for _ in range(500)])


def test_the_noise_goes_on_as_it_was_and_fades_away() -> None:
    pause = pause_after(hiss(20, -60.0))
    assert decibels(pause[: RATE // 5]) == pytest.approx(-61, abs=2)
    spectrum = np.abs(np.fft.rfft(pause[:RATE]))
    assert np.sum(spectrum[4000:] ** 2) < 0.05 * np.sum(spectrum**2), "as dull as the room"
    levels = [decibels(pause[at : at + RATE // 2]) for at in range(0, len(pause), RATE // 2)]
    assert levels == sorted(levels, reverse=True), "never louder"
    assert not np.any(pause[3 * RATE :])


@pytest.mark.parametrize(
    "end",
    [
        hiss(20, -40.0),  # a voice, or music
        hiss(20, -90.0),  # nobody would hear it
        hiss(5, -60.0),  # too little is known
        np.concatenate((hiss(20, -60.0), np.zeros((1, FRAME), np.float32))),  # muted
        np.concatenate((hiss(4, -60.0), hiss(4, -51.0))),  # cut off
    ],
    ids=["loud", "faint", "short", "muted", "unsteady"],
)
def test_what_is_no_background_is_not_gone_on_with(end: Samples) -> None:
    assert not np.any(pause_after(end))


def test_pauses_of_a_speaker_are_filled_and_count_as_pauses() -> None:
    mixer, encoder = Mixer(), Encoder()
    buffer = mixer.buffer_of("ann")
    time = np.arange(25 * FRAME) / RATE
    word = (0.2 * np.sin(2 * np.pi * 300 * time)).astype(np.float32).reshape(-1, FRAME)
    spurt = np.concatenate((word, silence(20 * FRAME).reshape(-1, FRAME)))
    spurt += hiss(len(spurt), -62.0)
    heard = []
    for n in range(200):
        if n < len(spurt):
            packet = Packet(n, n * FRAME, encoder.encode(spurt[n]), n == 0, n == len(spurt) - 1)
            buffer.push(packet, n * 0.02)
        heard += [mixer.pull(n * 0.02 + half) for half in (0.004, 0.014)]
    pause = heard[110:150]
    assert all(-75 < decibels(block) < -50 for block in pause)
    assert mixer.levels(1.5) == {}
    joins = np.concatenate(heard[85:110])
    assert np.max(np.abs(np.diff(joins))) < 0.005, "no click"
    assert not np.any(heard[-1])
    assert isinstance(buffer, JitterBuffer)
    mixer.close()
    encoder.close()
