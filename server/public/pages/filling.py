"""Makes pages of what a stranger without a login may see, and of nothing else.

What that is the rules of each noun say (``visible_to``), asked for nobody; here it is only put
into the shape of a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TypeVar

from roomcli.errors import CommandRefused
from roomcli.protocol.badges import Badge
from roomcli.protocol.community import CommunityEntry
from roomcli.protocol.listing import ListedRoom
from roomcli.protocol.people import Person

from ...calendar.desk import CalendarDesk
from ...communities.directory import CommunityDirectory
from ...communities.rules import STRANGER
from ...people.profiles.visible import find_shown
from ...rooms.hub import Hub
from ...store import Store
from .coming_up import ComingUp, cursor_of
from .links import outside_link
from .models import (
    CalendarEventLine,
    CalendarEventPage,
    CommunityPage,
    EventFeed,
    PageLink,
    PersonPage,
    RoomPage,
    ServerPage,
)
from .names import PageNames
from .proven import proven
from .series import repeats

MAX_ROOMS_SHOWN = 40
MAX_EVENTS_SHOWN = 20
MAX_IN_FEED = 50
_JOINING: dict[CommunityEntry, str] = {
    "open": "Everybody can become a member, with roomcli in a terminal.",
    "application": "Its moderators say who becomes a member: apply with roomcli in a terminal.",
    "invitation": "One becomes a member when a moderator invites one.",
}


T = TypeVar("T")


class Showing:
    """What this server shows to everybody."""

    def __init__(
        self,
        hub: Hub,
        store: Store,
        communities: CommunityDirectory,
        calendar: CalendarDesk,
        badges_of: Callable[[Person], tuple[Badge, ...]],
    ) -> None:
        self._hub = hub
        self._store = store
        self._communities = communities
        self._calendar = calendar
        self._badges_of = badges_of
        self.names = PageNames(store, communities, hub.now)
        self.coming = ComingUp(calendar, communities, self.names, hub.now)

    def now(self) -> float:
        """Return the server's time, in seconds since 1970."""
        return self._hub.now()

    def server_page(self) -> ServerPage:
        """Return the front page, with the listed rooms in which most people are."""
        rooms, _ = cut_page(self.rooms(), 1, MAX_ROOMS_SHOWN)
        events, more_events = cut_page(self.coming.everything(), 1, MAX_EVENTS_SHOWN)
        communities, more_communities = self.communities(1)
        return ServerPage(
            rooms=rooms,
            more_rooms=len(self.rooms()) - len(rooms),
            events=events,
            communities=communities,
            next_events=f"coming/{cursor_of(events[-1])}" if more_events else "",
            next_communities="communities/2" if more_communities else "",
        )

    def server_feed(self, url: str) -> EventFeed:
        """Return what is coming up on the server at this URL."""
        host = url.partition("://")[2]
        return EventFeed(
            title=f"Coming up on {host}",
            path="events.atom",
            page_path="",
            author=host,
            events=tuple(islice(_each_once(self.coming.everything()), MAX_IN_FEED)),
        )

    def room_page(self, name: str) -> RoomPage:
        """Return a room's page: the same for one that is not listed and one that is not there."""
        room = self._hub.seen_room(name)
        listed = room.listed() if room is not None else None
        community = self._community_of(name) if listed is not None else ""
        return RoomPage(name=name, listed=listed, community=self.names.community_link(community))

    def event_page(self, id: str) -> CalendarEventPage | None:
        """Return a calendar event's page; None for what a stranger may not know of."""
        event = self._calendar.planned.look_up(id)
        try:
            answer = self._calendar.listing.show(event, None, self.now())
        except CommandRefused:
            return None
        assert event is not None
        shown = answer.shown
        times = answer.upcoming or tuple(self.coming.last_of(event))
        start = datetime.fromisoformat(shown.start)
        return CalendarEventPage(
            id=shown.id,
            title=shown.title,
            times=tuple(map(self.coming.listed_time, times)),
            repeats=repeats(shown.recurrence, start.date()),
            agenda=shown.agenda,
            room=shown.room,
            organisers=self.names.person_links(shown.organisers, answer.people),
            speakers=self.names.person_links(shown.speakers, answer.people),
            community=self.names.community_link(shown.community),
            capacity=shown.capacity,
            coming=times[0].coming if times else 0,
            cancelled=shown.cancelled,
            notice=shown.notice,
            updated_at=event.changed_at,
        )

    def community_page(self, id: str) -> CommunityPage | None:
        """Return a community's page; None for what a stranger may not know of."""
        seen = self._communities.visible(id, STRANGER)
        if seen is None:
            return None
        details = seen.details(partial(find_shown, self._store))
        rooms, more_rooms = cut_page(self.rooms_of(id), 1, MAX_ROOMS_SHOWN)
        events, more_events = cut_page(self.coming.of_community(id), 1, MAX_EVENTS_SHOWN)
        return CommunityPage(
            id=details.id,
            name=details.name,
            summary=details.summary,
            about=details.about,
            rules=details.rules,
            joining=_JOINING[details.entry],
            members=details.members,
            founded_at=details.founded_at,
            moderators=tuple(map(self.names.person_link, (*details.owners, *details.moderators))),
            rooms=rooms,
            events=events,
            next_rooms=f"c/{id}/live/2" if more_rooms else "",
            next_events=f"c/{id}/coming/2" if more_events else "",
        )

    def community_feed(self, id: str) -> EventFeed | None:
        """Return what is coming up in a community; None for what a stranger may not know of."""
        seen = self._communities.visible(id, STRANGER)
        if seen is None:
            return None
        return EventFeed(
            title=seen.name,
            path=f"c/{id}/events.atom",
            page_path=f"c/{id}",
            author=seen.name,
            events=tuple(islice(self.coming.of_community(id), MAX_IN_FEED)),
            updated_at=seen.details(partial(find_shown, self._store)).founded_at,
        )

    def person_page(self, id: str) -> PersonPage | None:
        """Return a person's page; None unless they want one."""
        person, profile = self._store.people.find(id), self.names.public_profile(id)
        if person is None or profile is None:
            return None
        events, more_events = cut_page(self.coming.with_person(id), 1, MAX_EVENTS_SHOWN)
        return PersonPage(
            id=id,
            name=profile.name,
            headline=profile.headline,
            pronouns=profile.pronouns,
            company=profile.company,
            location=profile.location,
            bio=profile.bio,
            links=tuple(filter(None, map(outside_link, profile.links))),
            claims=tuple(map(proven, self._badges_of(person))),
            events=events,
            next_events=f"p/{id}/coming/2" if more_events else "",
        )

    # Communities.

    def _community_of(self, room: str) -> str:
        return self._communities.community_of(room)

    def communities(self, number: int) -> tuple[tuple[PageLink, ...], bool]:
        """Return a page of those that everybody may find, and whether there is a next one."""
        offset = (number - 1) * MAX_ROOMS_SHOWN
        found, total = self._communities.discoverable(offset, STRANGER)
        page = tuple(
            PageLink(name=each.name, path=f"c/{each.id}", headline=each.card().summary)
            for each in found[:MAX_ROOMS_SHOWN]
        )
        return page, offset + MAX_ROOMS_SHOWN < total

    # Rooms.

    def rooms(self) -> list[ListedRoom]:
        """Return the listed rooms, those with most people first."""
        listed = self._hub.all_listed()
        return sorted(listed, key=lambda each: (-(each.stage + each.audience), each.name))

    def rooms_of(self, id: str) -> Iterator[ListedRoom]:
        """Yield the listed rooms of a community."""
        return (each for each in self._hub.all_listed() if self._community_of(each.name) == id)


def cut_page(items: Iterable[T], number: int, length: int) -> tuple[tuple[T, ...], bool]:
    """Return the page of this number, the first is 1, and whether there is a next one."""
    page = tuple(islice(items, (number - 1) * length, number * length + 1))
    return page[:length], len(page) > length


def _each_once(lines: Iterable[CalendarEventLine]) -> Iterator[CalendarEventLine]:
    """Yield the first time of each event."""
    seen: set[str] = set()
    for each in lines:
        if each.id not in seen:
            seen.add(each.id)
            yield each
