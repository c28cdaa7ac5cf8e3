"""The pages over the room: the line for friends, the audience, the palette, help."""

from __future__ import annotations

import asyncio

import pytest

from roomcli.protocol import commands as c

from .fake_room import FakeRoom, make_view
from .tui_seat import SHARE, seat


def test_the_line_for_friends_comes_first_and_again() -> None:
    async def scenario() -> None:
        async with seat("host", share_line=SHARE) as you:
            await you.sees("#invite=sesame")
            await you.presses("c")
            assert you.app.clipboard == SHARE.replace("{invite}", "sesame")
            await you.presses("enter")
            await you.misses("#invite=sesame")
            await you.presses("L")
            await you.sees("#invite=sesame")

    asyncio.run(scenario())


def test_the_audience_is_paged() -> None:
    async def scenario() -> None:
        async with seat("host", room=FakeRoom(make_view("host", 250))) as you:
            await you.presses("p")
            await you.sees("Audience  250")
            await you.presses("end", "end")
            await you.until(lambda: c.ListPeople(offset=100) in you.engine.sent)
            await you.presses("home", "i")
            await you.until(lambda: c.InviteToStage(id="p0") in you.engine.sent)

    asyncio.run(scenario())


def test_the_palette_does_what_keys_do() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.presses("ctrl+p")
            await you.presses(*"silence ben")
            await you.sees("Silence Ben Okafor")
            await you.presses("enter", "enter")
            await you.until(lambda: c.Silence(id="ben1") in you.engine.sent)

    asyncio.run(scenario())


@pytest.mark.parametrize("key", ["question_mark", "f1"])
def test_help_tells_the_keys(key: str) -> None:
    async def scenario() -> None:
        async with seat() as you:
            await you.presses(key)
            await you.sees("raise or lower your hand")
            await you.presses("escape")
            await you.misses("raise or lower your hand")

    asyncio.run(scenario())
