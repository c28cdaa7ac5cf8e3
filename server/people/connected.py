"""Who is connected, at home or in a room, for news that reach a person wherever they are."""

from __future__ import annotations

from roomcli.protocol import codec
from roomcli.protocol import events as e
from roomcli.wire.connection import WebSocket
from roomcli.wire.frames import server_frame


class Connected:
    """All connections that have proven who is there, by the ids of the people."""

    def __init__(self) -> None:
        self._connections: dict[str, tuple[WebSocket, ...]] = {}

    def add(self, person: str, connection: WebSocket) -> None:
        """Give this connection what is told to the person from now on."""
        self._connections[person] = (*self._connections.get(person, ()), connection)

    def remove(self, person: str, connection: WebSocket) -> None:
        """Give the connection nothing more, if it was added."""
        left = tuple(each for each in self._connections.get(person, ()) if each is not connection)
        if left:
            self._connections[person] = left
        else:
            self._connections.pop(person, None)

    def reach(self, person: str, event: e.Event) -> None:
        """Send an event to all connections of a person; there may be none."""
        connections = self._connections.get(person, ())
        if not connections:
            return
        frame = server_frame(codec.encode(event))
        for connection in connections:
            connection.stream.push_control(frame)
