"""Tests of servers that a Valkey joins: their people are in one room, whoever has it."""

from __future__ import annotations

import signal

import trio

from benchmarks.valkey import ValkeyServer
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.cluster.client import ValkeyClient
from server.cluster.room_stream import RoomStream

from ...support.cluster_people import back_at
from ...support.one_room import share_one_room
from ...support.patience import PATIENCE
from ...support.server_process import Start, listening
from ...support.valkey import needed

pytestmark = needed("valkey")


async def written(valkey: ValkeyServer, *words: bytes) -> None:
    """Wait until these are in what is kept of the room."""
    async with ValkeyClient(valkey.address) as client:
        stream = RoomStream(client, "standup")
        with trio.fail_after(PATIENCE):
            kept = b""
            while not all(word in kept for word in words):
                await trio.sleep(0.02)
                record = await stream.read_room()
                if record is not None:
                    kept = record.snapshot + b"".join(each.event for each in record.events)


async def test_people_of_two_servers_are_in_one_room(
    starts: list[Start], valkey: ValkeyServer
) -> None:
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

        await far.do(c.RaiseHand(topic="mine"))
        await written(valkey, b"mine", b"back")
        one.kill()
        last = (await far.to_the_end())[-1]
        assert isinstance(last, e.Goodbye)
        assert last.retry
        again = await back_at(at_other, far, name="Ben")
        assert again.joined.resumed
        assert again.id == far.id
        assert [(hand.id, hand.topic) for hand in again.view.hands] == [(far.id, "mine")]
        assert [each.text for each in again.joined.chat] == ["hello", "back"]


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
        again = await at_other.client(name="Ben", key=far.key, ticket=far.joined.ticket)
        assert (again.joined.resumed, again.joined.cut_short) == (True, False)
