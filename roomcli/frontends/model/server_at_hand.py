"""The server that the screen is about: at home that of what is picked, in a room the room's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...protocol.address import Address, parse_address
from .open_rooms import HomeServer
from .shown_servers import ShownServers


class ServerAtHand:
    """Where goes what a screen asks for.

    ``is_home`` tells whether the screen is home, ``room_url`` gives the URL of the room that the
    user is in, which is empty for nobody in a room.
    """

    def __init__(
        self, shown: ShownServers, is_home: Callable[[], bool], room_url: Callable[[], str]
    ) -> None:
        self._shown = shown
        self._is_home = is_home
        self._room_url = room_url

    @property
    def name(self) -> str:
        """Its URL without room and fragment; empty for that of the room."""
        picked = self._picked
        return picked.name if picked is not None else ""

    @property
    def address(self) -> Address:
        """How one goes there; only a screen about a server asks for it."""
        picked = self._picked
        return parse_address(picked.url if picked is not None else self._room_url())

    def room_address(self, room: str) -> str:
        """Return the address of a room there; empty if there is no server."""
        if (picked := self._picked) is not None:
            return picked.address(room)
        if not self._room_url():
            return ""
        here = self.address
        return str(here if here.room == room else replace(here, room=room, invite=None))

    def web_address(self, path: str) -> str:
        """Return the address of a page there, as a browser or another program has it."""
        return self.address.server.replace("ws", "http", 1).rstrip("/") + path

    @property
    def _picked(self) -> HomeServer | None:
        is_home = self._is_home() or not self._room_url()
        return self._shown.meant if is_home else None
