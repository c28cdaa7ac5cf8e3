"""Tells clients where the other servers of the cluster are, to go there if this one dies.

And whether these can be heard at the moment.
"""

from __future__ import annotations

import trio

from roomcli.protocol import codec
from roomcli.protocol import events as e
from roomcli.wire.frames import server_frame

from ..client_connection import ClientConnection
from .other_rooms import ClusterRooms

SLICE = 200
"""Clients that are told before other tasks get their turn."""


class Neighbours:
    """Keeps the clients of this server told of the ``others``."""

    def __init__(self, others: ClusterRooms) -> None:
        self._others = others
        self._clients: dict[ClientConnection, None] = {}
        self._known = e.OtherServers()
        self._apart = e.ServersApart(apart=False)
        self._had_others = False

    def add_client(self, connection: ClientConnection) -> None:
        """Tell a client what there is to tell, and what changes from then on."""
        self._clients[connection] = None
        if self._known.addresses:
            connection.send(codec.encode(self._known))
        if self._apart.apart:
            connection.send(codec.encode(self._apart))

    def remove_client(self, connection: ClientConnection) -> None:
        """Tell a client nothing more."""
        self._clients.pop(connection, None)

    async def look_around(self, own_address: str) -> None:
        """Tell all clients what has changed of the others, and whether they are heard.

        While Valkey is gone, they are where they were last.
        """
        if self._others.is_heard:
            self._had_others = bool(self._others.servers)
            known = e.OtherServers(addresses=self._others.addresses(but=own_address))
            if known != self._known:
                self._known = known
                await self._tell_all(known)
        apart = e.ServersApart(apart=self._had_others and self._others.is_lost)
        if apart != self._apart:
            self._apart = apart
            await self._tell_all(apart)

    async def _tell_all(self, event: e.Event) -> None:
        frame = server_frame(codec.encode(event))
        for number, connection in enumerate(tuple(self._clients), 1):
            if connection in self._clients:
                connection.stream.push_control(frame)
            if number % SLICE == 0:
                await trio.lowlevel.checkpoint()
