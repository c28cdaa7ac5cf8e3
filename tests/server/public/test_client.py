"""Tests of waiting at doors on one connection: each answer is for one knock."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.rooms.hub import Hub
from server.rooms.room import Room

from ...support.held_store import locked
from ...support.patience import PATIENCE
from ...support.serving import Client, RunningServer, serving


def room_of(hub: Hub, name: str = "standup") -> Room:
    """Return a room that is open."""
    room = hub.room(name)
    assert room is not None
    return room


async def host_of(server: RunningServer, name: str = "standup") -> Client:
    """Return the host of a new room at whose door everybody knocks."""
    host = await server.client(server.room(name), intent="host")
    await host.do(c.ChangeSettings(knock=True))
    return host


async def at_door(server: RunningServer, host: Client) -> tuple[Client, str]:
    """Return somebody who waits at the door of a host's room, and their id."""
    zoe = await server.connected()
    await zoe.say_hello()
    await zoe.do(c.Knock(room=host.joined.room))
    knocked: e.Knocked = await host.until(e.Knocked)
    (id,) = knocked.knockers
    return zoe, id


async def let_in_unheard(host: Client, id: str, room: Room) -> None:
    """Let somebody in, who does not hear of it yet since the store is locked."""
    host.send(c.AnswerKnock(id=id))
    with trio.fail_after(PATIENCE):
        while room.state.knocks:
            await trio.lowlevel.checkpoint()


@pytest.mark.parametrize("again_at", ["standup", "other"])
async def test_a_late_answer_leaves_a_later_knock_as_it_is(tmp_path: Path, again_at: str) -> None:
    async with serving(tmp_path) as server:
        hosts = {name: await host_of(server, name) for name in ("standup", "other")}
        zoe, id = await at_door(server, hosts["standup"])
        with locked(tmp_path):
            await let_in_unheard(hosts["standup"], id, room_of(server.hub))
            if again_at == "standup":
                await zoe.do(c.Knock(room="standup", on=False))
            server.pass_time(6 * 60)  # what the first answer allowed is over
            await zoe.do(c.Knock(room=again_at))
        first = await zoe.until(e.KnockAnswered)
        assert (first.room, first.answer) == ("standup", "let_in")
        assert id in room_of(server.hub, again_at).state.knocks
        await zoe.go()
        settled = await hosts[again_at].until(e.KnockSettled, lambda news: news.answer == "gone")
        assert settled.person == id


async def test_who_waits_at_the_door_is_told_as_the_room_goes_on_elsewhere(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        zoe, id = await at_door(server, await host_of(server))
        await server.hub.give_up(room_of(server.hub), "another server has it")
        answer = await zoe.until(e.KnockAnswered)
        assert (answer.answer, answer.room) == ("over", "standup")
        await server.hub.open_handed("standup", was_left=True)
        await zoe.do(c.Knock(room="standup"))
        assert id in room_of(server.hub).state.knocks


async def test_who_was_let_in_unheard_waits_no_longer_in_a_room_that_fails(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await host_of(server)
        zoe, id = await at_door(server, host)
        room = room_of(server.hub)
        with locked(tmp_path):
            await let_in_unheard(host, id, room)
            room.fail("the room failed")
            answer = await zoe.until(e.KnockAnswered)
            assert (answer.answer, answer.text) == ("over", "the room failed")
