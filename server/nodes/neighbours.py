"""Tells clients where the other servers of the cluster are, to go there if this one dies."""

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
        self._frame = b""

    def add_client(self, connection: ClientConnection) -> None:
        """Tell a client what there is to tell, and what changes from then on."""
        self._clients[connection] = None
        if self._frame:
            connection.stream.push_control(self._frame)

    def remove_client(self, connection: ClientConnection) -> None:
        """Tell a client nothing more."""
        self._clients.pop(connection, None)

    async def look_around(self, own_address: str) -> None:
        """Tell all clients what has changed of the others.

        While Valkey is gone, these are where they were last.
        """
        if not self._others.is_heard:
            return
        now = e.OtherServers(addresses=self._others.addresses(but=own_address))
        if now == self._known:
            return
        self._known = now
        self._frame = server_frame(codec.encode(now))
        for number, connection in enumerate(tuple(self._clients), 1):
            if connection in self._clients:
                connection.stream.push_control(self._frame)
            if number % SLICE == 0:
                await trio.lowlevel.checkpoint()
