"""Tests of home: rooms as a server tells them, found by typing, entered by Enter or click."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from roomcli.errors import CommandRefused, ConnectionFailed
from roomcli.frontends.model.open_rooms import HomeServer, OpenRoom, RoomsNews
from roomcli.frontends.outcome import Outcome
from roomcli.frontends.tui.app import RoomcliApp
from roomcli.protocol import local

from .....support.tui_seat import (
    ENTER,
    NO_ROOMS,
    SERVER,
    Rooms,
    ScreenSeat,
    ScriptedEngines,
    app_seat,
    told,
)

KEPT = ("the last minute of voice, for reports", "chat while the room is open")
ROOMS = (
    OpenRoom("standup", "Trains, and how they stop", "Ann Lindqvist", 6, 240, (), KEPT),
    OpenRoom("vienna", "Ask anything", "Cho Min-seo", 1, 12),
    OpenRoom("compilers", "", "Ben Okafor", 2, 3, ("wants a password", "locked")),
)


@asynccontextmanager
async def visitor(
    rooms: Rooms, size: tuple[int, int] = (80, 24), server: HomeServer | None = SERVER
) -> AsyncIterator[tuple[ScreenSeat[RoomcliApp], ScriptedEngines]]:
    """Run the app from home on."""
    engines = ScriptedEngines()
    app = RoomcliApp(replace(ENTER, url=""), engines, server, rooms)
    async with app_seat(app, engines, size) as you:
        yield you, engines


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
def test_what_is_kept_is_told_to_its_end_before_one_goes_in(size: tuple[int, int]) -> None:
    kept = ("the last minute of voice, in memory", "the chat", "what moderators do, in a log")
    room = OpenRoom("standup", ROOMS[0].topic, keeps=kept)

    async def scenario() -> None:
        async with visitor(told((room,)), size) as (you, _):
            await you.sees("1 open room")
            await you.sees("in a log")
            await you.sees("standup")

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("keys", "room"),
    [
        (("enter",), "standup"),
        (("down", "enter"), "vienna"),
        ((*"ben", "enter"), "compilers"),
        ((*"trains stop", "enter"), "standup"),
        ((*"nobody", "escape", "down", "down", "enter"), "compilers"),
        ((*"g", "escape", "enter"), "vienna"),
    ],
)
def test_keys_lead_in(keys: tuple[str, ...], room: str) -> None:
    async def scenario() -> None:
        async with visitor(told(ROOMS)) as (you, engines):
            await you.sees("3 open rooms")
            await you.presses(*keys)
            await you.until(lambda: engines.entered, "still at home")
            (entered,) = engines.entered
            assert entered == replace(ENTER, url=f"wss://rooms.example:7420/r/{room}", levels=True)

    asyncio.run(scenario())


@pytest.mark.parametrize("key", ["escape", "q", "ctrl+q", "ctrl+c"])
def test_keys_lead_out(key: str) -> None:
    async def scenario() -> None:
        async with visitor(told(ROOMS)) as (you, engines):
            await you.sees("3 open rooms")
            await you.presses(key)
            await you.until(lambda: not you.app.is_running, "still at home")
            assert you.app.return_value == Outcome(0)
            assert engines.openings == []

    asyncio.run(scenario())


def test_a_click_goes_in_and_a_q_in_a_word_is_a_letter() -> None:
    async def scenario() -> None:
        async with visitor(told(ROOMS)) as (you, engines):
            await you.sees("3 open rooms")
            await you.presses(*"aq?")
            await you.sees("No open room fits “aq?”")
            assert you.app.screen.query_one(Input).value == "aq?"
            await you.presses("escape")
            await you.sees("vienna")
            await you.pilot.click(offset=you.place("vienna"))
            await you.until(lambda: engines.entered)
            assert engines.entered[0].url.endswith("/r/vienna")

    asyncio.run(scenario())


def test_rooms_come_and_go_while_one_looks() -> None:
    news: asyncio.Queue[RoomsNews] = asyncio.Queue()

    async def follow(_: local.ConnectServer) -> AsyncGenerator[RoomsNews, None]:
        while True:
            yield await news.get()

    async def scenario() -> None:
        async with visitor(follow) as (you, engines):
            await you.sees("asking")
            news.put_nowait(())
            await you.sees("roomcli host NAME")
            news.put_nowait(ConnectionFailed("nothing listens there"))
            await you.sees("Nothing listens there")
            await you.sees("trying again")
            news.put_nowait(CommandRefused("banned", "you are banned here"))
            await you.sees("You are banned here")
            await you.misses("trying again")
            news.put_nowait(ROOMS)
            await you.sees("Ann Lindqvist")
            await you.misses("Nothing listens there")
            await you.presses("down")
            news.put_nowait((ROOMS[2], ROOMS[1]))
            await you.misses("standup")
            await you.sees("Ask anything")
            await you.presses("enter")
            await you.until(lambda: engines.entered)
            assert engines.entered[0].url.endswith("/r/vienna"), "whichever is picked stays so"

    asyncio.run(scenario())


def test_without_a_server_it_says_how_to_begin() -> None:
    async def scenario() -> None:
        async with visitor(NO_ROOMS, server=None) as (you, engines):
            for text in ("none runs on this machine", "roomcli host standup", "roomcli doctor"):
                await you.sees(text)
            await you.presses("enter", "question_mark")
            await you.sees("raise or lower your hand")
            await you.presses("escape", "q")
            await you.until(lambda: not you.app.is_running)
            assert engines.openings == []

    asyncio.run(scenario())


def test_the_palette_enters_rooms_and_help_lies_over_home() -> None:
    async def scenario() -> None:
        async with visitor(told(ROOMS)) as (you, engines):
            await you.sees("3 open rooms")
            await you.presses("f1")
            await you.sees("raise or lower your hand")
            await you.presses("escape")
            await you.misses("raise or lower your hand")
            await you.presses("ctrl+p")
            await you.types("enter vie")
            await you.sees("Enter vienna")
            await you.misses("Enter standup")
            await you.presses("enter")
            await you.until(lambda: engines.entered)
            assert engines.entered[0].url.endswith("/r/vienna")

    asyncio.run(scenario())


def test_whom_a_room_lets_in_is_read_before_one_enters() -> None:
    async def scenario() -> None:
        asks = ("for people with mail or sign-on at acme.example", "others knock")
        room = OpenRoom("standup", "Trains", "Ann", 6, 240, ("locked", *asks), KEPT, asks)
        async with visitor(told((room,)), (120, 40)) as (you, _):
            await you.sees("locked · not for all")
            await you.sees("For people with mail or sign-on at acme.example; others knock")

    asyncio.run(scenario())
