"""Makes pages of what a stranger without a login may see, and of nothing else."""

from __future__ import annotations

from ...rooms.hub import Hub
from .models import EventFeed, RoomPage, ServerPage

MAX_ROOMS_SHOWN = 40


class Showing:
    """What this server shows to everybody."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def now(self) -> float:
        """Return the server's time, in seconds since 1970."""
        return self._hub.now()

    def server_page(self) -> ServerPage:
        """Return the front page, with the listed rooms in which most people are."""
        rooms = sorted(self._hub.all_listed(), key=lambda each: -(each.stage + each.audience))
        shown = tuple(rooms[:MAX_ROOMS_SHOWN])
        return ServerPage(rooms=shown, more_rooms=len(rooms) - len(shown))

    def server_feed(self, url: str) -> EventFeed:
        """Return what is coming up on the server at this URL."""
        host = url.partition("://")[2]
        title = f"Coming up on {host}"
        return EventFeed(title=title, path="events.atom", page_path="", author=host)

    def room_page(self, name: str) -> RoomPage:
        """Return a room's page: the same for one that is not listed and one that is not there."""
        room = self._hub.room(name)
        listed = room.listed() if room is not None and room.is_listed else None
        return RoomPage(name=name, listed=listed)
