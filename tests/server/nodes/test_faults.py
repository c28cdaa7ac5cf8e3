"""Tests of what a cluster survives: a server paused or cut off, a Valkey slow, gone, replaced."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

import pytest
import trio

from roomcli.protocol import FEATURES
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.cluster.client import ValkeyClient
from server.cluster.room_stream import RoomStream

from ...support.cluster_people import (
    follow_move,
    heard_anew,
    is_kept,
    keep_alive,
    opened_at,
    read_texts,
)
from ...support.patience import PATIENCE
from ...support.server_process import listening, server_processes
from ...support.serving import Client, RunningServer, Turned
from ...support.told_events import check_told
from ...support.valkey import needed, own_valkey
from ...support.valkey_pair import valkey_pair
from ...support.valkey_path import valkey_path

pytestmark = needed("valkey")
HOUR = 3600


async def say(speaker: Client, text: str, *readers: Client) -> None:
    """Write into the chat, and wait until all have read it, as what came last."""
    await speaker.do(c.Chat(text=text))
    for each in readers:
        await each.until(e.ChatPosted, lambda event: event.message.text == text)


async def done(moderator: Client, command: c.RoomCommand) -> None:
    """Give a command until it is carried out: the server may not reach Valkey yet."""
    with trio.fail_after(PATIENCE):
        while not isinstance(await moderator.ask(command), e.Done):  # noqa: ASYNC110
            await trio.sleep(0.1)


async def claimed(server: RunningServer, room: str, outcomes: list[str]) -> None:
    """Open a room as one's own; note whether one is its host."""
    try:
        await server.client(server.room(room), intent="host")
    except Turned as turned:
        outcomes.append(turned.code)
    else:
        outcomes.append("host")


async def test_clocks_apart_and_a_valkey_that_is_slow_and_comes_back_empty(
    tmp_path: Path, nursery: trio.Nursery
) -> None:
    with own_valkey("valkey") as joining, contextlib.ExitStack() as stack:
        always = ("--cluster", str(joining.address), "--no-tls")
        start = stack.enter_context(server_processes(tmp_path / "a", *always))
        early = "tests.support.early_server"
        ahead = stack.enter_context(server_processes(tmp_path / "b", *always, program=early))
        one, two = start(), ahead()
        async with listening(one) as at_one, listening(two) as at_two:
            outcomes: list[str] = []
            async with trio.open_nursery() as claiming:
                claiming.start_soon(claimed, at_one, "retro", outcomes)
                claiming.start_soon(claimed, at_two, "retro", outcomes)
            assert sorted(outcomes) == ["host", "room_taken"]

            # A room that has ended at a server whose clock is an hour ahead is still the older one.
            async with ValkeyClient(joining.address) as client:
                hour_ahead = time.time() + 3600.0
                await RoomStream(client, "sync").forget(1, hour_ahead)
            owner = await at_one.client(at_one.room("sync"), intent="host")
            assert (await owner.question(c.ReadLog(), e.LogPage)).opened_at > hour_ahead

            host = await at_one.client(intent="host")
            near = await at_one.client(name="Cleo")
            ben = await at_two.client(name="Ben")
            nursery.start_soon(keep_alive, host, near, ben)
            await host.do(c.Unmute())
            await say(host, "first", near, ben)

            # The other server has nobody in the room for a while, which lives on.
            await ben.do(c.LeaveRoom())
            await ben.until(e.RoomLeft)
            ben = await at_two.client(name="Ben", key=ben.key)
            nursery.start_soon(keep_alive, ben)
            assert [each.text for each in ben.joined.chat] == ["first"]
            await heard_anew(host, ben, b"\xf8before")

            joining.process.send_signal(signal.SIGSTOP)
            await say(ben, "while it stands still", host, near)
            await heard_anew(host, near, b"\xf8while it stands still")
            joining.process.send_signal(signal.SIGCONT)
            await heard_anew(host, ben, b"\xf8it goes on")

            joining.kill()
            await heard_anew(host, near, b"\xf8while it is gone")
            await trio.to_thread.run_sync(joining.start_again)
            await heard_anew(host, ben, b"\xf8it is back")
            await say(ben, "it is back", host, near)
            assert read_texts(near) == ["first", "while it stands still", "it is back"]

            began = trio.current_time()
            await done(host, c.Ban(id=near.id, seconds=HOUR))
            one.kill()
            assert isinstance((await ben.to_the_end())[-1], e.Goodbye)
            host = await opened_at(at_two, host)
            bans: e.BanList = await host.question(c.ListBans(), e.BanList)
            left = (bans.bans[0].until or 0.0) - host.joined.server_time
            assert HOUR - 1 - (trio.current_time() - began) <= left <= HOUR + 1
            ben = await at_two.client(name="Ben", key=ben.key, ticket=ben.joined.ticket)
            await check_told(at_two, host, ben, earlier=[at_one])
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("fault", ["paused", "cut off"])
async def test_an_owner_who_is_back_too_late_sends_its_people_to_the_next(
    tmp_path: Path, nursery: trio.Nursery, fault: str
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        joining = stack.enter_context(own_valkey("valkey"))
        path = await stack.enter_async_context(valkey_path(joining))
        start, start_other = (
            stack.enter_context(server_processes(tmp_path / url[:2], "--no-tls", "--cluster", url))
            for url in (path.url, str(joining.address))
        )
        one, two = start(), start_other()
        async with listening(one) as at_one, listening(two) as at_two:
            host = await at_one.client(intent="host")
            ben = await at_two.client(name="Ben", features=FEATURES)
            cleo = await at_two.client(name="Cleo", features=FEATURES)
            nursery.start_soon(keep_alive, host, ben, cleo)
            await say(ben, "before", host, cleo)
            await is_kept(joining, b"before")

            if fault == "paused":
                os.kill(one.pid, signal.SIGSTOP)
            else:
                path.cut()
            for each in (ben, cleo):
                await follow_move(each)
            await say(ben, "moved", cleo)

            if fault == "paused":
                os.kill(one.pid, signal.SIGCONT)
            else:
                path.mend()
            last = (await host.to_the_end())[-1]
            assert isinstance(last, e.Goodbye)
            assert last.retry
            again = await opened_at(at_one, host)
            assert [each.text for each in again.joined.chat] == ["before", "moved"]
            await say(again, "together", ben, cleo)
            assert read_texts(ben) == ["before", "moved", "together"]
            await check_told(at_one, again, ben, cleo, earlier=[at_two])
        nursery.cancel_scope.cancel()


async def test_a_copy_of_valkey_takes_its_place_that_lacks_the_last_second(
    tmp_path: Path, nursery: trio.Nursery
) -> None:
    async with valkey_pair("valkey") as pair:
        with contextlib.ExitStack() as stack:
            start, start_other = (
                stack.enter_context(
                    server_processes(tmp_path / name, "--no-tls", "--cluster", pair.url)
                )
                for name in "ab"
            )
            one, two = start(), start_other()
            async with listening(one) as at_one, listening(two) as at_two:
                host = await at_one.client(intent="host")
                ben = await at_two.client(name="Ben", features=FEATURES)
                nursery.start_soon(keep_alive, host, ben)
                await host.do(c.Unmute())
                await say(host, "both have it", ben)
                await pair.cut_copy()
                retro = await at_two.client(at_two.room("retro"), intent="host", name="Rea")
                nursery.start_soon(keep_alive, retro)
                await say(host, "the copy lacks it", ben)
                await host.do(c.ChangeSettings(topic="decided before"))
                await pair.fail_over()

                await heard_anew(host, ben, b"\xf8over the copy")
                await say(ben, "over the copy", host)
                await host.do(c.ChangeSettings(topic="decided over the copy"))
                visitor = await at_one.client(at_one.room("retro"), name="Cleo")
                nursery.start_soon(keep_alive, visitor)
                await say(visitor, "here too", retro)
                opened = await at_two.client(at_two.room("new"), intent="host", name="Ned")
                nursery.start_soon(keep_alive, opened)
                for text in (b"the copy lacks it", b"over the copy", b"decided over the copy"):
                    await is_kept(pair.copy, text)
            nursery.cancel_scope.cancel()
