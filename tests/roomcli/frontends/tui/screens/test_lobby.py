"""Tests of the lobby: rooms as a server tells them, found by typing, entered by Enter or click."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from textual.widgets import Input

from roomcli.errors import ConnectionFailed
from roomcli.frontends.tui.screens import lobby
from roomcli.frontends.tui.screens.lobby import LobbyApp, OpenRoom, rooms_of

from .....support.fake_engine import ScriptedEngine
from .....support.patience import PATIENCE
from .....support.tui_seat import ScreenSeat

ROOMS: list[dict[str, object]] = [
    {
        "name": "compilers",
        "topic": "",
        "host": "Ben Okafor",
        "stage": 2,
        "audience": 3,
        "password": True,
        "locked": True,
    },
    {
        "name": "standup",
        "topic": "Trains, and how they stop",
        "host": "Ann Lindqvist",
        "stage": 6,
        "audience": 240,
        "access": "open",
        "keeps": ["the last minute of voice, for reports", "chat while the room is open"],
    },
    {"name": "vienna", "topic": "Ask anything", "host": "Cho Min-seo", "stage": 1, "audience": 12},
]
Rooms = Callable[[], list[dict[str, object]]]


@asynccontextmanager
async def visitor(
    rooms: Rooms, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[ScreenSeat[LobbyApp]]:
    """Run the lobby of a server that answers with ``rooms``."""
    app = LobbyApp("wss://rooms.example:7420", rooms)
    async with app.run_test(size=size) as pilot:
        yield ScreenSeat(app, ScriptedEngine(), pilot)


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
def test_what_is_kept_is_told_to_its_end_before_one_goes_in(size: tuple[int, int]) -> None:
    kept = ["the last minute of voice, in memory", "the chat", "what moderators do, in a log"]

    async def scenario() -> None:
        async with visitor(lambda: [{**ROOMS[1], "keeps": kept}], size) as you:
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
        (("escape",), None),
        (("q",), None),
        (("ctrl+q",), None),
    ],
)
def test_keys_lead_in_or_out(keys: tuple[str, ...], room: str | None) -> None:
    async def scenario() -> None:
        async with visitor(lambda: ROOMS) as you:
            await you.sees("3 open rooms")
            await you.presses(*keys)
            await you.until(lambda: not you.app.is_running, "still in the lobby")
            assert you.app.return_value == room

    asyncio.run(scenario())


def test_a_click_goes_in_and_a_q_in_a_word_is_a_letter() -> None:
    async def scenario() -> None:
        async with visitor(lambda: ROOMS) as you:
            await you.sees("3 open rooms")
            await you.presses(*"aq")
            await you.sees("No open room fits “aq”")
            assert you.app.query_one(Input).value == "aq"
            await you.presses("escape")
            await you.sees("vienna")
            row = next(number for number, line in enumerate(you.lines) if "vienna" in line)
            await you.pilot.click(offset=(4, row))
            await you.until(lambda: not you.app.is_running)
            assert you.app.return_value == "vienna"

    asyncio.run(scenario())


def test_rooms_come_and_go_while_one_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lobby, "REFRESH", 0.01)
    answers: list[list[dict[str, object]] | str] = [[], "nothing listens there", ROOMS]

    def rooms() -> list[dict[str, object]]:
        answer = answers[0]
        if isinstance(answer, str):
            raise ConnectionFailed(answer)
        return answer

    async def scenario() -> None:
        async with visitor(rooms) as you:
            await you.sees("roomcli host NAME")
            answers.pop(0)
            await you.sees("Nothing listens there")
            await you.sees("trying again")
            answers.pop(0)
            await you.sees("Ann Lindqvist")
            await you.misses("Nothing listens there")
            await you.presses("down")
            answers[0] = [ROOMS[2], ROOMS[0]]
            await you.misses("standup")
            await you.sees("Ask anything")
            await you.presses("enter")
            await you.until(lambda: not you.app.is_running)
            assert you.app.return_value == "vienna", "whichever is picked stays so"

    asyncio.run(scenario())


def test_an_answer_is_a_strangers_word() -> None:
    told: list[dict[str, object]] = [
        {"name": "../../etc"},
        {"name": 7},
        {"name": "ok", "topic": "\x1b[31mred", "stage": -1, "audience": "many", "keeps": 3},
    ]
    assert rooms_of(told) == [OpenRoom("ok", topic="red")]


def test_nobody_who_leaves_waits_for_a_server_that_does_not_answer() -> None:
    closing, answered = threading.Event(), threading.Event()

    def rooms() -> list[dict[str, object]]:
        closing.wait(2 * PATIENCE)
        answered.set()
        return ROOMS

    async def scenario() -> None:
        async with visitor(rooms) as you:
            await you.sees("asking")
            await you.presses("q")
            await you.until(lambda: not you.app.is_running)

    asyncio.run(scenario())
    assert not answered.is_set(), "asyncio itself waits for its threads"
    closing.set()
