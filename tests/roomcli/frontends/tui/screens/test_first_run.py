"""Tests of the first run: two Enters go in, Esc takes everything as it is, a meter shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import Input, Select

from roomcli.frontends.tui.screens import first_run
from roomcli.frontends.tui.screens.first_run import FirstRunApp, Profile, run_first_run
from roomcli.protocol import local

from .....support.fake_engine import ScriptedEngine
from .....support.tui_seat import ScreenSeat

MICROPHONES = ("Built-in microphone", "USB [bold]mic[/]")


@asynccontextmanager
async def newcomer(size: tuple[int, int] = (80, 24)) -> AsyncIterator[ScreenSeat[FirstRunApp]]:
    """Run the first-run screen for somebody new."""
    engine = ScriptedEngine()
    app = FirstRunApp(engine, "Robin Keller", "")
    async with app.run_test(size=size) as pilot:
        you = ScreenSeat(app, engine, pilot)
        await you.sees("What should people in a room call you?")
        yield you


@pytest.mark.parametrize(
    ("keys", "profile"),
    [
        (("enter", "enter"), Profile("Robin Keller", "")),
        (("escape",), Profile("Robin Keller", "")),
        (("end", *" Jr", "enter", *"Plays", "enter"), Profile("Robin Keller Jr", "Plays")),
        ((*["backspace"] * 12, "enter", "enter"), Profile("Robin Keller", "")),
        (("ctrl+q",), None),
        (("ctrl+c",), None),
    ],
)
def test_keys_lead_in_or_out(keys: tuple[str, ...], profile: Profile | None) -> None:
    async def scenario() -> None:
        async with newcomer() as you:
            await you.presses(*keys)
            await you.until(lambda: not you.app.is_running, "still asking")
            assert you.app.return_value == profile

    asyncio.run(scenario())


def test_a_name_is_never_empty_nor_hostile() -> None:
    async def scenario() -> None:
        async with newcomer() as you:
            you.app.query_one("#name", Input).value = "  \u202e\x1b[31m "
            await you.presses("escape")
            await you.until(lambda: not you.app.is_running)
            assert you.app.return_value == Profile("Robin Keller", "")

    asyncio.run(scenario())


def test_the_microphone_is_seen_and_devices_are_chosen() -> None:
    async def scenario() -> None:
        async with newcomer() as you:
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
            await you.until(lambda: local.OpenDevices(mic=MICROPHONES[1]) in you.engine.sent)
            await you.sees(MICROPHONES[1])
            await you.presses("escape")
            await you.until(lambda: not you.app.is_running)
            assert you.app.return_value == Profile("Robin Keller", "", MICROPHONES[1])

    asyncio.run(scenario())


def test_without_devices_it_says_what_to_do() -> None:
    async def scenario() -> None:
        async with newcomer() as you:
            text = "no sound: apt install [libportaudio2]"
            you.engine.say(local.Device(kind="microphone", name="", problem=text))
            await you.sees(text)
            you.engine.say(local.Problem(code="x", text="the [engine] is ill"))
            await you.sees("the [engine] is ill")

    asyncio.run(scenario())


def test_all_of_it_is_in_sight_at_80_by_24() -> None:
    async def scenario() -> None:
        async with newcomer() as you:
            for text in ("Welcome to roomcli", "Microphone", "Speakers", "Esc takes all as it is"):
                await you.sees(text)

    asyncio.run(scenario())


def test_giving_up_is_an_interrupt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object) -> None:
        return None

    monkeypatch.setattr(first_run, "_run", nothing)
    with pytest.raises(KeyboardInterrupt):
        run_first_run(name="Robin", headline="", log=tmp_path / "log")


def test_trouble_is_told_to_its_end() -> None:
    async def scenario() -> None:
        async with newcomer((80, 24)) as you:
            trouble = "no microphone found: " + "plug one in or " * 5 + "do without"
            you.engine.say(local.Device(kind="microphone", name="default", problem=trouble))
            await you.sees("do without")

    asyncio.run(scenario())
