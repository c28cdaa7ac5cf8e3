"""Tests of the page of how well voice goes: how it opens, what it asks for, and what it copies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from roomcli.frontends.tui.app import RoomcliApp
from roomcli.frontends.words.quality_words import report_line
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.health import Stats, WatchStats
from roomcli.protocol.people import HearerInTrouble

from .....support.fake_cast import ANN
from .....support.fake_room import STATS, YOU
from .....support.tui_seat import ScreenSeat, seat

TOLD = e.HeardBy(
    listeners=44,
    hearing=41,
    worst_ms=180,
    troubled=1,
    trouble=(HearerInTrouble(id="ann1", person=ANN.id, why="behind"),),
    people={ANN.id: ANN},
)


Opening = Callable[[ScreenSeat[RoomcliApp]], Awaitable[None]]


async def by_key(you: ScreenSeat[RoomcliApp]) -> None:
    await you.presses("w")


async def by_click(you: ScreenSeat[RoomcliApp]) -> None:
    you.engine.say(local.Connection(state="connected", rtt_ms=34.0))
    await you.sees("connection excellent")
    await you.pilot.click(offset=you.place("excellent"))


async def by_name(you: ScreenSeat[RoomcliApp]) -> None:
    await you.presses("slash", *"quality", "enter")


@pytest.mark.parametrize("opened", [by_key, by_click, by_name])
def test_the_page_has_figures_told_while_it_is_open(opened: Opening) -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            await opened(you)
            await you.sees("10.0% lost")
            await you.sees("round trip 34 ms")
            await you.sends(WatchStats())
            you.engine.say(Stats(rtt_ms=None))
            await you.sees("nobody was heard yet")
            await you.presses("escape")
            await you.sends(WatchStats(), WatchStats(on=False))

    asyncio.run(scenario())


def test_another_engine_is_asked_anew() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            await you.presses("w")
            await you.sees("10.0% lost")
            room, you.engine.room = you.engine.room, None
            assert room is not None
            you.engine.say(*room.enter())
            await you.sees("measuring")
            await you.sends(WatchStats(), WatchStats())

    asyncio.run(scenario())


def test_the_line_for_a_report_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with seat("listener") as you:
            copied: list[str] = []
            monkeypatch.setattr(you.app, "copy_to_clipboard", copied.append)
            await you.presses("w")
            await you.sees("10.0% lost")
            await you.presses("c")
            await you.until(lambda: copied)
            assert copied == [report_line(STATS)]

    asyncio.run(scenario())


def test_the_bar_says_who_hears_while_one_is_on_air() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            you.engine.say(TOLD)
            await you.presses("space")
            await you.sees("41 of 44 hear you, worst 180 ms")
            await you.presses("w")
            await you.sees("Ann Lindqvist (host) misses words")
            you.engine.say(local.Microphone(open=False), e.Muted(id=YOU))
            await you.misses("misses words")
            await you.presses("escape")
            await you.sees("nobody hears you")

    asyncio.run(scenario())
