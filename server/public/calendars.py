"""The calendars that the public port gives out, as iCalendar files."""

from __future__ import annotations

from collections.abc import Callable

from ..calendar.desk import CalendarDesk
from ..calendar.feeds import Feeds, Writing
from .http import Response
from .routes import Request, Route

CALENDAR_TYPE = "text/calendar; charset=utf-8"
NOT_FOUND_BY_SEARCH = (("x-robots-tag", "noindex"),)


def calendar_routes(desk: CalendarDesk, now: Callable[[], float]) -> list[Route]:
    """Return the routes of all calendar files."""
    files = CalendarFiles(desk.feeds, now)
    return [
        Route("GET", "/e/{event}.ics", files.event),
        Route("GET", "/c/{community}.ics", files.community),
        Route("GET", "/calendar/feeds/{token}.ics", files.own_feed),
    ]


class CalendarFiles:
    """Answers with what whoever asks may see: a stranger, or who has the address of a feed."""

    def __init__(self, feeds: Feeds, now: Callable[[], float]) -> None:
        self._feeds = feeds
        self._now = now

    async def event(self, request: Request) -> Response | None:
        """Give out one event that everybody may see."""
        return await self._written(self._feeds.event_for(request.named["event"], None, request.url))

    async def community(self, request: Request) -> Response | None:
        """Give out what everybody may see of a community."""
        community = request.named["community"]
        return await self._written(self._feeds.of_community(community, request.url, self._now()))

    async def own_feed(self, request: Request) -> Response | None:
        """Give out somebody's own feed to whoever has its address."""
        token = request.named["token"]
        return await self._written(self._feeds.of_token(token, request.url, self._now()))

    async def _written(self, writing: Writing | None) -> Response | None:
        if writing is None:
            return None
        content = await self._feeds.write_out(writing)
        return Response(200, content, CALENDAR_TYPE, headers=NOT_FOUND_BY_SEARCH)
