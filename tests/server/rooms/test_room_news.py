"""Tests of the news of listed rooms: for those who watch, changes only, nothing that is private."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

import server.rooms.room_news
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.listing import ListedRoom

from ...support.serving import Client, serving


def told(watcher: Client) -> list[e.RoomsListed]:
    """Return the news that the watcher has read."""
    return [each for each in watcher.got if isinstance(each, e.RoomsListed)]


async def watching(client: Client) -> Client:
    """Say hello, watch the rooms, and wait for the first news."""
    await client.say_hello()
    client.send(c.WatchRooms())
    await client.until(e.RoomsListed)
    return client


async def test_who_watches_is_told_all_rooms_and_then_what_changes(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(server.room("standup"), intent="host")
        await server.client(server.room("secret"), intent="host", access="invite", name="Eve")
        other = await server.client(server.room("other"), intent="host", name="Ben")
        hidden = await server.client(server.room("hidden"), intent="host", name="Cid")
        await hidden.do(c.ChangeSettings(listed=False))
        watcher = await watching(await server.connected())
        (first,) = told(watcher)
        listed, _ = server.hub.listed()
        assert sorted(first.rooms, key=lambda room: room.name) == listed
        assert [room.name for room in listed] == ["other", "standup"]
        assert all(room.keeps == host.joined.keeps for room in listed)
        await host.do(c.ChangeSettings(topic="lighthouses"))
        news = await watcher.until(e.RoomsListed)
        assert news == e.RoomsListed(
            rooms=(
                ListedRoom(
                    name="standup",
                    topic="lighthouses",
                    host="Ann",
                    stage=1,
                    keeps=host.joined.keeps,
                ),
            )
        )
        await other.do(c.EndRoom())
        await hidden.do(c.ChangeSettings(listed=True))
        gone: set[str] = set()
        come: set[str] = set()
        while not (gone and come):
            news = await watcher.until(e.RoomsListed)
            gone |= set(news.gone)
            come |= {room.name for room in news.rooms}
        assert (gone, come) == ({"other"}, {"hidden"})
        assert "secret" not in repr(watcher.got)


async def test_who_watches_no_longer_is_told_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        watcher, former = [await watching(await server.connected()) for _ in range(2)]
        never = await server.connected()
        await never.say_hello()
        await former.do(c.WatchRooms(on=False))
        await host.do(c.ChangeSettings(topic="lighthouses"))
        await watcher.until(e.RoomsListed)
        for each in (former, never):
            await each.ask(c.Mute())
        assert (len(told(former)), len(told(never))) == (1, 0), told(former)


async def test_who_asks_again_is_told_all_rooms_after_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.rooms.room_news, "SECONDS", 0.0)
    async with serving(tmp_path) as running:
        await running.client(intent="host")
        watcher = await watching(await running.connected())
        (first,) = told(watcher)
        await watcher.do(c.WatchRooms())
        assert told(watcher) == [first]
        assert await watcher.until(e.RoomsListed) == first


async def test_news_come_once_a_second_at_most_and_in_a_room_too(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        host.send(c.WatchRooms())
        await host.until(e.RoomsListed)
        began = trio.current_time()
        for number in range(3):
            await host.do(c.ChangeSettings(topic=f"topic {number}"))
        await host.until(e.RoomsListed, lambda event: event.rooms[0].topic == "topic 2")
        host.send(c.WatchRooms())  # asking again does not hurry it
        await host.until(e.RoomsListed)
        came = sum(isinstance(each, e.RoomsListed) for each in host.got)
        # The first was before, and the next at once.
        assert trio.current_time() - began >= (came - 2) * server_seconds() - 0.05


def server_seconds() -> float:
    return server.rooms.room_news.SECONDS


async def test_many_rooms_come_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.rooms.room_news, "PER_MESSAGE", 2)
    monkeypatch.setattr(server.rooms.room_news, "SECONDS", 0.05)
    async with serving(tmp_path) as running:
        for number in range(5):
            running.hub.open(f"r{number}", "open", "", [])
        watcher = await watching(await running.connected())
        parts = told(watcher) + [await watcher.until(e.RoomsListed) for _ in range(2)]
        assert [(len(each.rooms), each.more) for each in parts] == [
            (2, True),
            (2, True),
            (1, False),
        ]
        assert {room.name for each in parts for room in each.rooms} == {f"r{n}" for n in range(5)}
