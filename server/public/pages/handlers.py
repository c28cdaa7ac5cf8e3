"""Answers requests for pages. They need no login and no cookie, and run no script."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import trio

from roomcli.protocol.text import is_room_name

from ..http import Head, Response
from ..routes import Request, Route
from .atom import CONTENT_TYPE, atom_feed
from .filling import Showing
from .further import FurtherPages
from .links import to_root
from .models import EventFeed, ListPage, Page
from .rendering import ICON, STYLE, Asset, PagePlace, environment, render

REVALIDATED = "no-cache"
"""How pages may be kept: by anybody, to be asked for again before they are shown. So what is hidden
or deleted is gone from everywhere at once."""
FOR_GOOD = "public, max-age=31536000, immutable"
_UNINDEXED = (("x-robots-tag", "noindex"),)


def page_routes(showing: Showing) -> list[Route]:
    """Return the routes of all pages, and of the files that they use."""
    pages = PublicPages(showing)
    return [
        Route("GET", "/", pages.front),
        Route("GET", "/events.atom", pages.coming_up),
        Route("GET", "/r/{room}", pages.room),
        Route("GET", "/e/{event}", pages.event),
        Route("GET", "/c/{community}", pages.community),
        Route("GET", "/c/{community}/events.atom", pages.community_feed),
        Route("GET", "/p/{person}", pages.somebody),
        Route("GET", "/live/{number}", pages.live),
        Route("GET", "/coming/{after}", pages.coming),
        Route("GET", "/communities/{number}", pages.communities),
        Route("GET", "/c/{community}/live/{number}", pages.live_in_community),
        Route("GET", "/c/{community}/coming/{number}", pages.coming_in_community),
        Route("GET", "/p/{person}/coming/{number}", pages.coming_with_somebody),
        *(_asset_route(each) for each in (STYLE, ICON)),
    ]


class PublicPages:
    """Answers with pages of what ``showing`` may show."""

    def __init__(self, showing: Showing) -> None:
        self._showing = showing
        self._further = FurtherPages(showing)
        self._is_ready = False

    async def front(self, request: Request) -> Response:
        """Show what this server is, and what is going on here."""
        return await self._html(request, self._showing.server_page())

    async def room(self, request: Request) -> Response | None:
        """Show how to come into a room, and what goes on in it if everybody may know."""
        name = request.named["room"]
        if not is_room_name(name):
            return None
        page = await self._html(request, self._showing.room_page(name))
        return replace(page, headers=(*page.headers, *_UNINDEXED))

    async def event(self, request: Request) -> Response | None:
        """Show what is planned."""
        page = self._showing.event_page(request.named["event"])
        return await self._html(request, page) if page is not None else None

    async def community(self, request: Request) -> Response | None:
        """Show a community, and what it has planned."""
        page = self._showing.community_page(request.named["community"])
        return await self._html(request, page) if page is not None else None

    async def somebody(self, request: Request) -> Response | None:
        """Show somebody who wants to be found."""
        page = self._showing.person_page(request.named["person"])
        return await self._html(request, page) if page is not None else None

    # Further pages of long lists.

    async def live(self, request: Request) -> Response | None:
        """Show more of the rooms."""
        return await self._further_page(request, self._further.live(request.named["number"]))

    async def coming(self, request: Request) -> Response | None:
        """Show more of what is coming up."""
        return await self._further_page(request, self._further.coming(request.named["after"]))

    async def communities(self, request: Request) -> Response | None:
        """Show more of the communities."""
        return await self._further_page(request, self._further.communities(request.named["number"]))

    async def live_in_community(self, request: Request) -> Response | None:
        """Show more of a community's rooms."""
        named = request.named
        page = self._further.live_in(named["community"], named["number"])
        return await self._further_page(request, page)

    async def coming_in_community(self, request: Request) -> Response | None:
        """Show more of what a community has planned."""
        named = request.named
        page = self._further.coming_in(named["community"], named["number"])
        return await self._further_page(request, page)

    async def coming_with_somebody(self, request: Request) -> Response | None:
        """Show more of where somebody can be heard."""
        named = request.named
        page = self._further.coming_with(named["person"], named["number"])
        return await self._further_page(request, page)

    async def _further_page(self, request: Request, page: ListPage | None) -> Response | None:
        if page is None:
            return None
        shown = await self._html(request, page)
        return replace(shown, headers=(*shown.headers, *_UNINDEXED))

    # Feeds.

    async def community_feed(self, request: Request) -> Response | None:
        """Tell what is coming up in a community."""
        feed = self._showing.community_feed(request.named["community"])
        return _feed(request, feed) if feed is not None else None

    async def coming_up(self, request: Request) -> Response:
        """Tell what is coming up here."""
        return _feed(request, self._showing.server_feed(request.url))

    async def _html(self, request: Request, page: Page) -> Response:
        if not self._is_ready:
            await trio.to_thread.run_sync(environment)
            self._is_ready = True
        place = PagePlace(url=request.url, root=to_root(request.head.asked_path), pin=request.pin)
        content = render(page, place, self._showing.now())
        response = Response(200, content, "text/html; charset=utf-8")
        return revalidated(request.head, response)


def _feed(request: Request, feed: EventFeed) -> Response:
    content = atom_feed(feed, request.url)
    response = Response(200, content, CONTENT_TYPE)
    return revalidated(request.head, response)


def revalidated(head: Head, response: Response) -> Response:
    """Return the answer, without its content if whoever asks has that already (RFC 9110, 13)."""
    tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    headers = (*response.headers, ("etag", tag))
    known = head.headers.get("if-none-match", "")
    if tag in [each.strip().removeprefix("W/") for each in known.split(",")]:
        return replace(response, status=304, content=b"", caching=REVALIDATED, headers=headers)
    return replace(response, caching=REVALIDATED, headers=headers)


def _asset_route(asset: Asset) -> Route:
    async def handler(request: Request) -> Response:
        return Response(200, asset.content, asset.content_type, FOR_GOOD)

    return Route("GET", f"/{asset.path}", handler)
