"""The first run: a name and devices, all of it skippable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot
from textual.widgets import Input, Select

from roomcli.frontends.tui.first_run import FirstRunApp, MicrophoneMeter, Profile
from roomcli.protocol import local

from .fake_engine import ScriptedEngine
from .fake_room import FakeRoom, make_view


@asynccontextmanager
async def asked(
    name: str = "Robin Keller",
) -> AsyncIterator[tuple[FirstRunApp, ScriptedEngine, Pilot[Profile]]]:
    """The page, with an engine that knows two devices of each kind."""
    engine = ScriptedEngine()
    engine.room = FakeRoom(make_view())
    engine.say(*engine.room.answer(local.OpenDevices()))
    app = FirstRunApp(engine, name, "")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        yield app, engine, pilot


def test_enter_accepts_what_is_filled_in() -> None:
    async def scenario() -> None:
        async with asked() as (app, _, pilot):
            await pilot.press("enter", *"Rail", "enter")
            await pilot.pause()
            assert app.return_value == Profile("Robin Keller", "Rail", None, None)

    asyncio.run(scenario())


def test_escape_skips_it_all() -> None:
    async def scenario() -> None:
        async with asked() as (app, _, pilot):
            await pilot.press("escape")
            await pilot.pause()
            assert app.return_value == Profile("Robin Keller", "", None, None)

    asyncio.run(scenario())


def test_a_name_is_never_empty_nor_hostile() -> None:
    async def scenario() -> None:
        async with asked() as (app, _, pilot):
            app.query_one("#name", Input).value = "  \u202e\x1b[31m "
            await pilot.press("escape")
            await pilot.pause()
            assert app.return_value is not None
            assert app.return_value.name == "Robin Keller"

    asyncio.run(scenario())


def test_a_device_that_is_chosen_is_opened_and_kept() -> None:
    async def scenario() -> None:
        async with asked() as (app, engine, pilot):
            app.query_one("#mic", Select).value = "USB podcast mic"
            await pilot.pause()
            assert local.OpenDevices(mic="USB podcast mic", speaker=None) in engine.sent
            await pilot.press("escape")
            await pilot.pause()
            assert app.return_value == Profile("Robin Keller", "", "USB podcast mic", None)

    asyncio.run(scenario())


def test_the_microphone_moves_the_meter_and_the_tone_plays() -> None:
    async def scenario() -> None:
        async with asked() as (app, engine, pilot):
            meter = app.query_one(MicrophoneMeter)
            engine.say(local.Levels(microphone=30))
            await pilot.pause()
            assert "heard you" in meter.render().plain
            engine.say(local.Device(kind="microphone", name="x", problem="[b]is busy[/]"))
            await pilot.pause()
            assert "[b]is busy[/]" in meter.render().plain
            await pilot.press("ctrl+t")
            await pilot.pause()
            assert local.PlayTone() in engine.sent

    asyncio.run(scenario())


def test_giving_up_is_no_profile() -> None:
    async def scenario() -> None:
        async with asked() as (app, _, pilot):
            await pilot.press("ctrl+c")
            await pilot.pause()
            assert not app.is_running
            assert app.return_value is None

    asyncio.run(scenario())
