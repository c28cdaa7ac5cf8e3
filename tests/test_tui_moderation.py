"""What moderators do with people: the keys, the clicks, and the question before what is final."""

from __future__ import annotations

import asyncio

import pytest

from roomcli.protocol import commands as c

from .tui_seat import seat


@pytest.mark.parametrize(
    ("steps", "key", "command"),
    [
        (0, "a", c.AcceptHand(id="fay1")),
        (0, "d", c.DeclineHand(id="fay1")),
        (2, "b", c.MoveToAudience(id="ben1")),
        (2, "s", c.Silence(id="ben1")),
        (4, "u", c.AskToUnmute(id="dee1")),
        (8, "a", c.AcceptHand(id="gus1")),
        (8, "d", c.DeclineHand(id="gus1")),
        (10, "i", c.InviteToStage(id="p0")),
    ],
)
def test_moderator_keys(steps: int, key: str, command: c.Command) -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            you.engine.room = None
            await you.presses(*["right"] * steps, key)
            await you.sends(command)

    asyncio.run(scenario())


def test_moderator_keys_do_nothing_for_others() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            await you.presses("right", "right", *"adibsux")
            assert you.engine.sent == []

    asyncio.run(scenario())


def test_remove_asks_once() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.presses("right", "right", "x")
            await you.sees("Remove Ben Okafor from the room?")
            await you.presses("escape")
            await you.misses("from the room?")
            await you.presses("x")
            assert you.engine.sent == []
            await you.presses("x")
            await you.sends(c.Remove(id="ben1"))

    asyncio.run(scenario())


def test_a_click_picks_a_person() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.pilot.click("SpeakerCard")
            await you.sees("▸ Ann Lindqvist")
            await you.pilot.click("HandQueue", offset=(6, 2))
            await you.sees("▸2")
            await you.pilot.click("Audience", offset=(2, 1))
            await you.sees("▸Ida")

    asyncio.run(scenario())


def test_keys_that_do_not_work_are_not_offered() -> None:
    async def scenario() -> None:
        async with seat("listener") as you:
            await you.sees("h Raise hand")
            assert not you.shows("Accept")
            assert not you.shows("Leave stage")
        async with seat("host") as you:
            await you.sees("a Accept")
            assert not you.shows("Raise hand")

    asyncio.run(scenario())
