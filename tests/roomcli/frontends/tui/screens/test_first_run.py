"""Tests of the first run: two Enters go in, Esc takes everything as it is, a meter shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace
from textual.widgets import Input, Select

from roomcli.frontends.outcome import Outcome
from roomcli.frontends.tui.app import RoomcliApp
from roomcli.frontends.tui.screens.first_run import OwnAnswers
from roomcli.protocol import local
from roomcli.protocol.sound import SoundSettings

from .....support.tui_seat import ENTER, NO_ROOMS, SERVER, ScreenSeat, ScriptedEngines, app_seat

MICROPHONES = ("Built-in microphone", "USB [bold]mic[/]")
HEADPHONES = local.OpenDevices(speaker="Headphones")


@asynccontextmanager
async def newcomer(
    size: tuple[int, int] = (80, 24), kept: list[OwnAnswers] | None = None, url: str = ENTER.url
) -> AsyncIterator[tuple[ScreenSeat[RoomcliApp], ScriptedEngines]]:
    """Run the app for somebody new; what they answer is added to ``kept``."""
    engines = ScriptedEngines()

    def keep(profile: OwnAnswers) -> str:
        if kept is not None:
            kept.append(profile)
        return "cannot write [the] file"

    enter = replace(ENTER, url=url, speaker="Headphones")
    app = RoomcliApp(enter, engines, (SERVER,), NO_ROOMS, newcomer=keep)
    async with app_seat(app, engines, size) as you:
        await you.sees("What should people in a room call you?")
        yield you, engines


@pytest.mark.parametrize(
    ("keys", "profile"),
    [
        (("enter", "enter"), OwnAnswers("Robin Keller", "")),
        (("escape",), OwnAnswers("Robin Keller", "")),
        (("end", *" Jr", "enter", *"Plays", "enter"), OwnAnswers("Robin Keller Jr", "Plays")),
        ((*["backspace"] * 12, "enter", "enter"), OwnAnswers("Robin Keller", "")),
    ],
)
def test_keys_lead_into_the_room(keys: tuple[str, ...], profile: OwnAnswers) -> None:
    async def scenario() -> None:
        kept: list[OwnAnswers] = []
        async with newcomer(kept=kept) as (you, engines):
            await you.presses(*keys)
            await you.sees("Entering the room")
            await you.sees("cannot write [the] file")
            assert kept == [profile]
            named = replace(ENTER, name=profile.name, headline=profile.headline, levels=True)
            named = replace(named, sound=SoundSettings())
            assert engines.openings == [HEADPHONES, replace(named, speaker="Headphones")]
            assert not you.shows("Welcome")

    asyncio.run(scenario())


@pytest.mark.parametrize("remark", ["", "cannot write the file"])
def test_where_there_is_nothing_to_enter_the_answers_are_all(remark: str) -> None:
    async def scenario() -> None:
        kept: list[OwnAnswers] = []

        def keep(answers: OwnAnswers) -> str:
            kept.append(answers)
            return remark

        engines = ScriptedEngines()
        enter = replace(ENTER, url="", headline="Maps")
        app = RoomcliApp(enter, engines, (), NO_ROOMS, newcomer=keep)
        async with app_seat(app, engines) as you:
            await you.sees("What should people in a room call you?")
            await you.presses("end", *" Jr", "enter", "enter")
            await you.until(lambda: kept and not app.is_running)
        assert kept == [OwnAnswers("Robin Keller Jr", "Maps")]
        assert app.return_value == Outcome(1 if remark else 0, remark)

    asyncio.run(scenario())


def test_it_leads_home_where_no_room_is_named() -> None:
    async def scenario() -> None:
        async with newcomer(url="") as (you, engines):
            await you.presses("escape")
            await you.sees("roomcli host NAME")
            assert engines.entered == []

    asyncio.run(scenario())


@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
def test_giving_up_is_an_interrupt(key: str) -> None:
    async def scenario() -> None:
        kept: list[OwnAnswers] = []
        async with newcomer(kept=kept) as (you, _):
            await you.presses(key)
            await you.until(lambda: not you.app.is_running, "still asking")
            assert you.app.return_value == Outcome(130)
            assert kept == []

    asyncio.run(scenario())


def test_a_name_is_never_empty_nor_hostile() -> None:
    async def scenario() -> None:
        kept: list[OwnAnswers] = []
        async with newcomer(kept=kept) as (you, _):
            you.app.query_one("#name", Input).value = "  \u202e\x1b[31m "
            await you.presses("escape")
            await you.until(lambda: kept)
            assert kept == [OwnAnswers("Robin Keller", "")]

    asyncio.run(scenario())


def test_the_microphone_is_seen_and_devices_are_chosen() -> None:
    async def scenario() -> None:
        kept: list[OwnAnswers] = []
        async with newcomer(kept=kept) as (you, engines):
            you.engine.say(
                local.Device(kind="microphone", name=MICROPHONES[0], choices=MICROPHONES),
                local.Levels(microphone=-90),
            )
            await you.sees("say something")
            assert not you.shows("━━━━━━")
            you.engine.say(local.Levels(microphone=-20))
            await you.sees("heard you")
            assert you.shows("━━━━━━")
            await you.presses("ctrl+t")
            await you.until(lambda: local.PlayTone() in you.engine.sent)
            you.app.query_one("#mic", Select).value = MICROPHONES[1]
            await you.until(lambda: replace(HEADPHONES, mic=MICROPHONES[1]) in you.engine.sent)
            await you.sees(MICROPHONES[1])
            await you.presses("escape")
            await you.until(lambda: engines.entered)
            assert kept == [OwnAnswers("Robin Keller", "", MICROPHONES[1])]
            assert engines.entered[0].mic == MICROPHONES[1]

    asyncio.run(scenario())


def test_devices_that_were_named_before_are_shown_and_tested() -> None:
    async def scenario() -> None:
        devices = replace(HEADPHONES, mic="file:my [talk].wav")
        enter = replace(ENTER, mic=devices.mic, speaker=devices.speaker)
        engines = ScriptedEngines()
        app = RoomcliApp(enter, engines, (SERVER,), NO_ROOMS, newcomer=lambda _: "")
        async with app_seat(app, engines, (80, 24)) as you:
            await you.sees("file:my [talk].wav")
            await you.sees("Headphones")
            assert engines.openings == [devices]
            you.engine.say(local.Device(kind="speaker", name="Headphones", choices=("HDMI",)))
            await you.until(lambda: you.app.query_one("#speaker", Select)._options[1:])
            you.app.query_one("#speaker", Select).value = "HDMI"
            await you.until(lambda: replace(devices, speaker="HDMI") in you.engine.sent)
            await you.presses("escape")
            await you.until(lambda: engines.entered)
            assert (engines.entered[0].mic, engines.entered[0].speaker) == (enter.mic, "HDMI")

    asyncio.run(scenario())


def test_without_devices_it_says_what_to_do() -> None:
    async def scenario() -> None:
        async with newcomer() as (you, _):
            text = "no sound: apt install [libportaudio2]"
            you.engine.say(local.Device(kind="microphone", name="", problem=text))
            await you.sees(text)
            you.engine.say(local.Problem(code="x", text="the [engine] is ill"))
            await you.sees("the [engine] is ill")

    asyncio.run(scenario())


def test_all_of_it_is_in_sight_at_80_by_24() -> None:
    async def scenario() -> None:
        async with newcomer() as (you, _):
            for text in ("Welcome to roomcli", "Microphone", "Speakers", "Esc skips"):
                await you.sees(text)

    asyncio.run(scenario())


def test_trouble_is_told_to_its_end() -> None:
    async def scenario() -> None:
        async with newcomer((80, 24)) as (you, _):
            trouble = "no microphone found: " + "plug one in or " * 5 + "do without"
            you.engine.say(local.Device(kind="microphone", name="default", problem=trouble))
            await you.sees("do without")

    asyncio.run(scenario())
