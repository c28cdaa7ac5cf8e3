"""Tests of the last seconds of a server that has people in it."""

from __future__ import annotations

from pathlib import Path

import trio

from roomcli.protocol import events as e
from server.draining import drain

from ..support.serving import serving

LONG = 3600.0


async def never() -> None:
    await trio.sleep_forever()


async def test_everyone_in_a_room_is_told_and_whoever_comes_meanwhile(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, trio.open_nursery() as nursery:
        host = await server.client(intent="host")
        nursery.start_soon(drain, server.hub, LONG, never)
        told: e.ServerStopping = await host.until(e.ServerStopping)
        assert 0 < told.stops_at - server.hub.now() <= LONG
        guest = await server.client(name="Ben")  # is let in, and brought back with the others
        assert (await guest.until(e.ServerStopping)).stops_at == told.stops_at
        await host.do()
        nursery.cancel_scope.cancel()


async def test_it_is_over_when_all_have_left(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, trio.open_nursery() as nursery:
        host = await server.client(intent="host")

        async def leave() -> None:
            await host.until(e.ServerStopping)
            assert server.hub.end_room("standup")

        nursery.start_soon(leave)
        with trio.fail_after(LONG / 60):
            await drain(server.hub, LONG, never)


async def test_told_again_it_stops_at_once(tmp_path: Path) -> None:
    again = trio.Event()
    async with serving(tmp_path) as server, trio.open_nursery() as nursery:
        host = await server.client(intent="host")

        async def insist() -> None:
            await host.until(e.ServerStopping)
            again.set()

        nursery.start_soon(insist)
        with trio.fail_after(LONG / 60):
            await drain(server.hub, LONG, again.wait)
        assert server.hub.number_in_rooms == 1


async def test_where_nobody_is_nobody_waits(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        await server.connected()
        with trio.fail_after(LONG / 60):
            await drain(server.hub, LONG, never)
        assert server.hub.stops_at is None


async def test_after_its_time_it_is_over(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        await drain(server.hub, 0.01, never)
        await host.until(e.ServerStopping)
        assert server.hub.number_in_rooms == 1
