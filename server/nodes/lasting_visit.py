"""A visit to a room that another server has, which lasts when that server is gone.

Voice between those who are left goes on by what the owner said last, until another server has the
room; there the visit goes on, by the ticket of its seat.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import NoReturn

import trio

from roomcli.errors import CommandRefused, ConnectionLost
from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from ..public.client import KnownClient
from .relayed_visit import RelayedVisit, RoomOwner

MOST_WAITING = 32
"""Messages of a client that wait for the next owner; meanwhile no more are read."""
WAITING_SECONDS = 30.0
"""How long people hear each other in a room that nobody decides about."""
MOST_TRIES = 5
"""Owners that do not have the room after all, one after the other."""
GONE = e.Goodbye(
    code="server_closing",
    text="the server that has the room is gone; another takes it in a moment",
    retry=True,
)


class LastingVisit:
    """Serves a client's visit to the room of ``wish`` at ``owner``, and at those that follow.

    ``before`` is the number of the client's latest visit. ``next_owner`` waits until a server has
    a room, and returns this one's end of the link with it.
    """

    def __init__(
        self,
        client: KnownClient,
        wish: c.EnterRoom,
        before: int,
        owner: RoomOwner,
        next_owner: Callable[[str], Awaitable[RoomOwner]],
    ) -> None:
        self._client = client
        self._wish = wish
        self._visit = RelayedVisit(client, wish, before, owner)
        self._next_owner = next_owner

    @property
    def number(self) -> int:
        """The number of the client's latest visit."""
        return self._visit.number

    async def run(self) -> c.EnterRoom | None:
        """Serve until the visit is over; return the wish for the next room, if there is one.

        Where more than the visit is over, this ends the connection.
        """
        client = self._client
        inside, network = client.services.inside, client.caller.network
        try:
            inside.count_in(network)
        except CommandRefused as error:
            client.refuse(self._wish, error)
            return None
        # For this server they are at home: banned or sent away here, they are in no room of it.
        place = client.services.hub.at_home.enter(client.key, network, client.ending.end)
        place.is_busy = True
        try:
            return await self._last()
        finally:
            inside.count_out(network)
            place.leave()
            self._visit.leave()

    async def _last(self) -> c.EnterRoom | None:
        client, tries = self._client, 0
        while True:
            wish = await self._visit.run()
            if not self._visit.is_left:
                return wish
            tries = 0 if self._visit.seat is not None else tries + 1
            owner = await self._owner_after() if self._may_go_on and tries < MOST_TRIES else None
            if owner is None or not client.takes_moves:
                client.ending.end(GONE)
                await trio.sleep_forever()
            self._visit = self._visit.continued(owner)

    @property
    def _may_go_on(self) -> bool:
        return bool(self._visit.ticket) and not self._visit.is_refused

    async def _owner_after(self) -> RoomOwner | None:
        """Wait for the next owner of the room; None if none comes."""
        client, waiting = self._client, deque[bytes | str | None]()
        client.caller.conduct.on_end(client.ending.end_for_misconduct)
        owner: RoomOwner | None = None
        with trio.move_on_after(WAITING_SECONDS):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._keep_reading, waiting)
                owner = await self._next_owner(self._wish.room)
                nursery.cancel_scope.cancel()
        client.inbound.put_back(waiting)
        return owner

    async def _keep_reading(self, waiting: deque[bytes | str | None]) -> NoReturn:
        """Read what the client says meanwhile, and notice when they are gone."""
        try:
            while len(waiting) < MOST_WAITING:
                waiting.append(await self._client.inbound.message())
        except ConnectionLost:
            self._client.ending.scope.cancel()
        await trio.sleep_forever()
