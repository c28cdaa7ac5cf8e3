"""Somebody who stays in a room over lost connections as an engine does, but without sound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.engine.backoff import Backoff
from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import KIND_CONTROL

from .hostile import Flood, HostileClient, acknowledge

Waiter = tuple[type[e.Event], Callable[[Any], bool], trio.Event]


def source_of(number: int) -> str:
    """Return the loopback address from which the person with this number comes."""
    return f"127.0.{20 + number // 50}.{1 + number % 50}"


class StayingPerson:
    """A person with a key of their own, who comes back by ticket whenever the connection breaks.

    ``told`` gets each refusal of a command.
    """

    def __init__(
        self, room: Flood, number: int, told: Callable[[e.Refused], None] = lambda refused: None
    ) -> None:
        self.name = f"Person {number}"
        self.joined: e.Joined | None = None
        """The answer to the last entrance."""
        self.came_at = 0.0
        self.entered = 0
        """How often they came in."""
        self.came_back = trio.Event()
        """Set when they came in for the second time."""
        self.lost: Counter[str] = Counter()
        """Attempts to come in that failed, by what the server said."""
        self.is_in = trio.Event()
        """Set while they are in the room."""
        self._key = Ed25519PrivateKey.generate()
        self._room = room
        self._source = source_of(number)
        self._told = told
        self._peer: HostileClient | None = None
        self._waiters: list[Waiter] = []

    @property
    def id(self) -> str:
        """Their seat."""
        assert self.joined is not None
        return self.joined.you

    async def stay(self, **wish: object) -> None:
        """Be in the room until cancelled; ``wish`` goes with the first wish to enter."""
        backoff = Backoff(trio.current_time())
        while True:
            if await self._visit(wish):
                wish, backoff = {}, Backoff(trio.current_time())
            else:
                await trio.sleep(backoff.pause(trio.current_time()))

    async def send(self, command: c.Command) -> None:
        """Send a command; nothing happens while they are not in."""
        if self._peer is not None:
            await self._peer.send_command(command)

    def expect(
        self, kind: type[e.Event], which: Callable[[Any], bool] = lambda _: True
    ) -> trio.Event:
        """Return what is set when the next event of a kind comes for which ``which`` holds."""
        waiter = (kind, which, trio.Event())
        self._waiters.append(waiter)
        return waiter[2]

    def drop(self) -> None:
        """Cut the connection without a goodbye."""
        if self._peer is not None:
            self._peer.stream.socket.close()

    async def _visit(self, wish: dict[str, object]) -> bool:
        """Be in the room until the connection ends; return False if they did not come in."""
        entered = self.entered
        try:
            peer = await self._room.upgraded(self._source)
        except (OSError, trio.BrokenResourceError):
            self.lost["no connection"] += 1
            return False
        try:
            async with peer.stream, trio.open_nursery() as nursery:
                await self._come_in(peer, wish)
                nursery.start_soon(acknowledge, peer)
                while True:
                    self._take_in(await peer.message())
        except* (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        self._peer = None
        self.is_in = trio.Event()
        return self.entered > entered

    async def _come_in(self, peer: HostileClient, wish: dict[str, object]) -> None:
        ticket = self.joined.ticket if self.joined else None
        address = self._room.address
        answer = await peer.enter(address, self._key, name=self.name, ticket=ticket, **wish)
        if isinstance(answer, e.Refused):
            self.lost[answer.code] += 1
            await trio.sleep(answer.retry_after or 0.0)
            raise trio.BrokenResourceError(answer.text)
        self.joined, self.came_at = answer, trio.current_time()
        self.entered += 1
        self._peer = peer
        self.is_in.set()
        if self.entered > 1:
            self.came_back.set()

    def _take_in(self, message: bytes) -> None:
        if message[0] != KIND_CONTROL:
            return
        event = codec.decode_from_server(message)
        if isinstance(event, e.Refused):
            self._told(event)
        for waiter in [each for each in self._waiters if isinstance(event, each[0])]:
            if waiter[1](event):
                self._waiters.remove(waiter)
                waiter[2].set()
