"""Tests of how the people in all rooms are counted."""

from __future__ import annotations

from pathlib import Path

from roomcli.protocol import commands as c
from server.rooms.census import Census, count_seats

from ...support.patience import until
from ...support.serving import serving


async def test_everybody_is_counted_once_in_their_role(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        assert count_seats(server.hub.open_rooms()) == Census(
            0, {"host": 0, "cohost": 0, "speaker": 0, "listener": 0}, 0
        )
        host, cohost = await server.client(intent="host"), await server.client(name="Ben")
        speaker, _ = await server.client(name="Eve"), await server.client(name="Joe")
        await server.client(server.room("other"), name="Kim", intent="host")
        for guest in (cohost, speaker):
            await server.bring_on_stage(host, guest)
        await host.do(c.MakeCohost(id=cohost.id))
        people = {"host": 2, "cohost": 1, "speaker": 1, "listener": 1}
        assert count_seats(server.hub.open_rooms()) == Census(2, people, 0)
        await speaker.go()
        await until(lambda: count_seats(server.hub.open_rooms()).away == 1)
        assert count_seats(server.hub.open_rooms()) == Census(2, people, 1)
