"""Tests of how servers of a cluster find each other, and turn away whoever is none."""

from __future__ import annotations

from functools import partial

import pytest
import trio
import trio.testing

from benchmarks.valkey import ValkeyServer
from roomcli.errors import ConnectionFailed
from server.cluster.client import ValkeyClient
from server.nodes import directory
from server.nodes.directory import SECRET_BYTES, NodeDirectory

from ...support.valkey import needed

pytestmark = needed("valkey")
HOST = "127.0.0.1"


class NodeDoor:
    """A server that lets others of its cluster in, and notes who came."""

    def __init__(self, known: NodeDirectory) -> None:
        self.known = known
        self.send_caller, self.callers = trio.open_memory_channel[str | None](9)
        self.port = 0

    async def open(self, nursery: trio.Nursery) -> None:
        """Listen, and say where."""
        (listener,) = await trio.open_tcp_listeners(0, host=HOST)
        self.port = int(listener.socket.getsockname()[1])
        nursery.start_soon(partial(trio.serve_listeners, self._note_caller, [listener]))
        nursery.start_soon(self.known.keep_known, HOST, self.port)

    async def _note_caller(self, stream: trio.SocketStream) -> None:
        async with stream:
            await self.send_caller.send(await self.known.caller(stream))


async def test_only_who_knows_the_secret_comes_in(
    valkey: ValkeyServer, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "HELLO_SECONDS", 0.2)
    async with ValkeyClient(valkey.address) as client, ValkeyClient(valkey.address) as other:
        door, visitor = NodeDoor(NodeDirectory(client)), NodeDirectory(other)
        await door.open(nursery)
        while not await client.exists([f"roomcli:node:{door.known.name}"]):  # noqa: ASYNC110
            await trio.sleep(0.01)
        stream = await visitor.dial(door.known.name)
        assert await door.callers.receive() == visitor.name
        await stream.aclose()
        name = visitor.name.encode()
        for shown in (b"", b"\0" * SECRET_BYTES + name, name, b"GET / HTTP/1.1\r\n\r\n" * 9):
            stranger = await trio.open_tcp_stream(HOST, door.port)
            await stranger.send_all(shown)
            assert await door.callers.receive() is None, shown
            await stranger.aclose()
    nursery.cancel_scope.cancel()


@pytest.mark.parametrize("record", [b"", b"\xc1", b"\x93\xa1a\x01\xc0", b"\x91\xa1a"])
async def test_a_record_of_another_version_ends_nothing(
    valkey: ValkeyServer, record: bytes
) -> None:
    async with ValkeyClient(valkey.address) as client:
        await client.set("roomcli:node:theirs", record)
        with pytest.raises(ConnectionFailed, match="another version"):
            await NodeDirectory(client).dial("theirs")
