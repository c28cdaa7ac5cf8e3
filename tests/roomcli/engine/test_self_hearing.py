"""Tests of hearing oneself: what comes back, when, and that nothing of it is sent to a room."""

from __future__ import annotations

import numpy as np
import pytest
import trio
import trio.testing

from roomcli.audio.levels import decibels
from roomcli.audio.mixer import Mixer
from roomcli.audio.opus import Encoder
from roomcli.audio.samples import BLOCK, RATE, Samples, silence
from roomcli.engine.self_hearing import HOLD, SelfHearing

from ...support.sound import SPEECH, align, likeness, samples_of

SPEECH_SECONDS = 4


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
    hearing = SelfHearing(mixer, Encoder())
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
    hearing = SelfHearing(mixer, Encoder())
    await heard(hearing, mixer, samples_of(SPEECH)[: RATE // BLOCK * BLOCK])
    hearing.close()
    assert not (await heard(SelfHearing(mixer, None), mixer, silence(2 * RATE))).any()
    mixer.close()
