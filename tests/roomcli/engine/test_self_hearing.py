"""Tests of hearing oneself: what comes back, when, and that nothing of it is sent to a room."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
import trio
import trio.testing

from roomcli.audio.encoder_control import EncoderControl
from roomcli.audio.gate import Sensitivity
from roomcli.audio.jitter import JitterStats
from roomcli.audio.levels import decibels
from roomcli.audio.mixer import Mixer
from roomcli.audio.samples import BLOCK, FRAME, RATE, Samples, silence
from roomcli.engine.self_hearing import HOLD, OWN_VOICE, SelfHearing

from ...support.sound import SPEECH, align, likeness, samples_of

SPEECH_SECONDS = 4


@dataclass
class SendingAsSet:
    """How a voice is sent."""

    encoding: EncoderControl = field(default_factory=EncoderControl)
    sensitivity: Sensitivity = "normal"
    frame_length: int = FRAME


async def heard(hearing: SelfHearing, mixer: Mixer, said: Samples) -> Samples:
    """Return what the speakers play while a microphone hears this."""
    played = []
    for at in range(0, len(said), BLOCK):
        hearing.hear_processed(said[at : at + BLOCK])
        await trio.sleep(BLOCK / RATE)
        played.append(mixer.pull(trio.current_time()))
    return np.concatenate(played)


async def test_speech_comes_back_through_the_codec_a_second_later(
    autojump_clock: trio.testing.MockClock,
) -> None:
    said = samples_of(SPEECH)[: SPEECH_SECONDS * RATE]
    mixer = Mixer()
    hearing = SelfHearing(mixer, SendingAsSet())
    played = await heard(hearing, mixer, np.concatenate((said, silence(2 * RATE))))
    assert not played[: int(HOLD * RATE)].any()
    back = align(said, played)
    assert likeness(said, back) > 0.95, "it is the same speech"
    assert decibels(back) == pytest.approx(decibels(said), abs=1.0)
    hearing.close()
    assert not mixer.levels(trio.current_time())
    mixer.close()


async def test_what_is_held_is_not_played_any_more_after_the_end(
    autojump_clock: trio.testing.MockClock,
) -> None:
    mixer = Mixer()
    hearing = SelfHearing(mixer, SendingAsSet())
    await heard(hearing, mixer, samples_of(SPEECH)[: RATE // BLOCK * BLOCK])
    hearing.close()
    assert not (await heard(SelfHearing(mixer, None), mixer, silence(2 * RATE))).any()
    mixer.close()


async def came_back(settings: SendingAsSet, said: Samples) -> JitterStats | None:
    """Return what came back of it; None if nothing did."""
    mixer = Mixer()
    hearing = SelfHearing(mixer, settings)
    await heard(hearing, mixer, np.concatenate((said, silence(2 * RATE))))
    stats = mixer.stats().get(OWN_VOICE)
    hearing.close()
    mixer.close()
    return stats


async def test_the_gate_is_as_for_others(autojump_clock: trio.testing.MockClock) -> None:
    fan = np.random.default_rng(1).normal(0.0, 0.0005, 3 * RATE).astype(np.float32)
    assert await came_back(SendingAsSet(), fan) is None
    settings = SendingAsSet()
    settings.sensitivity = "off"
    assert await came_back(settings, fan) is not None


async def test_the_encoder_is_as_for_others(autojump_clock: trio.testing.MockClock) -> None:
    said = samples_of(SPEECH)[: 2 * RATE]
    usual, music, scarce, short = SendingAsSet(), SendingAsSet(), SendingAsSet(), SendingAsSet()
    music.encoding.is_music = True
    scarce.encoding.ceiling = 12_000
    short.frame_length = BLOCK
    told = [await came_back(each, said) for each in (usual, music, scarce, short)]
    of_usual, of_music, of_scarce, of_short = (each for each in told if each is not None)
    assert of_scarce.octets < 0.6 * of_usual.octets < 0.6 * of_music.octets
    assert (of_usual.frame_ms, of_short.frame_ms) == (20.0, 10.0)
    assert usual.encoding.bitrate == 40_000
