"""Tests of the whole chain without devices: gate, Opus, a jittery network, jitter buffer, mixer."""

from __future__ import annotations

import numpy as np
import pytest

from roomcli.audio.gate import VoiceGate
from roomcli.audio.mixer import Mixer
from roomcli.audio.opus import Encoder
from roomcli.audio.packets import Packet
from roomcli.audio.samples import FRAME, RATE, Samples

from ...support.sound import SPEECH, align, frames, pesq_wb, samples_of, through_codec_alone


def through_chain(sound: Samples, seed: int) -> Samples:
    """Return what a listener hears over an ordered network with 0 to 40 ms of jitter."""
    chance = np.random.default_rng(seed)
    gate, encoder, mixer = VoiceGate(), Encoder(), Mixer()
    buffer = mixer.buffer_of("speaker")
    sequence, latest, pulled = 0, 0.0, 0
    heard = []
    for index, frame in enumerate(frames(np.pad(sound, (0, RATE)))):
        # What the gate lets out at once, with its pre-roll, travels together.
        latest = max(latest, index * 0.02 + chance.uniform(0, 0.04))
        for out in gate.process(frame):
            while pulled * 0.01 + 0.004 < latest:
                heard.append(mixer.pull(pulled * 0.01 + 0.004))
                pulled += 1
            media, payload = (index - out.age) * FRAME, encoder.encode(out.pcm)
            buffer.push(Packet(sequence, media, payload, out.start, out.end), latest)
            sequence += 1
    while pulled < len(sound) // 480 + 20:
        heard.append(mixer.pull(pulled * 0.01 + 0.004))
        pulled += 1
    return np.concatenate(heard)


@pytest.mark.parametrize("seed", [5, 6])
def test_chain_costs_at_most_0_05_pesq_over_the_codec_alone(seed: int) -> None:
    sound = samples_of(SPEECH)
    alone = pesq_wb(sound, through_codec_alone(sound))
    assert alone > 4.0
    assert pesq_wb(sound, through_chain(sound, seed)) >= alone - 0.05


def test_chain_is_gapless_and_keeps_its_level() -> None:
    sound = samples_of(SPEECH)
    heard = align(sound, through_chain(sound, 3))
    said = np.sqrt(np.mean(frames(sound) ** 2, axis=1)) > 0.02
    played = np.sqrt(np.mean(frames(heard) ** 2, axis=1))
    assert np.min(played[said]) > 0.002, "a hole in a word"
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(np.sqrt(np.mean(sound**2)), rel=0.05)
