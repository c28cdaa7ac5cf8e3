"""The servers that an engine is connected to: those at which one is at home, and that of a room."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import RoomcliError
from ..protocol.address import parse_server
from ..protocol.local import MAX_SERVERS
from .connected_server import ConnectedServer, ServerPlace


class Servers:
    """The home servers, and at most one more for a room, of a server at which one is not at home.

    ``connect`` begins to connect to one; it raises RoomcliError for a key that cannot be used.
    """

    def __init__(self, connect: Callable[[ServerPlace], ConnectedServer]) -> None:
        self._connect = connect
        self._homes: dict[str, ConnectedServer] = {}
        self._passing: ConnectedServer | None = None
        self.here: ConnectedServer | None = None
        """The server of the room that one is in, or about to enter."""

    @property
    def has_home(self) -> bool:
        """Whether one is at home anywhere."""
        return bool(self._homes)

    @property
    def first_home(self) -> ConnectedServer | None:
        """The server that is meant where none is named and one is in no room."""
        return next(iter(self._homes.values()), None)

    @property
    def is_full(self) -> bool:
        """Whether one is at home at as many servers as one may."""
        return len(self._homes) >= MAX_SERVERS

    def is_home(self, server: ConnectedServer) -> bool:
        """Whether one is at home at a server, over this connection."""
        return self._homes.get(server.place.url) is server

    def home_at(self, url: str) -> ConnectedServer | None:
        """Return the home server of a URL, as people write it."""
        return self._homes.get(_name(url))

    def named(self, url: str) -> ConnectedServer | None:
        """Return the server of a URL, as people write it; that of the room comes first."""
        here = self.here
        return here if here is not None and here.place.url == _name(url) else self.home_at(url)

    def for_room(self, place: ServerPlace) -> ConnectedServer:
        """Return the server to enter a room of; the one of the room before may be left for it.

        Raises RoomcliError.
        """
        home, passing = self._homes.get(place.url), self._passing
        if home is not None and home.place == place:
            return self._revived(home)
        if passing is None or passing.place != place or passing.is_over:
            self.leave_passing()
            passing = self._passing = self._connect(place)
        return passing

    def leave_passing(self) -> None:
        """Leave the server of the last room, unless one is at home there."""
        passing, self._passing = self._passing, None
        if passing is not None:
            passing.close()

    def settle(self, place: ServerPlace) -> None:
        """Be at home at a server from now on; try at once if it waits. Raises RoomcliError."""
        server, passing = self._homes.get(place.url), self._passing
        if server is not None and server.place == place:
            self._revived(server).link.hurry()
            return
        if passing is not None and passing.place == place and not passing.is_over:
            self._passing, fresh = None, passing
        else:
            fresh = self._connect(place)
        if server is not None:
            fresh.follow_news(server.watches)
            self.forsake(server)
        self._homes[place.url] = fresh

    def forsake(self, server: ConnectedServer) -> None:
        """Be at home at a server no longer; a room there that one is in goes on."""
        del self._homes[server.place.url]
        if server is self.here:
            server.follow_news(frozenset())
            self._passing = server
        else:
            server.close()

    def revive(self) -> None:
        """Connect anew to home servers that ended what went on when a room was to be entered."""
        for server in tuple(self._homes.values()):
            self._revived(server)

    def _revived(self, server: ConnectedServer) -> ConnectedServer:
        if not server.is_over:
            return server
        fresh = self._homes[server.place.url] = self._connect(server.place)
        fresh.follow_news(server.watches)
        return fresh


def _name(url: str) -> str:
    try:
        return parse_server(url).server
    except RoomcliError:
        return ""
