"""Tests of an encoder that is steered while somebody speaks."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from roomcli.audio.controlled_encoder import ControlledEncoder
from roomcli.audio.encoder_control import EncoderControl, UplinkLoad
from roomcli.audio.opus import Decoder, Encoder
from roomcli.audio.samples import FRAME, RATE, Samples

FRAMES = 75
CEILINGS = (40_000, 12_000, 28_000, 16_000, 24_000)


def syllables() -> Samples:
    """Return tones that rise and fall in pitch and level, as a voice does, without any edge."""
    times = np.arange(FRAMES * FRAME) / RATE
    phase = 2 * np.pi * 150 * times + 7 * np.sin(4.4 * times)
    tones = np.sum([np.sin(phase * each) / each for each in range(1, 6)], axis=0)
    return np.asarray((0.08 + 0.07 * np.sin(25 * times)) * tones, dtype=np.float32)


def decoded(encode: Callable[[Samples], bytes]) -> Samples:
    decoder = Decoder()
    return np.concatenate([decoder.decode(encode(each)) for each in syllables().reshape(-1, FRAME)])


def roughest(sound: Samples) -> float:
    """Return the largest bend of the sound from one sample to the next, after its beginning."""
    return float(np.max(np.abs(np.diff(sound[RATE // 5 :], 2))))


def test_no_change_of_bitrate_or_complexity_is_heard_as_a_click() -> None:
    control = EncoderControl()
    steered = ControlledEncoder(control)
    ceilings = itertools.cycle(CEILINGS)
    frames = itertools.count()
    sizes: list[int] = []
    complexities: set[int] = set()

    def encode(pcm: Samples) -> bytes:
        if (number := next(frames)) % 7 == 0:
            control.ceiling = next(ceilings)
            control.pumped(0.2)
            control.update(UplinkLoad(), float(number))
        packet = steered.encode(pcm)
        sizes.append(len(packet))
        complexities.add(control.complexity)
        return packet

    changing = decoded(encode)
    assert max(sizes) > 2 * min(sizes)
    assert len(complexities) > 1
    steady = decoded(Encoder(min(CEILINGS)).encode)
    assert roughest(changing) <= 1.5 * roughest(steady)


def test_the_control_is_told_what_encoding_costs() -> None:
    control = EncoderControl()
    clock = itertools.count(0.0, 0.015)
    steered = ControlledEncoder(control, clock=lambda: next(clock))
    best = control.complexity
    for number in range(50):
        steered.encode(np.zeros(FRAME, np.float32))
        control.update(None, number * 0.02)
    assert control.complexity < best
    steered.encode(np.zeros(FRAME, np.float32))
    steered.close()
    with pytest.raises(Exception, match="closed"):
        steered.encode(np.zeros(FRAME, np.float32))


def test_music_is_encoded_as_such_as_soon_as_it_is_wanted() -> None:
    control = EncoderControl()
    steered = ControlledEncoder(control)
    frames = syllables().reshape(-1, FRAME)[:50]
    voice = sum(len(steered.encode(each)) for each in frames)
    control.is_music = True
    music = sum(len(steered.encode(each)) for each in frames)
    assert music > 1.8 * voice
    control.ceiling = 24_000
    assert sum(len(steered.encode(each)) for each in frames) < voice
