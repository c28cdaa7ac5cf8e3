"""Tests of what a server of a cluster lists: the rooms of all, as each server lists its own."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.valkey import ValkeyServer
from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from ...support.server_process import Start, listening, server_processes
from ...support.serving import RunningServer, Turned
from ...support.valkey import needed, own_valkey

pytestmark = needed("valkey")


@pytest.fixture
def starts(tmp_path: Path) -> Iterator[list[Start]]:
    """Return what starts two servers of one cluster, in which a person may open two rooms."""
    limits = tmp_path / "limits.toml"
    limits.write_text("[rooms]\nper_person = 2\n[connections]\nidle_seconds = 60\n")
    with contextlib.ExitStack() as stack:
        valkey: ValkeyServer = stack.enter_context(own_valkey("valkey"))
        always = ("--cluster", str(valkey.address), "--no-tls", "--limits", str(limits))
        yield [stack.enter_context(server_processes(tmp_path / name, *always)) for name in "ab"]


async def asked(server: RunningServer, path: str) -> str:
    """Return what the server answers at a path."""
    request = f"GET {path} HTTP/1.1\r\nhost: {server.address.authority}\r\n\r\n"
    return (await server.exchange(request.encode())).partition(b"\r\n\r\n")[2].decode()


async def test_each_server_lists_the_rooms_of_all(starts: list[Start]) -> None:
    one, other = (start() for start in starts)
    async with listening(one) as at_one, listening(other) as at_other:
        watcher = await at_other.connected()
        await watcher.say_hello()
        watcher.send(c.WatchRooms())
        host = await at_one.client(intent="host")
        await host.do(c.ChangeSettings(topic="what is new"))
        told: Any = await watcher.until(
            e.RoomsListed, lambda event: any(each.topic for each in event.rooms)
        )
        assert [(each.name, each.stage) for each in told.rooms] == [("standup", 1)]
        assert [each["topic"] for each in json.loads(await asked(at_other, "/rooms"))] == [
            "what is new"
        ]
        assert "what is new" in await asked(at_other, "/r/standup")
        found = await watcher.question(c.Search(text="new", of="rooms"), e.SearchResults)
        assert [each.name for each in found.rooms] == ["standup"]
        home = await watcher.question(c.ShowHome(), e.HomeShown)
        assert [each.room.name for each in home.rooms] == ["standup"]

        # Known by their key: a room here counts with those there.
        await host.do(c.LeaveRoom())
        again = await at_one.client(at_one.room("retro"), intent="host", key=host.key)
        await watcher.until(
            e.RoomsListed, lambda event: "retro" in {each.name for each in event.rooms}
        )
        await again.do(c.ChangeSettings(listed=False))
        await watcher.until(e.RoomsListed, lambda event: "retro" in event.gone)
        with pytest.raises(Turned) as refused:
            await at_other.client(at_other.room("third"), intent="host", key=host.key)
        assert refused.value.code == "too_many_rooms"
        assert "retro" not in await asked(at_other, "/rooms")

        one.kill()
        await watcher.until(e.RoomsListed, lambda event: "standup" in event.gone)
        assert json.loads(await asked(at_other, "/rooms")) == []
