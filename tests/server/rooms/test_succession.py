"""Tests of who leads a room when hosts drop, come back, or the server starts again."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import Role

from ...support.patience import PATIENCE
from ...support.serving import Client, RunningServer, serving


async def led(server: RunningServer) -> tuple[Client, Client]:
    """Return the host and a co-host of a room."""
    host, second = await server.client(intent="host"), await server.client(name="Ben")
    await host.do(c.MakeCohost(id=second.id))
    return host, second


async def becomes(client: Client, role: Role) -> None:
    """Read until the client has this role."""
    with trio.fail_after(PATIENCE):
        while client.view.role != role:
            await client.read()


async def taken_over(server: RunningServer, host: Client, second: Client) -> None:
    """Let the host be gone for more than half a minute, until the second takes over."""
    await host.go()
    await second.until(e.SpeakerDropped)
    server.pass_time(31)
    await second.do(c.Mute())
    await becomes(second, "host")


@pytest.mark.parametrize("ticket", [True, False])
async def test_a_host_who_was_lost_gets_the_role_back(tmp_path: Path, ticket: bool) -> None:
    async with serving(tmp_path) as server:
        host, second = await led(server)
        await taken_over(server, host, second)
        brings = host.joined.ticket if ticket else None
        back = await server.client(key=host.key, intent="host", ticket=brings)
        assert back.view.role == "host"
        assert (back.id == host.id) is ticket
        await becomes(second, "cohost")
        assert isinstance(await second.ask(c.EndRoom()), e.Refused)
        page = await back.question(c.ReadLog(), e.LogPage)
        assert [each.action for each in page.entries][-2:] == ["succession", "host_returned"]


async def test_a_stand_in_who_is_lost_comes_back_as_a_cohost(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, second = await led(server)
        await taken_over(server, host, second)
        ticket = second.joined.ticket
        await second.go()
        back = await server.client(key=host.key, intent="host")
        if back.view.stage[second.id].connected:
            await back.until(e.SpeakerDropped)
        server.pass_time(31)
        back.send(c.Mute())
        await back.until(e.ParticipantLeft, lambda event: event.id == second.id)
        again = await server.client(key=second.key, ticket=ticket, intent="host")
        assert (again.joined.resumed, again.view.role) == (True, "cohost")


async def test_after_a_restart_a_cohost_waits_for_the_host(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, second = await led(server)
    async with serving(tmp_path) as server:
        early = await server.client(key=second.key, ticket=second.joined.ticket)
        assert early.view.role == "cohost"
        await early.do(c.Lock())
        assert isinstance(await early.ask(c.EndRoom()), e.Refused)
        server.pass_time(31)
        await early.do(c.Unlock())
        await becomes(early, "host")
        back = await server.client(key=host.key, ticket=host.joined.ticket, intent="host")
        assert (back.id, back.view.role) == (host.id, "host")


async def test_a_room_that_nobody_comes_back_to_closes(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        await host.go()
        absent = await guest.until(e.HostAbsent)
        assert guest.view.closes_at == absent.closes_at
        server.pass_time(61)
        guest.send(c.React(reaction="👏"))
        ended, last = (await guest.until_out())[-2:]
        assert isinstance(ended, e.RoomEnded)
        assert ended.reason == "no_host"
        assert isinstance(last, e.RoomLeft)
        assert last.reason == "ended"
