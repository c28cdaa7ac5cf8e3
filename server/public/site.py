"""What the public port answers everybody who asks without the client of a room."""

from __future__ import annotations

import msgspec

from roomcli.protocol.text import is_room_name

from ..desk_list import OpenedDesks
from ..readiness import HEALTH, READINESS, Readiness
from ..rooms.hub import Hub
from ..store import Store
from .calendars import calendar_routes
from .http import Response, line
from .pages.filling import Showing
from .pages.handlers import page_routes
from .routes import Request, Route


def site_routes(
    hub: Hub,
    store: Store,
    desks: OpenedDesks,
    readiness: Readiness | None = None,
    *,
    pages: bool = True,
) -> list[Route]:
    """Return the routes of a server, with pages for browsers or without."""
    plain = PlainAnswers(hub, readiness or Readiness(is_started=True))
    showing = Showing(hub, store, desks.communities, desks.calendar, desks.claims.badges_of)
    return [
        Route("GET", HEALTH, plain.health),
        Route("GET", READINESS, plain.readiness),
        Route("GET", "/rooms", plain.rooms),
        *calendar_routes(desks.calendar, hub.now),
        *(page_routes(showing) if pages else ()),
        Route("GET", "/", plain.front),
        Route("GET", "/r/{room}", plain.room),
    ]


class PlainAnswers:
    """Answers for a server with these rooms."""

    def __init__(self, hub: Hub, readiness: Readiness) -> None:
        self._hub = hub
        self._readiness = readiness

    async def health(self, request: Request) -> Response:
        """Tell that the server runs."""
        return line(200, "ok")

    async def readiness(self, request: Request) -> Response:
        """Tell whether the server lets newcomers in; why not is for its admin alone."""
        return line(503, "not ready") if self._readiness.why_not else line(200, "ready")

    async def rooms(self, request: Request) -> Response:
        """List a page of the rooms that everybody may know of."""
        page, last = self._hub.listed(request.head.asked("after"))
        link = (("link", f'<?after={last}>; rel="next"'),) if last else ()
        content_type = "application/json; charset=utf-8"
        return Response(200, msgspec.json.encode(page), content_type, headers=link)

    async def front(self, request: Request) -> Response:
        """Say what this server is."""
        return line(200, "This is a roomcli server. Enter a room with: roomcli join")

    async def room(self, request: Request) -> Response | None:
        """Say how to come into a room, whether it is there or not."""
        if not is_room_name(request.named["room"]):
            return None
        return line(200, "This is a roomcli room. Enter it with: roomcli join 'ADDRESS'")
