"""Tests of what a server of a cluster lists: the rooms of all, as each server lists its own."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from benchmarks.valkey import ValkeyServer
from roomcli.cli.admin_line import ask_admin
from roomcli.cli.admin_status import ServerStatus
from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from ...support.cluster_people import asked, says
from ...support.joined_servers import joined_servers
from ...support.patience import PATIENCE
from ...support.server_process import Start, listening
from ...support.serving import Turned
from ...support.valkey import needed

pytestmark = needed("valkey")


@pytest.fixture
def starts(tmp_path: Path, valkey: ValkeyServer) -> Iterator[list[Start]]:
    """Return what starts two servers of one cluster, in which a person may open two rooms."""
    limits = tmp_path / "limits.toml"
    limits.write_text("[rooms]\nper_person = 2\n[connections]\nidle_seconds = 60\n")
    with joined_servers(tmp_path, valkey, "--limits", str(limits)) as starts:
        yield starts


async def told_of_one_other(folder: Path, address: str) -> None:
    """Wait until the admin of the server on a folder is told of another server, at this address."""
    with trio.fail_after(PATIENCE):
        while True:
            asking = partial(ask_admin, folder, ServerStatus, "GET /status")
            cluster = (await trio.to_thread.run_sync(asking)).cluster
            assert cluster is not None
            if cluster.valkey and [each.address for each in cluster.others] == [address]:
                return
            await trio.sleep(0.1)


async def test_each_server_lists_the_rooms_of_all(
    starts: list[Start], valkey: ValkeyServer, tmp_path: Path
) -> None:
    one, other = (start("--admin-listen", "127.0.0.1:0") for start in starts)
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
        assert [each["topic"] for each in json.loads(asked(at_other, "/rooms"))] == ["what is new"]
        assert "what is new" in asked(at_other, "/r/standup")
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
        assert "retro" not in asked(at_other, "/rooms")

        valkey.process.send_signal(signal.SIGSTOP)
        await again.until(e.ServersApart, lambda event: event.apart)
        # On a busy machine that may have been so for a moment before.
        await says(at_one, "/metrics", "roomcli_cluster_valkey_reachable 0.0")
        assert "ready" in asked(at_one, "/readyz")  # people of one server hear each other
        valkey.process.send_signal(signal.SIGCONT)
        await again.until(e.ServersApart, lambda event: not event.apart)
        await told_of_one_other(tmp_path / "b", at_one.address.server)
        await says(at_other, "/metrics", "roomcli_cluster_others 1.0")

        one.kill()
        await watcher.until(e.RoomsListed, lambda event: "standup" in event.gone)
        assert json.loads(asked(at_other, "/rooms")) == []
