"""Makes pages of what a stranger without a login may see, and of nothing else.

What that is the rules of each noun say (``visible_to``), asked for nobody; here it is only put
into the shape of a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TypeVar

from msgspec.structs import replace

from roomcli.errors import CommandRefused
from roomcli.protocol import events as e
from roomcli.protocol.badges import Badge
from roomcli.protocol.calendar import ListedOccurrence
from roomcli.protocol.community import CommunityEntry
from roomcli.protocol.listing import ListedRoom
from roomcli.protocol.people import Person
from roomcli.protocol.profile import PUBLIC, Profile

from ...calendar.desk import CalendarDesk
from ...calendar.rules import CalendarEvent, Occurrence, last_occurrence
from ...communities.directory import CommunityDirectory
from ...communities.rules import STRANGER
from ...rooms.hub import Hub
from ...store import Store
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
from .proven import proven
from .series import repeats

MAX_ROOMS_SHOWN = 40
MAX_EVENTS_SHOWN = 20
MAX_IN_FEED = 50
AHEAD = 60 * 86400.0
"""Seconds ahead that the front page looks."""
_JOINING: dict[CommunityEntry, str] = {
    "open": "Everybody can become a member, with roomcli in a terminal.",
    "application": "Its moderators say who becomes a member: apply with roomcli in a terminal.",
    "invitation": "One becomes a member when a moderator invites one.",
}


T = TypeVar("T")
Cursor = tuple[float, str, str]
"""Start, event and day of the last time that was shown."""


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

    def now(self) -> float:
        """Return the server's time, in seconds since 1970."""
        return self._hub.now()

    def server_page(self) -> ServerPage:
        """Return the front page, with the listed rooms in which most people are."""
        rooms, _ = cut_page(self.rooms(), 1, MAX_ROOMS_SHOWN)
        events, more_events = cut_page(self.upcoming(), 1, MAX_EVENTS_SHOWN)
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
            events=tuple(islice(_each_once(self.upcoming()), MAX_IN_FEED)),
        )

    def room_page(self, name: str) -> RoomPage:
        """Return a room's page: the same for one that is not listed and one that is not there."""
        room = self._hub.room(name)
        listed = room.listed() if room is not None and room.is_listed else None
        community = self._community_of(name) if listed is not None else ""
        return RoomPage(name=name, listed=listed, community=self.community_link(community))

    def event_page(self, id: str) -> CalendarEventPage | None:
        """Return a calendar event's page; None for what a stranger may not know of."""
        event = self._calendar.planned.look_up(id)
        try:
            answer = self._calendar.listing.show(event, None, self.now())
        except CommandRefused:
            return None
        assert event is not None
        shown = answer.shown
        times = answer.upcoming or tuple(self._last_time(event))
        start = datetime.fromisoformat(shown.start)
        return CalendarEventPage(
            id=shown.id,
            title=shown.title,
            times=tuple(self._listed_time(each) for each in times),
            repeats=repeats(shown.recurrence, start.date()),
            agenda=shown.agenda,
            room=shown.room,
            organisers=self._named(shown.organisers, answer),
            speakers=self._named(shown.speakers, answer),
            community=self.community_link(shown.community),
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
        details = seen.details(self._known)
        rooms, more_rooms = cut_page(self.rooms_of(id), 1, MAX_ROOMS_SHOWN)
        events, more_events = cut_page(self.upcoming_of(id), 1, MAX_EVENTS_SHOWN)
        return CommunityPage(
            id=details.id,
            name=details.name,
            summary=details.summary,
            about=details.about,
            rules=details.rules,
            joining=_JOINING[details.entry],
            members=details.members,
            founded_at=details.founded_at,
            moderators=tuple(map(self._person_link, (*details.owners, *details.moderators))),
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
            events=tuple(islice(self.upcoming_of(id), MAX_IN_FEED)),
            updated_at=seen.details(self._known).founded_at,
        )

    def person_page(self, id: str) -> PersonPage | None:
        """Return a person's page; None unless they want one."""
        person, profile = self._store.people.find(id), self._public_profile(id)
        if person is None or profile is None:
            return None
        events, more_events = cut_page(self.upcoming_with(id), 1, MAX_EVENTS_SHOWN)
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

    # People.

    def _public_profile(self, id: str) -> Profile | None:
        """Return a profile for everybody to read; there is none of who is banned from here."""
        person, profile = self._store.people.find(id), self._store.profiles.of_person(id)
        if person is None or profile is None or profile.page != PUBLIC:
            return None
        if self._store.bans.from_server(person.key, self.now()) is not None:
            return None
        return profile

    def _known(self, id: str) -> Person | None:
        person, profile = self._store.people.find(id), self._store.profiles.of_person(id)
        if person is not None and profile is not None:
            return replace(person, name=profile.name, headline=profile.headline)
        return person

    def _named(self, ids: Iterable[str], answer: e.EventShown) -> tuple[PageLink, ...]:
        people = (answer.people.get(each) for each in ids)
        return tuple(self._person_link(each) for each in people if each is not None)

    def _person_link(self, person: Person) -> PageLink:
        """Return how a person is named: by the name alone, unless they have a page."""
        profile = self._public_profile(person.id)
        if profile is None:
            known = self._known(person.id) or person
            return PageLink(name=known.name)
        return PageLink(name=profile.name, path=f"p/{person.id}", headline=profile.headline)

    # Communities.

    def _community_of(self, room: str) -> str:
        return self._communities.community_of(room)

    def community_link(self, id: str) -> PageLink | None:
        """Return the link to a community's page; None for what a stranger may not know of."""
        seen = self._communities.visible(id, STRANGER) if id else None
        return None if seen is None else PageLink(name=seen.name, path=f"c/{id}")

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

    # Calendar events.

    def upcoming(self, after: Cursor = (0.0, "", "")) -> Iterator[CalendarEventLine]:
        """Yield what is on now and coming up, by time; with a cursor what comes after it."""
        now = self.now()
        since = max(now, after[0])  # all that is before need not be walked over
        found = self._calendar.planned.between(since, now + AHEAD, None, self._communities)
        rest = (pair for pair in found if (pair[1].starts_at, pair[0].id, pair[1].day) > after)
        return self._listed_times(rest)

    def upcoming_of(self, community: str) -> Iterator[CalendarEventLine]:
        """Yield the next times of what a community has planned."""
        found = self._next_times(self._calendar.planned.of_community(community))
        return (replace(each, community=None) for each in found)  # it is known whose they are

    def upcoming_with(self, person: str) -> Iterator[CalendarEventLine]:
        """Yield the next times of what somebody organises, or speaks at."""
        events = self._calendar.planned.concerning(person)
        named = (each for each in events if each.organises(person) or each.speaks(person))
        return self._next_times(named)

    def _next_times(self, events: Iterable[CalendarEvent]) -> Iterator[CalendarEventLine]:
        now, planned = self.now(), self._calendar.planned
        found = [(each, planned.next_of(each, now)) for each in events]
        times = [(event, each) for event, each in found if each is not None]
        return self._listed_times(sorted(times, key=lambda pair: (pair[1].starts_at, pair[0].id)))

    def _last_time(self, event: CalendarEvent) -> Iterator[ListedOccurrence]:
        last = last_occurrence(event)
        found = [] if last is None else [(event, last)]
        return iter(self._calendar.listing.rows(found, None))

    def _listed_times(
        self, found: Iterable[tuple[CalendarEvent, Occurrence]]
    ) -> Iterator[CalendarEventLine]:
        for row in self._calendar.listing.rows(found, None):
            yield self._listed_time(row)

    def _listed_time(self, row: ListedOccurrence) -> CalendarEventLine:
        event = self._calendar.planned.look_up(row.event)
        return CalendarEventLine(
            id=row.event,
            day=row.day,
            title=row.title,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            zone=row.zone,
            community=self.community_link(row.community),
            cancelled=row.cancelled,
            updated_at=event.changed_at if event is not None else 0.0,
        )


def cut_page(items: Iterable[T], number: int, length: int) -> tuple[tuple[T, ...], bool]:
    """Return the page of this number, the first is 1, and whether there is a next one."""
    page = tuple(islice(items, (number - 1) * length, number * length + 1))
    return page[:length], len(page) > length


def cursor_of(line: CalendarEventLine) -> str:
    """Return what a list of times goes on after, as a part of a path."""
    return f"{line.starts_at:.0f}-{line.id}-{line.day}"


def _each_once(lines: Iterable[CalendarEventLine]) -> Iterator[CalendarEventLine]:
    """Yield the first time of each event."""
    seen: set[str] = set()
    for each in lines:
        if each.id not in seen:
            seen.add(each.id)
            yield each
