"""Turns what a page shows into HTML, with templates that escape everything.

The templates' library takes a while to import: that is done when the first page is asked for, on a
thread, so that nobody's voice waits.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from . import times
from .models import (
    CalendarEventPage,
    CommunityPage,
    ListPage,
    Page,
    PersonPage,
    RoomPage,
    ServerPage,
)
from .plain_text import without_controls
from .structured import json_ld

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDER = Path(__file__).parent / "templates"
_TEMPLATES: dict[type, str] = {
    ServerPage: "server.html",
    ListPage: "list.html",
    RoomPage: "room.html",
    CalendarEventPage: "calendar_event.html",
    CommunityPage: "community.html",
    PersonPage: "person.html",
}


class Asset(Struct, frozen=True):
    """A file that pages use. Its path names its content, so that it can be kept for good."""

    path: str
    content: bytes
    content_type: str


class PagePlace(Struct, frozen=True, kw_only=True):
    """Where a page is shown.

    ``url`` is the server's, ``root`` the way from the page to the front page, ``pin`` that of a
    certificate that browsers do not know, or empty.
    """

    url: str
    root: str
    pin: str = ""

    @property
    def host(self) -> str:
        """What people call the server: its host, port and path."""
        return self.url.partition("://")[2]

    def join_line(self, room: str) -> str:
        """Return the command that enters a room."""
        return f"roomcli join '{self.url}/r/{room}{self._fragment}'"

    def home_line(self) -> str:
        """Return the command that shows the server's rooms."""
        return f"roomcli lobby --server '{self.url}{self._fragment}'"

    @property
    def _fragment(self) -> str:
        return f"#pin={self.pin}" if self.pin else ""


def render(page: Page, place: PagePlace, now: float) -> bytes:
    """Return a page as HTML; ``now`` is in seconds since 1970."""
    template = environment().get_template(_TEMPLATES[type(page)])
    data = json_ld(page, place.url)
    return template.render(page=page, place=place, now=now, data=data).encode()


@functools.cache
def environment() -> Environment:
    """Import the templates' library, read all templates, and return them."""
    import jinja2

    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finalized,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(style=STYLE.path, icon=ICON.path)
    env.filters.update(
        day=times.day,
        date=times.date,
        short_day=times.short_day,
        clock=times.clock,
        span=times.span,
        iso=times.iso,
        zone=times.zone_words,
        number=times.number,
    )
    for name in env.list_templates():
        env.get_template(name)
    return env


def _finalized(value: Any) -> Any:
    """Take out of a text what no HTML may hold; what is HTML already stays as it is."""
    return without_controls(value) if type(value) is str else value


def _asset(name: str, suffix: str, content_type: str) -> Asset:
    content = (Path(__file__).parent / f"{name}{suffix}").read_bytes()
    tag = hashlib.sha256(content).hexdigest()[:16]
    return Asset(f"{name}-{tag}{suffix}", content, content_type)


STYLE = _asset("style", ".css", "text/css; charset=utf-8")
ICON = _asset("icon", ".svg", "image/svg+xml")
