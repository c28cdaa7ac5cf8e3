"""Tests of the sound page: each switch holds at once, by key and by mouse, and is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from textual.widgets import Static

from roomcli.errors import ConfigError
from roomcli.frontends.model.sound_memory import SoundMemory
from roomcli.frontends.tui.app import RoomcliApp
from roomcli.frontends.tui.widgets.sheet import Choices
from roomcli.frontends.words.device_words import microphone_lack
from roomcli.frontends.words.sound_words import now_at_work, sound_changes, sound_lines
from roomcli.protocol import local
from roomcli.protocol.sound import AS_IT_IS, ChangeSound, SoundChanged, SoundSettings

from .....support.fake_room import WORKS, FakeRoom, make_view
from .....support.plain_seat import TypedLines
from .....support.tui_seat import ENTER, NO_ROOMS, SERVER, ScriptedEngines, app_seat, seat


def test_each_setting_is_switched_by_key_and_by_mouse() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            await you.presses("v")
            await you.sees("Your sound")
            await you.until(lambda: local.WatchDevices(on=True) in you.engine.sent)
            you.engine.sent.clear()
            await you.presses("right")
            await you.sends(ChangeSound(echo="on"))
            await you.presses("down", "right")
            await you.sends(ChangeSound(echo="on"), ChangeSound(noise=False))
            you.engine.sent.clear()
            await you.pilot.click("#gate", offset=(1, 0))
            await you.sends(ChangeSound(gate="off"))
            await you.presses("v")
            await you.misses("fans, hiss")

    asyncio.run(scenario())


STEPS = (
    ("f2", ChangeSound(echo="on")),
    ("f3", ChangeSound(noise=False)),
    ("f4", ChangeSound(level=False)),
    ("f5", ChangeSound(high_pass=False)),
    ("f6", ChangeSound(gate="high")),
    ("f7", ChangeSound(music=True)),
)


def test_each_stage_has_a_key_of_its_own_in_the_room_also_while_typing() -> None:
    async def scenario() -> None:
        async with seat("listener", (120, 40)) as you:
            sound = SoundSettings()
            await you.presses("t")
            for key, change in STEPS:
                await you.presses(key)
                await you.sends(change)
                you.engine.sent.clear()
                sound = change.applied_to(sound)
                you.engine.say(SoundChanged(sound=sound))
            await you.sees("Your sound: echo is taken out")
            await you.presses("f6")
            await you.sends(ChangeSound(gate="off"))

    asyncio.run(scenario())


def test_the_page_shows_the_key_of_each_stage_and_takes_it_also_one_of_the_users_own() -> None:
    async def scenario() -> None:
        async with seat("speaker", keys={"switch_noise": "J"}) as you:
            await you.presses("v")
            for shown in ("F2 [auto]", "J  [on]", "F4 [on]", "F5 [on]", "F6  off", "F7  on"):
                await you.sees(shown)
            you.engine.sent.clear()
            await you.presses("J", "f6", "f3")
            await you.sends(ChangeSound(noise=False), ChangeSound(gate="high"))

    asyncio.run(scenario())


def test_a_key_at_home_switches_what_the_next_room_begins_with() -> None:
    kept: list[Mapping[str, object]] = []

    def keep(changes: Mapping[str, str | bool]) -> str:
        kept.append(changes)
        return ""

    async def scenario() -> None:
        engines = ScriptedEngines()
        enter = ENTER.__class__(url="", name="Robin")
        sound = SoundMemory(None, keep)
        app = RoomcliApp(enter, engines, (SERVER,), NO_ROOMS, sound=sound)
        async with app_seat(app, engines) as you:
            await you.sees("0 open rooms")
            await you.presses("W")
            await you.sees("F7")
            await you.presses("f2", "f2", "f2", "f7")
            await you.until(lambda: len(kept) == 4)
            assert kept == [{"echo": "on"}, {"echo": "off"}, {"echo": "auto"}, {"music": True}]

    asyncio.run(scenario())


def test_what_is_at_work_is_shown_as_it_changes_and_who_else_switches_it() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            await you.presses("v")
            await you.sees("only speech is sent, at 32 kb/s")
            assert not you.shows("an echo is taken out")
            you.engine.say(
                SoundChanged(sound=SoundSettings(), works=("echo", *WORKS), bitrate=32_000)
            )
            await you.sees("an echo is taken out")
            music = SoundSettings(music=True)
            you.engine.say(SoundChanged(sound=music, bitrate=96_000))
            await you.sees("everything is sent, at 96 kb/s")
            await you.sees("While music is on")
            assert you.app.screen.query_one("#music", Choices).chosen == 0
            you.engine.say(SoundChanged(sound=AS_IT_IS, played=True, bitrate=32_000))
            await you.sees("What a file plays is sent as it is")

    asyncio.run(scenario())


def test_in_a_room_the_page_shows_ones_level_and_devices_and_lets_one_hear_oneself() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            await you.presses("v")
            await you.sees("8 ms since spoken")
            await you.sees("12 ms buffered")
            level = next(line for line in you.lines if "Your level" in line)
            you.engine.say(local.Levels(microphone=-20))
            await you.until(lambda: not you.shows(level.strip(" │▌")))
            await you.presses("V")
            await you.until(lambda: local.HearYourself(on=True) in you.engine.sent)
            you.engine.say(local.OwnVoice(on=True, said=("You sound clear",)))
            await you.sees("You sound clear")
            await you.presses("escape")
            await you.until(lambda: you.engine.sent[-1] == local.WatchDevices(on=False))

    asyncio.run(scenario())


def test_on_stage_it_says_why_no_microphone_is_in_use() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            await you.presses("v")
            problem = "no microphone called 'USB'; there are: 0 Built-in, 1 Headset"
            you.engine.say(
                local.Device(kind="microphone", name="USB", problem=problem),
                SoundChanged(sound=SoundSettings()),
            )
            await you.sees("no microphone is in use: no microphone called 'USB'")
            await you.sees("1 Headset")
            note = you.app.screen.query_one("#at-work", Static)
            assert str(note.content).count("1 Headset") == 1, "it is told once"
            assert not you.shows("when you are on stage")

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("used", "on_stage", "lack"),
    [
        (None, False, "it is opened when you are on stage"),
        (local.Device(kind="microphone", name="none"), False, "it is opened when"),
        (None, True, "it is being opened"),
        (local.Device(kind="microphone", name="USB"), True, "it is being opened"),
        (local.Device(kind="microphone", name="none"), True, "it is set to none"),
        (local.Device(kind="microphone", name="USB", problem="USB is busy"), True, "USB is busy"),
    ],
)
def test_why_no_microphone_is_in_use(used: local.Device | None, on_stage: bool, lack: str) -> None:
    assert microphone_lack(used, on_stage=on_stage).startswith(lack)


def test_what_is_switched_is_kept_for_the_next_time() -> None:
    kept: list[Mapping[str, object]] = []

    def keep(changes: Mapping[str, str | bool]) -> str:
        kept.append(changes)
        return "ROOMCLI_NOISE goes before it"

    async def scenario() -> None:
        async with seat("speaker", sound=SoundMemory(None, keep)) as you:
            await you.presses("slash", *"sound", "space", *"noise", "space", *"off", "enter")
            await you.sees("ROOMCLI_NOISE goes before it")
            assert kept == [{"noise": False}]

    asyncio.run(scenario())


def test_before_a_room_the_page_sets_what_the_next_one_begins_with() -> None:
    async def scenario() -> None:
        engines = ScriptedEngines()
        app = RoomcliApp(ENTER.__class__(url="", name="Robin"), engines, (SERVER,), NO_ROOMS)
        async with app_seat(app, engines) as you:
            await you.sees("0 open rooms")
            await you.presses("W")
            await you.sees("it is opened when you are on stage")
            await you.presses("right", "W")
            await you.misses("Your sound")
            you.app.enter_room("standup")
            await you.until(lambda: bool(engines.entered))
            assert engines.entered[0].sound == SoundSettings(echo="on")

    asyncio.run(scenario())


def test_a_plain_room_tells_and_switches() -> None:
    lines = TypedLines(FakeRoom(make_view("speaker")))
    lines.hears()
    assert lines.answers("/sound")[0].startswith("Your sound: echo: echo is taken out whenever")
    lines.answers("/sound gate low")
    assert ChangeSound(gate="low") in lines.engine.sent
    lines.room.receive(SoundChanged(sound=SoundSettings(gate="low"), works=WORKS, bitrate=1))
    assert lines.said[-1] == "Your sound: only loud speech is sent: for a loud place"


def test_what_a_file_is_given_is_not_kept() -> None:
    kept: list[Mapping[str, object]] = []

    def keep(changes: Mapping[str, str | bool]) -> str:
        kept.append(changes)
        return ""

    memory = SoundMemory(None, keep)
    assert memory.note(SoundChanged(sound=AS_IT_IS, played=True)) == ""
    assert kept == []
    assert memory.sound == SoundSettings()


def test_what_cannot_be_kept_is_said() -> None:
    def keep(changes: Mapping[str, str | bool]) -> str:
        raise ConfigError("cannot write it")

    memory = SoundMemory(None, keep)
    state = SoundChanged(sound=SoundSettings(noise=False))
    assert memory.note(state) == "Your sound is so for now only: cannot write it"
    assert memory.note(state) == "", "it is said once"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (SoundChanged(sound=SoundSettings()), "no microphone is in use: it is opened when"),
        (
            SoundChanged(sound=SoundSettings(), works=("echo", "gate"), bitrate=32_000),
            "an echo is taken out; only speech is sent, at 32 kb/s",
        ),
        (
            SoundChanged(sound=SoundSettings(music=True), bitrate=96_000),
            "the sound stays as it is; everything is sent, at 96 kb/s",
        ),
    ],
)
def test_what_is_at_work_in_words(state: SoundChanged, words: str) -> None:
    assert now_at_work(state, "it is opened when").startswith(words)


def test_every_setting_has_words() -> None:
    assert len(sound_lines(SoundSettings())) == len(SoundSettings.__struct_fields__)
    assert len(sound_changes(SoundSettings(), AS_IT_IS)) == 4
