"""What tests with servers of a cluster have in common: their people, and what is kept of rooms."""

from __future__ import annotations

import contextlib
import urllib.request
from typing import Any

import trio

from benchmarks.valkey import ValkeyServer
from roomcli.errors import ConnectionLost
from roomcli.protocol import events as e
from server.cluster.client import ValkeyClient
from server.cluster.keys import RoomKeys

from .patience import PATIENCE
from .serving import Client, RunningServer, Turned


async def is_kept(valkey: ValkeyServer, what: bytes) -> None:
    """Wait until the room is kept for its next owner, with this in it."""
    keys, found = RoomKeys("standup"), b""
    async with ValkeyClient(valkey.address) as client:
        with trio.fail_after(PATIENCE):
            while what not in found:
                whole, changes = (
                    await client.hgetall(keys.snapshot),
                    await client.xrange(keys.events),
                )
                found = b"".join([*whole.values(), repr(changes).encode()])


async def keep_alive(*clients: Client) -> None:
    """Acknowledge for clients until cancelled."""
    while True:
        for each in clients:
            with contextlib.suppress(ConnectionLost):
                each.ack()
        await trio.sleep(0.2)


async def follow_move(client: Client) -> e.Joined:
    """Go on where the room has moved to, and return how the client is there."""
    joined: e.Joined = await client.until(e.Joined)
    assert joined.moved
    client.joined, client.view, client.visit = joined, joined.view, joined.visit
    return joined


async def back_at(server: RunningServer, client: Client, **wish: Any) -> Client:
    """Return a client who is back in their seat at this server, once the owner is given up."""
    with trio.fail_after(PATIENCE):
        while True:
            with contextlib.suppress(Turned, ConnectionLost):
                return await server.client(key=client.key, ticket=client.joined.ticket, **wish)
            await trio.sleep(0.1)


async def opened_at(server: RunningServer, client: Client) -> Client:
    """Return a client who has opened the room at this server, once its owner is given up."""
    with trio.fail_after(PATIENCE):
        while True:
            with contextlib.suppress(Turned):
                return await server.client(intent="host", key=client.key)
            await trio.sleep(0.1)


async def heard_anew(speaker: Client, hearer: Client, word: bytes) -> None:
    """Speak again and again until somebody hears it."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep_saying, speaker, word)
        await hearer.heard(word)
        nursery.cancel_scope.cancel()


async def keep_saying(speaker: Client, word: bytes) -> None:
    """Say this again and again until cancelled."""
    while True:
        with contextlib.suppress(ConnectionLost):
            speaker.speak(word)
        await trio.sleep(0.05)


def read_texts(client: Client) -> list[str]:
    """Return what a client read in the chat since they came, in its order."""
    said = [each.message for each in client.got if isinstance(each, e.ChatPosted)]
    return [each.text for each in said]


def asked(server: RunningServer, path: str) -> str:
    """Return what the server answers at a path."""
    place = server.admin_url if path == "/metrics" else server.address.server
    place = place.replace("ws:", "http:")
    with urllib.request.urlopen(f"{place}{path}") as answer:
        return str(answer.read().decode())


async def says(server: RunningServer, path: str, words: str) -> None:
    """Wait until a server says this at a path."""
    with trio.fail_after(PATIENCE):
        while words not in await trio.to_thread.run_sync(asked, server, path):  # noqa: ASYNC110
            await trio.sleep(0.1)
