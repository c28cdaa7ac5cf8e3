"""Tests of what is done to one's own voice: switched at once, and told as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from roomcli.audio.encoder_control import MUSIC, VOICE
from roomcli.audio.samples import BLOCK, FRAME
from roomcli.engine.own_sound import OwnSound
from roomcli.engine.voice import AudioDevices
from roomcli.protocol.sound import AS_IT_IS, ChangeSound, SoundSettings

from ...support.studio import Shelf, Studio, settled
from .test_capture import ScriptedCard
from .test_session import agree, answering, room


def works_of(voice: AudioDevices) -> set[str]:
    return set(voice.own_sound.works)


async def test_a_card_is_processed_and_a_change_holds_at_once(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    mics = Shelf()
    voice = Studio(monkeypatch, mics, Shelf()).voice
    assert voice.own_sound.sound == SoundSettings()
    assert (works_of(voice), voice.own_sound.bitrate) == (set(), 0), "nothing works yet"
    voice.want_microphone(True)
    nursery.start_soon(voice.run)
    await settled(lambda: mics.started)
    assert works_of(voice) == {"high_pass", "noise", "level", "gate"}
    assert voice.own_sound.bitrate == VOICE
    voice.change_sound(ChangeSound(echo="on", noise=False, gate="off"))
    assert voice.own_sound.sound == SoundSettings(echo="on", noise=False, gate="off")
    assert works_of(voice) == {"high_pass", "echo", "level"}
    voice.change_sound(ChangeSound(music=True))
    assert works_of(voice) == set()
    assert voice.own_sound.bitrate == MUSIC
    voice.change_sound(ChangeSound(music=False))
    assert works_of(voice) == {"high_pass", "echo", "level"}
    assert voice.own_sound.bitrate == VOICE


async def test_the_next_microphone_is_treated_like_the_one_before(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    mics = Shelf()
    voice = Studio(monkeypatch, mics, Shelf()).voice
    voice.want_microphone(True)
    nursery.start_soon(voice.run)
    await settled(lambda: mics.started)
    voice.change_sound(ChangeSound(music=True))
    mics.given[0].fail("pulled out")
    await settled(lambda: len(mics.given) == 2 and mics.started)
    assert (works_of(voice), voice.own_sound.bitrate) == (set(), MUSIC)


async def test_a_file_is_sent_as_it_is_until_somebody_wants_it_otherwise(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    mics = Shelf(ScriptedCard("file"))
    voice = Studio(monkeypatch, mics, Shelf(), mic="file:/talk.wav").voice
    assert voice.own_sound.sound == AS_IT_IS
    assert voice.own_sound.played
    voice.want_microphone(True)
    nursery.start_soon(voice.run)
    await settled(lambda: bool(mics.given))
    await settled(lambda: voice.own_sound.bitrate > 0)
    assert works_of(voice) == {"gate"}
    voice.change_sound(ChangeSound(noise=True, echo="on"))
    assert works_of(voice) == {"echo", "noise", "gate"}


def test_cards_and_files_are_set_apart() -> None:
    sound = OwnSound(SoundSettings(level=False))
    sound.change(ChangeSound(noise=True), "tone")
    sound.change(ChangeSound(gate="low"), "device")
    assert sound.for_kind("file").noise
    assert sound.for_kind("file").gate == "normal"
    assert sound.for_kind("device") == SoundSettings(level=False, gate="low")
    sound.prefer(None)
    assert sound.for_kind("device") == SoundSettings(level=False, gate="low")
    sound.prefer(SoundSettings(echo="off"))
    assert sound.for_kind("device") == SoundSettings(echo="off")


async def test_the_frontend_is_told_what_is_set_and_whoever_changes_it(tmp_path: Path) -> None:
    async with room(tmp_path, answering(agree)) as inside:
        told = await inside.until("sound_changed", lambda told: told["works"] == ["gate"])
        assert told["sound"]["noise"] is False, "a tone is sent as it is"
        inside.say("change_sound", noise=True, ref=5)
        answer = await inside.until("sound_changed", lambda told: told.get("ref") == 5)
        assert answer["sound"]["noise"] is True
        assert answer["works"] == ["noise", "gate"]
        assert await inside.until("done") == {"event": "done", "ref": 5}
        answers: list[object] = []
        inside.session.control(ChangeSound(music=True), answers.append)
        assert [type(each).__name__ for each in answers] == ["SoundChanged", "Done"]
        await inside.until("sound_changed", lambda told: told["sound"]["music"])


async def test_one_hears_oneself_as_it_is_set(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    mics = Shelf()
    voice = Studio(monkeypatch, mics, Shelf()).voice
    voice.want_microphone(True)
    nursery.start_soon(voice.run)
    await settled(lambda: mics.started)
    assert (voice.sensitivity, voice.frame_length) == ("normal", FRAME)
    voice.change_sound(ChangeSound(gate="high"))
    voice.keep_delay_low(True)
    assert (voice.sensitivity, voice.frame_length) == ("high", BLOCK)
    voice.change_sound(ChangeSound(music=True))
    assert voice.sensitivity == "off"
