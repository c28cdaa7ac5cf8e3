"""A server of the version before and one of today in one cluster, as while it is being updated."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import trio

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.cluster.client import ValkeyClient
from server.cluster.keys import RoomKeys
from server.nodes.node_record import NodeRecord, write_record

from ...support.one_room import share_one_room
from ...support.server_process import listening, server_processes, stopped
from ...support.serving import Turned
from ...support.valkey import needed, own_valkey
from ...support.version_before import has_history, lay_out

pytestmark = needed("valkey")


async def test_today_and_the_version_before_share_rooms_and_today_goes_on(tmp_path: Path) -> None:
    if not has_history():
        return
    (tmp_path / "before").mkdir()
    before = lay_out(tmp_path / "before")
    with own_valkey("valkey") as valkey:
        always = ("--cluster", str(valkey.address), "--no-tls")
        with (
            server_processes(tmp_path / "old", *always, environment=before) as start_old,
            server_processes(tmp_path / "new", *always) as start_new,
        ):
            old, new = start_old(), start_new()
            async with listening(old) as at_old, listening(new) as at_new:
                theirs = await at_old.client(intent="host")
                near = await at_old.client(name="Cleo")
                visitor = await at_new.client(name="Ben")
                await theirs.do(c.Unmute())
                await share_one_room(at_old, theirs, near, visitor)

                ours = await at_new.client(at_new.room("ours"), intent="host")
                here = await at_new.client(at_new.room("ours"), name="Dora")
                guest = await at_old.client(at_old.room("ours"), name="Emil")
                await ours.do(c.Unmute())
                await share_one_room(at_new, ours, here, guest)

                old.send_signal(signal.SIGTERM)
                for each in (visitor, guest):
                    last = (await each.to_the_end())[-1]
                    assert isinstance(last, e.Goodbye)
                    assert last.retry
                await trio.to_thread.run_sync(old.communicate)
                assert old.returncode == 0
                await ours.do(c.Chat(text="we go on"))
                await here.until(e.ChatPosted, lambda event: event.message.text == "we go on")
                here.ack()
                ours.speak(b"\xf8after")
                await here.heard(b"\xf8after")
                await at_new.client(at_new.room("ours"), key=guest.key)
                await at_new.client(intent="host", key=visitor.key)


async def test_a_server_that_is_too_far_apart_is_told_of_and_ends_nothing(tmp_path: Path) -> None:
    record = NodeRecord("127.0.0.1", 1, b"s" * 32, protocol=9, oldest=9)
    with own_valkey("valkey") as valkey:
        async with ValkeyClient(valkey.address) as client:
            await client.set("roomcli:node:theirs", write_record(record))
            await client.set(RoomKeys("standup").owner, "theirs:1")
        always = ("--cluster", str(valkey.address), "--no-tls")
        with server_processes(tmp_path, *always) as start:
            process = start()
            async with listening(process) as server:
                for _ in range(3):
                    with pytest.raises(Turned, match="of another version"):
                        await server.client()
                host = await server.client(server.room("ours"), intent="host")
                await host.do(c.Chat(text="we go on"))
            _, log = await stopped(process)
    assert log.count("room standup: server theirs speaks protocol 9 of clusters") == 1
