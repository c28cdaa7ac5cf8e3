"""Tests of the engine's part of `roomcli echo`: a voice is treated as it would be in a room."""

from __future__ import annotations

import pytest
import trio

from roomcli.audio.encoder_control import LEAST_COMPLEXITY, MUSIC
from roomcli.engine import microphone_keeper, speaker_keeper
from roomcli.engine.echo import EchoTest
from roomcli.engine.own_sound import OwnSound
from roomcli.errors import AudioError
from roomcli.protocol.local import Device
from roomcli.protocol.sound import SoundSettings

from ...support.studio import Shelf, settled


async def test_it_treats_the_voice_as_it_is_set(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    mics = Shelf()
    monkeypatch.setattr(microphone_keeper, "open_input", mics.open)
    monkeypatch.setattr(speaker_keeper, "open_output", Shelf().open)
    sound = OwnSound(SoundSettings(noise=False, gate="low"))
    echo = EchoTest(None, None, lambda news: None, None, sound)
    nursery.start_soon(echo.run)
    await settled(lambda: mics.started)
    voice = echo._voice
    assert set(voice.own_sound.works) == {"high_pass", "level", "gate"}
    assert voice.sensitivity == "low"


async def test_trouble_with_a_device_ends_with_the_option_that_names_another(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(microphone_keeper, "open_input", Shelf(AudioError("it is busy")).open)
    monkeypatch.setattr(speaker_keeper, "open_output", Shelf().open)
    told: list[str] = []

    def tell(news: object) -> None:
        if isinstance(news, Device) and news.problem:
            told.append(news.problem)

    nursery.start_soon(EchoTest(None, None, tell).run)
    await settled(lambda: bool(told))
    assert told[0].startswith("it is busy; --mic names another one")


async def test_the_encoder_follows_the_machine_there_too(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    mics = Shelf()
    monkeypatch.setattr(microphone_keeper, "open_input", mics.open)
    monkeypatch.setattr(speaker_keeper, "open_output", Shelf().open)
    echo = EchoTest(None, None, lambda news: None, None, OwnSound(SoundSettings(music=True)))
    nursery.start_soon(echo.run)
    await settled(lambda: mics.started)
    assert echo._voice.encoding.bitrate == MUSIC
    while echo._voice.encoding.complexity > LEAST_COMPLEXITY:
        echo._voice.encoding.pumped(1.0)
        await trio.sleep(0.05)
