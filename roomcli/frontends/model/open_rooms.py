"""The open rooms of a server, as home shows them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Protocol

from ...errors import CommandRefused, UsageError
from ...protocol import events as e
from ...protocol.address import parse_server
from ...protocol.listing import ListedRoom
from ...protocol.text import MAX_NAME, MAX_REASON, cleaned, is_room_name
from ..words.settings_words import asked_words, door_words

MAX_LISTED = 2000
"""The most rooms that are kept of a server: a hostile one might tell of new ones for ever."""
MAX_KEPT = 80
"""Longest text that is shown about one of the things that a server keeps, in characters."""


@dataclass(frozen=True)
class OpenRoom:
    """A room as the server describes it, with texts that are safe to show.

    ``door`` is what may keep somebody out, in words; ``asks`` is what of this is the room's rule.
    """

    name: str
    topic: str = ""
    host: str = ""
    stage: int = 0
    audience: int = 0
    door: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()

    def fits(self, words: str) -> bool:
        """Whether every typed word is in the room's name, topic or host."""
        told = f"{self.name} {self.topic} {self.host}".casefold()
        return all(word in told for word in words.casefold().split())


OpenRooms = tuple[OpenRoom, ...]


@dataclass(frozen=True)
class Unreached:
    """Why a server is not reached at the moment, and in how many seconds it is tried again."""

    why: str
    retry_in: float | None = None


RoomsNews = OpenRooms | e.HomeShown | Unreached | CommandRefused
"""The rooms now open, the fullest first; what stands at home for the user; or why the server is
not reached at the moment, or does not let the user in."""


@dataclass(frozen=True)
class HomeServer:
    """A server whose rooms home shows.

    ``name`` is its URL without room and fragment, ``url`` the address by which one goes there,
    ``address`` gives that of a room by its name.
    """

    name: str
    url: str
    address: Callable[[str], str]


FollowRooms = Callable[[HomeServer], AsyncGenerator[RoomsNews, None]]
"""Yields the rooms of a server, again whenever they change, for as long as it is iterated."""


class HomeServers(Protocol):
    """The servers that home shows, kept for the next time."""

    def add(self, url: str) -> HomeServer:
        """Keep one more, as people write it. Raises RoomcliError with what is wrong."""

    def forget(self, server: HomeServer) -> None:
        """Keep one no longer. Raises RoomcliError."""


class RoomList:
    """The listed rooms of a server, kept by its news."""

    def __init__(self) -> None:
        self._rooms: dict[str, OpenRoom] = {}

    def change(self, news: e.RoomsListed) -> None:
        """Apply news; what cannot be a room, and what is beyond the most, is ignored."""
        for name in news.gone:
            self._rooms.pop(name, None)
        for room in news.rooms:
            is_kept = room.name in self._rooms or len(self._rooms) < MAX_LISTED
            if is_kept and is_room_name(room.name):
                self._rooms[room.name] = described(room)

    @property
    def open(self) -> tuple[OpenRoom, ...]:
        """The rooms, the fullest first."""
        rooms = self._rooms.values()
        return tuple(sorted(rooms, key=lambda room: (-(room.stage + room.audience), room.name)))


def described(room: ListedRoom) -> OpenRoom:
    """Return a room with texts that are safe to show."""
    return OpenRoom(
        room.name,
        cleaned(room.topic, MAX_REASON),
        cleaned(room.host, MAX_NAME),
        room.stage,
        room.audience,
        tuple(
            door_words(
                access=room.access, password=room.password, locked=room.locked, asks=room.asks
            )
        ),
        tuple(cleaned(each, MAX_KEPT) for each in room.keeps),
        tuple(asked_words(room.asks)),
    )


def server_name(url: str) -> str:
    """Return the URL of a server without room and fragment; empty if it is no address."""
    try:
        return parse_server(url).server
    except UsageError:
        return ""
