"""Tests of servers that a Valkey joins: their people are in one room, whoever has it."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from benchmarks.valkey import ValkeyServer
from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from ...support.one_room import share_one_room
from ...support.patience import PATIENCE
from ...support.server_process import Start, listening, server_processes
from ...support.serving import Client, RunningServer, Turned
from ...support.valkey import needed, own_valkey

pytestmark = needed("valkey")


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    """Return a Valkey of the test's own."""
    with own_valkey("valkey") as server:
        yield server


@pytest.fixture
def starts(tmp_path: Path, valkey: ValkeyServer) -> Iterator[list[Start]]:
    """Return what starts two servers of one cluster, each with data of its own."""
    always = ("--cluster", str(valkey.address), "--no-tls")
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(server_processes(tmp_path / name, *always)) for name in "ab"]


async def opened_at(server: RunningServer, client: Client) -> Client:
    """Return a client who has opened the room at this server, once its owner is given up."""
    with trio.fail_after(PATIENCE):
        while True:
            with contextlib.suppress(Turned):
                return await server.client(intent="host", key=client.key)
            await trio.sleep(0.1)


async def test_people_of_two_servers_are_in_one_room(starts: list[Start]) -> None:
    one, other = (start() for start in starts)
    async with listening(one) as at_one, listening(other) as at_other:
        host = await at_one.client(intent="host")
        near = await at_one.client(name="Cleo")
        far = await at_other.client(name="Ben")
        await host.do(c.Unmute())
        await share_one_room(at_one, host, near, far)

        # Home and back, with a command that nobody in the room has read.
        far.send(c.LeaveRoom())
        far.send(c.WatchRooms(on=False, ref=77))
        assert (await far.until(e.Done, lambda event: event.ref == 77)).ref == 77
        await far.go_into()
        await far.do(c.Chat(text="back"))
        await host.until(e.ChatPosted, lambda event: event.message.text == "back")

        one.kill()
        last = (await far.to_the_end())[-1]
        assert isinstance(last, e.Goodbye)
        assert last.retry
        await opened_at(at_other, far)


async def test_a_server_that_stops_gives_its_rooms_up_at_once(starts: list[Start]) -> None:
    one, other = (start() for start in starts)
    async with listening(one) as at_one, listening(other) as at_other:
        host = await at_one.client(intent="host")
        far = await at_other.client(name="Ben")
        one.send_signal(signal.SIGTERM)
        for each in (host, far):
            last = (await each.to_the_end())[-1]
            assert isinstance(last, e.Goodbye)
            assert (last.code, last.retry) == ("server_closing", True)
        await trio.to_thread.run_sync(one.communicate)
        assert one.returncode == 0
        await at_other.client(intent="host", key=far.key)
