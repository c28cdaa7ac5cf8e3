"""Tests of one engine that goes from room to room, and of what it takes along: nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import UplinkFrame

from .test_link import Visitor, joined, welcome
from .test_session import agree, answering, commands, room


def enter(inside: Any, **fields: Any) -> None:
    """Ask the engine to enter the room of its server again."""
    fields = {"url": str(inside.server.address), "name": "Ann", "mic": "tone:440"} | fields
    inside.say("enter", speaker="none", **fields)


async def test_an_engine_enters_room_after_room_and_is_muted_in_each(tmp_path: Path) -> None:
    async with room(tmp_path, answering(agree)) as inside:
        for number in range(1, 5):
            await inside.until("joined")
            await inside.has_microphone()
            inside.say("unmute", ref=number)
            await inside.is_open(True)
            enter(inside)
            assert (await inside.is_open(False))["reason"] == "left"
        await inside.until("joined")
        for visitor in inside.server.visitors[:4]:
            assert [name for name in commands(visitor) if name != "Mute"] == ["Unmute", "Leave"]
        inside.say("leave")
        assert (await inside.ended())["code"] == "left"


async def test_what_is_written_after_an_enter_is_for_the_room_that_is_entered(
    tmp_path: Path,
) -> None:
    async with room(tmp_path, answering(agree)) as inside:
        await inside.until("joined")
        inside.say("raise_hand", topic="first", ref=1)
        enter(inside)
        inside.say("raise_hand", topic="second", ref=2)
        await inside.until("done", lambda told: told["ref"] == 2)
        topics = [
            [each.topic for each in visitor.got if isinstance(each, c.RaiseHand)]
            for visitor in inside.server.visitors
        ]
        assert topics == [["first"], ["second"]]


async def test_an_answer_that_the_room_before_owes_goes_to_nobody_in_the_next(
    tmp_path: Path,
) -> None:
    def deaf(visitor: Visitor, command: Any) -> None:
        if isinstance(command, c.Leave):
            visitor.send(e.Done(ref=1), e.Goodbye(code="left", text=""))

    async with room(tmp_path, answering(deaf), answering(agree)) as inside:
        await inside.until("joined")
        inside.say("unmute", ref=1)
        enter(inside)
        await inside.until("joined")
        inside.say("raise_hand", topic="here", ref=2)
        await inside.until("done")
        assert inside.microphones() == []
        got = inside.server.visitors[1].got
        assert not any(isinstance(each, UplinkFrame | c.Unmute) for each in got)


async def test_a_room_that_ends_ends_the_engine_that_was_started_for_it(tmp_path: Path) -> None:
    async def over(visitor: Visitor) -> None:
        await visitor.greet(joined())
        visitor.send(e.Goodbye(code="ended", text="over"))
        await visitor.to_the_end()

    async with room(tmp_path, welcome, over) as inside:
        await inside.until("joined")
        enter(inside)
        left = await inside.ended()
        assert (left["code"], left["exit_code"]) == ("ended", 0)


@pytest.mark.parametrize("url", ["nonsense", "wss://host:99999/r/x", ""])
async def test_an_address_that_is_none_leaves_one_where_one_is(tmp_path: Path, url: str) -> None:
    async with room(tmp_path, answering(agree)) as inside:
        await inside.until("joined")
        enter(inside, url=url, ref=4)
        problem = await inside.until("problem")
        assert (problem["code"], problem["ref"]) == ("bad_address", 4)
        inside.say("raise_hand", topic="still here", ref=5)
        await inside.until("done")
        await trio.lowlevel.checkpoint()
        assert len(inside.server.visitors) == 1
