"""What pages show, as plain values. Whatever stands in them everybody on the internet may read.

Texts are those that people wrote: they are hostile until they are rendered.
"""

from __future__ import annotations

from msgspec import Struct

from roomcli.protocol.listing import ListedRoom

from .links import OutsideLink


class PageLink(Struct, frozen=True, kw_only=True):
    """A name with a page of this server; ``path`` is empty where there is no page to show."""

    name: str
    path: str = ""
    headline: str = ""


class CalendarEventLine(Struct, frozen=True, kw_only=True):
    """One time that a calendar event takes place, in a list.

    Times are seconds since 1970, ``zone`` is the name of the time zone in which they are planned.
    ``day`` says which time of a series it is. ``updated_at`` is when somebody last changed the
    event.
    """

    id: str
    day: str = ""
    title: str
    starts_at: float
    ends_at: float
    zone: str
    community: PageLink | None = None
    cancelled: bool = False
    updated_at: float = 0.0


class EventFeed(Struct, frozen=True, kw_only=True):
    """What is coming up, for a reader of feeds.

    ``path`` is the feed's own, ``page_path`` that of the page that shows the same.
    """

    title: str
    path: str
    page_path: str
    author: str
    events: tuple[CalendarEventLine, ...] = ()
    updated_at: float = 0.0


class ProvenClaim(Struct, frozen=True, kw_only=True):
    """What the server found proven about somebody, in words, and when it looked last."""

    text: str
    checked_at: float
    link: OutsideLink | None = None


class ListPage(Struct, frozen=True, kw_only=True):
    """A further page of a long list, which began on the page ``of``.

    ``next_path`` is where it goes on; empty at its end. That is so on every page with a list.
    """

    title: str
    of: PageLink
    rooms: tuple[ListedRoom, ...] = ()
    events: tuple[CalendarEventLine, ...] = ()
    communities: tuple[PageLink, ...] = ()
    next_path: str = ""


class ServerPage(Struct, frozen=True, kw_only=True):
    """The front page: rooms that are live and listed, and what is coming up."""

    rooms: tuple[ListedRoom, ...] = ()
    more_rooms: int = 0
    events: tuple[CalendarEventLine, ...] = ()
    communities: tuple[PageLink, ...] = ()
    next_events: str = ""
    next_communities: str = ""


class RoomPage(Struct, frozen=True, kw_only=True):
    """A room; ``listed`` is None for what is hidden as for what is not there."""

    name: str
    listed: ListedRoom | None = None
    community: PageLink | None = None


class CalendarEventPage(Struct, frozen=True, kw_only=True):
    """What is planned.

    ``times`` are the next ones, or of what is over the last one. ``repeats`` says in words how it
    goes on, ``updated_at`` when it was changed last. ``capacity`` None is any number of seats.
    """

    id: str
    title: str
    times: tuple[CalendarEventLine, ...]
    repeats: str = ""
    agenda: tuple[str, ...] = ()
    room: str = ""
    organisers: tuple[PageLink, ...] = ()
    speakers: tuple[PageLink, ...] = ()
    community: PageLink | None = None
    capacity: int | None = None
    coming: int = 0
    cancelled: bool = False
    notice: str = ""
    updated_at: float = 0.0


class CommunityPage(Struct, frozen=True, kw_only=True):
    """A community; ``joining`` says in words how one becomes a member."""

    id: str
    name: str
    summary: str = ""
    about: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    joining: str = ""
    members: int = 0
    founded_at: float = 0.0
    moderators: tuple[PageLink, ...] = ()
    rooms: tuple[ListedRoom, ...] = ()
    events: tuple[CalendarEventLine, ...] = ()
    next_rooms: str = ""
    next_events: str = ""


class PersonPage(Struct, frozen=True, kw_only=True):
    """A person, as far as they made themselves public."""

    id: str
    name: str
    headline: str = ""
    pronouns: str = ""
    company: str = ""
    location: str = ""
    bio: str = ""
    links: tuple[OutsideLink, ...] = ()
    claims: tuple[ProvenClaim, ...] = ()
    events: tuple[CalendarEventLine, ...] = ()
    next_events: str = ""


Page = ServerPage | ListPage | RoomPage | CalendarEventPage | CommunityPage | PersonPage
