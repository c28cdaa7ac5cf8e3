"""Tests of what UDP alone keeps up, and what its end alone breaks, in virtual time.

Engines' links and server are the real ones, over real sockets.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest
import trio
import trio.testing
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.engine.keys import PersonalKey
from roomcli.engine.link import ServerConnection
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import KIND_ACK, Bundle, Flags, UplinkFrame
from roomcli.protocol.local import Connection, Enter
from roomcli.wire.connection import WebSocket
from roomcli.wire.udp.route import NOTHING_FOR
from server.limits import ServerLimits

from ...support.serving import RunningServer, serving
from ...support.udp_path import UdpPath, open_udp_path

PROVEN = 8.0
"""Seconds after which voice goes by UDP both ways."""


class LinkedPerson:
    """An engine's link in a room, without sound."""

    def __init__(
        self, server: RunningServer, name: str, intent: Literal["join", "host"] = "join"
    ) -> None:
        key = PersonalKey(Ed25519PrivateKey.generate())
        address = server.room()
        self.link = ServerConnection(address, name, "", key)
        self.link.enter(address, Enter(url=str(address), name=name, intent=intent))
        self.heard_at: list[float] = []
        self.states: list[str] = []
        self.is_inside = trio.Event()

    async def run(self) -> None:
        """Be in the room until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.link.run)
            while True:
                match (await self.link.news.receive()).what:
                    case Bundle():
                        self.heard_at.append(trio.current_time())
                    case e.Joined():
                        self.is_inside.set()
                    case Connection(state=state):
                        self.states.append(state)

    async def talk(self) -> None:
        """Speak without a pause until cancelled."""
        self.link.send(c.Unmute())
        began, number = trio.current_time(), 0
        while True:
            frame = UplinkFrame(number, number * 960, Flags.NONE, -20, b"voice")
            self.link.send_voice(frame)
            number += 1
            await trio.sleep_until(began + number * 0.02)

    def silence_since(self, begin: float) -> float:
        """Return the longest time without voice."""
        moments = [begin, *(at for at in self.heard_at if at > begin), trio.current_time()]
        return max(after - before for before, after in pairwise(moments))


@dataclass
class UdpRoom:
    """Two people in a room, one of whom hosts it, and the path of their datagrams."""

    host: LinkedPerson
    guest: LinkedPerson
    path: UdpPath


@contextlib.asynccontextmanager
async def meeting(folder: Path, *, delay: float = 0.0) -> AsyncIterator[UdpRoom]:
    async with trio.open_nursery() as nursery, open_udp_path(delay) as path:
        limits = ServerLimits()
        async with serving(
            folder, udp=True, udp_public=path.place, in_memory=True, limits=limits
        ) as server:
            path.behind = (server.address.host, server.address.port)
            ann, ben = LinkedPerson(server, "Ann", "host"), LinkedPerson(server, "Ben")
            for person in (ann, ben):
                nursery.start_soon(person.run)
                await person.is_inside.wait()
            yield UdpRoom(ann, ben, path)
            nursery.cancel_scope.cancel()


@pytest.mark.parametrize("dead", ["up", "down", "both"])
@pytest.mark.parametrize("delay", [0.0, 0.15])
async def test_where_udp_ends_mid_talk_it_is_silent_for_about_two_seconds(
    dead: str, delay: float, tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    async with meeting(tmp_path, delay=delay) as met, trio.open_nursery() as nursery:
        nursery.start_soon(met.host.talk)
        await trio.sleep(PROVEN)
        assert met.host.link.totals.uplink.by == met.guest.link.totals.downlink.by == "udp"
        met.path.up, met.path.down = dead == "down", dead == "up"
        died = trio.current_time()
        await trio.sleep(6)
        assert NOTHING_FOR - 0.3 <= met.guest.silence_since(died) <= NOTHING_FOR + 0.85
        assert "tcp" in (met.host.link.totals.uplink.by, met.guest.link.totals.downlink.by)
        assert met.guest.states == ["connected"]
        nursery.cancel_scope.cancel()


async def test_udp_alone_keeps_a_connection_alive_in_silence(
    tmp_path: Path, autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_tcp = list[float]()
    send = WebSocket.send

    def note(self: WebSocket, message: bytes) -> None:
        if message[0] == KIND_ACK:
            by_tcp.append(trio.current_time())
        send(self, message)

    monkeypatch.setattr(WebSocket, "send", note)
    async with meeting(tmp_path) as met:
        await trio.sleep(PROVEN)
        assert by_tcp
        by_tcp.clear()
        await trio.sleep(60)
        assert by_tcp == [], "signs of life went by TCP"
        assert met.host.states == met.guest.states == ["connected"]
