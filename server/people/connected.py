"""Who is connected, at home or in a room, for news that reach a person wherever they are."""

from __future__ import annotations

from roomcli.protocol import codec
from roomcli.protocol import events as e
from roomcli.wire.frames import server_frame

from ..client_connection import ClientConnection


class Connected:
    """All connections that have proven who is there, by the ids of the people."""

    def __init__(self) -> None:
        self._connections: dict[str, tuple[ClientConnection, ...]] = {}
        self._networks: dict[ClientConnection, str] = {}
        self._contesting: set[ClientConnection] = set()
        self._told_elsewhere: set[ClientConnection] = set()

    def add(
        self,
        person: str,
        connection: ClientConnection,
        network: str = "",
        *,
        contests: bool = False,
        told_elsewhere: bool = False,
    ) -> None:
        """Give this connection, which comes from ``network``, what is told to the person.

        One that ``contests`` came by a key that is revoked, and hears of keys alone. One that is
        ``told_elsewhere`` is another server's, which hears the same and tells it.
        """
        if told_elsewhere:
            self._told_elsewhere.add(connection)
        if contests:
            self._contesting.add(connection)
        self._connections[person] = (*self._connections.get(person, ()), connection)
        self._networks[connection] = network

    def networks_of(self, person: str) -> frozenset[str]:
        """Return the networks from which a person is connected."""
        return frozenset(self._networks[each] for each in self._connections.get(person, ()))

    def remove(self, person: str, connection: ClientConnection) -> None:
        """Give the connection nothing more, if it was added."""
        self._networks.pop(connection, None)
        self._contesting.discard(connection)
        self._told_elsewhere.discard(connection)
        left = tuple(each for each in self._connections.get(person, ()) if each is not connection)
        if left:
            self._connections[person] = left
        else:
            self._connections.pop(person, None)

    def reach(self, person: str, event: e.Event) -> None:
        """Send an event to all connections of a person; there may be none."""
        if person in self._connections:
            self._push(person, codec.encode(event), of_keys=isinstance(event, e.KeysChanged))

    def reach_encoded(self, person: str, message: bytes) -> None:
        """Send what another server tells a person; it is not about their keys."""
        self._push(person, message, of_keys=False)

    def _push(self, person: str, message: bytes, *, of_keys: bool) -> None:
        frame = server_frame(message)
        for connection in self._connections.get(person, ()):
            may_hear = of_keys or connection not in self._contesting
            if may_hear and connection not in self._told_elsewhere:
                connection.stream.push_control(frame)
