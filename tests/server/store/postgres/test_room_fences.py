"""Tests that of several servers which share a database one writes a room: who took it last."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
import trio

from benchmarks import processes
from roomcli.errors import StoreError
from server.store import Store
from server.store.fences import RoomFences
from server.store.postgres import open_store
from server.store.writes import LOST

from ....support.evidence import message
from ....support.patience import PATIENCE
from ..tables.test_held import entries

ROOM = "standup"


@contextlib.asynccontextmanager
async def two_servers(url: str) -> AsyncIterator[tuple[Store, Store]]:
    """Yield the stores of two servers that share a database."""
    async with open_store(url, shared=True) as one, open_store(url, shared=True) as other:
        yield one, other


def fences_of(store: Store) -> RoomFences:
    """Return what says which rooms are this server's."""
    assert store.fences is not None
    return store.fences


def say(store: Store, room: str, number: int) -> None:
    """Write one line of a room's chat, as its owner does."""
    with store.transaction(room):
        store.chat.save(room, message(number))


async def numbers(store: Store, room: str = ROOM) -> list[int]:
    """Return the numbers of the lines that are kept of a room."""
    return [each.number for each in await store.chat.of_room(room)]


async def test_who_took_a_room_last_writes_it_and_nobody_else(url: str) -> None:
    async with two_servers(url) as (one, other):
        lost: list[str] = []
        fences_of(one).on_loss(lost.append)
        for room in (ROOM, "retro"):
            await fences_of(one).take_room(room, await fences_of(one).next_fence())
            say(one, room, 1)
        await one.flushed()
        await fences_of(other).take_room(ROOM, await fences_of(other).next_fence())
        assert await numbers(other) == [1]
        say(one, ROOM, 2)
        refused = one.queued
        say(one, "retro", 2)  # written together, as one batch
        await one.flushed()
        with pytest.raises(StoreError, match=LOST):
            await one.flushed(refused)
        say(other, ROOM, 2)
        await other.flushed()
        assert lost == [ROOM]
        assert await numbers(other) == [1, 2]
        assert await numbers(other, "retro") == [1, 2]
        with pytest.raises(StoreError, match="another server has the room"):
            await fences_of(one).take_room(ROOM, 1)


async def test_a_room_that_nobody_took_here_is_not_written(url: str) -> None:
    async with two_servers(url) as (one, _):
        say(one, ROOM, 1)
        with pytest.raises(StoreError, match=LOST):
            await one.flushed()
        fence = await fences_of(one).next_fence()
        await fences_of(one).take_room(ROOM, fence)
        fences_of(one).release(ROOM, fence)
        say(one, ROOM, 1)
        with pytest.raises(StoreError, match=LOST):
            await one.flushed()
        assert await numbers(one) == []


async def test_who_gives_a_room_up_late_keeps_it_where_it_was_taken_again(url: str) -> None:
    async with two_servers(url) as (one, _):
        before, now = [await fences_of(one).next_fence() for _ in range(2)]
        await fences_of(one).take_room(ROOM, before)
        await fences_of(one).take_room(ROOM, now)
        fences_of(one).release(ROOM, before)
        say(one, ROOM, 1)
        await one.flushed()
        assert await numbers(one) == [1]


async def test_an_entry_that_does_not_follow_the_newest_is_refused_with_its_sanction(
    url: str,
) -> None:
    async with two_servers(url) as (one, _):
        await fences_of(one).take_room(ROOM, await fences_of(one).next_fence())
        log = entries(3)
        for entry, is_next in ((log[0], True), (log[2], False), (log[1], True), (log[1], True)):
            await fences_of(one).take_room(ROOM, await fences_of(one).next_fence())
            with one.transaction(ROOM):
                one.log.append(ROOM, 7.0, entry)
                one.chat.save(ROOM, message(entry.number))
            with contextlib.nullcontext() if is_next else pytest.raises(StoreError, match=LOST):
                await one.flushed()
        assert await one.log.page(ROOM, 7.0, 0, 9) == log[:2]
        assert await numbers(one) == [1, 2]


async def test_tokens_go_on_above_those_that_valkey_knows(url: str) -> None:
    async with two_servers(url) as (one, other):
        await fences_of(one).pass_by(5_000_000_000)
        await fences_of(other).pass_by(5_000_000_000)  # it did already
        first, second = [await fences_of(each).next_fence() for each in (one, other)]
        assert 5_000_000_000 < first < second < 2**53


@pytest.mark.parametrize("where", ["inside", "outside"])
async def test_who_stands_still_while_another_takes_the_room_cannot_write_it_after(
    url: str, where: str
) -> None:
    async with open_store(url, shared=True) as other:
        command = [sys.executable, "-m", "tests.support.paused_writer", url, "5", where]
        pipe = subprocess.PIPE
        paused = processes.start(command, stdin=pipe, stdout=pipe, stderr=pipe)
        try:
            assert paused.stdout is not None
            assert paused.stdin is not None
            await trio.to_thread.run_sync(paused.stdout.readline)
            paused.send_signal(signal.SIGSTOP)
            with trio.fail_after(PATIENCE):
                await fences_of(other).take_room(ROOM, 6)
            before = await numbers(other)
            paused.send_signal(signal.SIGCONT)
            paused.stdin.write(b"go on\n")
            paused.stdin.flush()
            line = await trio.to_thread.run_sync(paused.stdout.readline)
            assert json.loads(line)["event"] == "refused", line
            assert await numbers(other) == before
        finally:
            paused.kill()
            paused.communicate()
