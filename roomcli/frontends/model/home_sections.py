"""What home shows of servers, in sections: live rooms, what is planned, communities, people. Pure.

The server tells the open rooms as they fill, and now and then all else that concerns the user; what
is typed is looked for in both, and by the server in all that it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import localtime
from typing import NamedTuple

from ...errors import CommandRefused
from ...protocol import events as e
from ...protocol.calendar import ListedOccurrence
from ...protocol.community import CommunityCard
from ...protocol.people import Person
from ..words.day_words import Local, day_words
from .open_rooms import OpenRoom, RoomsNews, Unreached, described


class LiveRoomRow(NamedTuple):
    """An open room, and who is on stage there of those whom the user follows."""

    room: OpenRoom
    followed: tuple[str, ...] = ()
    community: str = ""
    server: str = ""

    @property
    def key(self) -> str:
        """What tells the row from others."""
        return f"room {self.room.name} {self.server}"


class PlannedRow(NamedTuple):
    """One time of an event."""

    occurrence: ListedOccurrence
    community: str = ""
    server: str = ""

    @property
    def key(self) -> str:
        """What tells the row from others."""
        return f"event {self.occurrence.event} {self.occurrence.day} {self.server}"


class CommunityRow(NamedTuple):
    """A community."""

    card: CommunityCard
    server: str = ""

    @property
    def key(self) -> str:
        """What tells the row from others."""
        return f"community {self.card.id} {self.server}"


class PersonRow(NamedTuple):
    """Somebody, and the room where they are on stage, if the user follows them."""

    person: Person
    room: str = ""
    server: str = ""

    @property
    def key(self) -> str:
        """What tells the row from others."""
        return f"person {self.person.id} {self.server}"


class ServerRow(NamedTuple):
    """One of several servers, and how it is reached: the heading of what goes on there."""

    server: str
    state: Unreached | CommandRefused | int | None = None
    """Why it is not reached; else how many rooms are open, or None before it has said anything."""

    @property
    def key(self) -> str:
        """What tells the row from others."""
        return f"server {self.server}"


HomeRow = LiveRoomRow | PlannedRow | CommunityRow | PersonRow | ServerRow


class HomeSection(NamedTuple):
    """Rows under a title; ``total`` is how many there are, of which these are the first.

    One without a title is the heading of a server.
    """

    title: str
    rows: tuple[HomeRow, ...]
    total: int


@dataclass(frozen=True)
class HomeFacts:
    """All that home knows of one server: its news, how it is reached, and what a search found."""

    server: str = ""
    rooms: tuple[OpenRoom, ...] = ()
    shown: e.HomeShown = field(default_factory=e.HomeShown)
    is_told: bool = False
    """Whether the server has said anything yet."""
    trouble: Unreached | CommandRefused | None = None
    typed: str = ""
    found: e.SearchResults | None = None
    closed: frozenset[str] = frozenset()
    """Rooms that have closed since the server told what stands at home."""

    def after(self, news: RoomsNews) -> HomeFacts:
        """Return what home knows after news of the server."""
        match news:
            case Unreached() | CommandRefused():
                return replace(self, trouble=news)
            case e.HomeShown():
                told = replace(self, is_told=True, trouble=None)
                return replace(told, shown=news, closed=frozenset())
        names = {room.name for room in news}
        gone = self.closed | {room.name for room in self.rooms}
        closed = frozenset(gone - names)
        return replace(self, is_told=True, trouble=None, rooms=news, closed=closed)

    def looking_for(self, typed: str) -> HomeFacts:
        """Return what home knows once something else is looked for."""
        return replace(self, typed=typed, found=None)

    def waited(self, seconds: float) -> HomeFacts:
        """Return what home knows so many seconds after the server was not reached."""
        match self.trouble:
            case Unreached(why, float(left)):
                return replace(self, trouble=Unreached(why, max(0.0, left - seconds)))
        return self

    @property
    def row(self) -> ServerRow:
        """The server as a row."""
        rooms = len(self.rooms) if self.is_told else None
        return ServerRow(self.server, self.trouble or rooms)

    def sections(self, now: float, local: Local = localtime) -> tuple[HomeSection, ...]:
        """Return what to show, without sections that have nothing in them."""
        shown, names = self.shown, self._names
        at = self.server
        times = [PlannedRow(one, names.get(one.community, ""), at) for one in self._occurrences]
        today = [one for one in times if _is_today(one.occurrence, now, local)]
        later = [one for one in times if one not in today]
        mine = [CommunityRow(card, at) for card in shown.communities]
        others = [CommunityRow(card, at) for card in self._discoverable]
        people = tuple(self._people_rows())
        live = tuple(self._room_rows())
        sections: tuple[HomeSection, ...] = (
            _section("Live", live),
            _section("Today", today),
            _section("Later" if self.typed else "This week", later),
            _section("Communities", mine, shown.total_communities),
            _section("Communities to join", others, shown.total_discoverable),
            _section("People" if self.typed else "You follow", people, shown.total_following),
        )
        if self.typed:
            sections = tuple(_narrowed(each, self._fits) for each in sections)
        return tuple(section for section in sections if section.rows)

    @property
    def _names(self) -> Mapping[str, str]:
        found = self.found.community_names if self.found is not None else {}
        return {**self.shown.community_names, **found}

    def _room_rows(self) -> Iterator[LiveRoomRow]:
        """Yield the rooms: where people are whom one follows, communities', then the fullest."""
        open_now = {room.name: room for room in self.rooms}
        told = {each.room.name: each for each in self.shown.rooms}
        found = self.found.rooms if self.found is not None else ()
        for name, home in told.items():
            if name in self.closed:
                continue
            followed = tuple(self._name_of_person(id) for id in home.followed)
            room = open_now.get(name) or described(home.room)
            yield LiveRoomRow(room, followed, self._names.get(home.community, ""), self.server)
        for room in self.rooms:
            if room.name not in told:
                yield LiveRoomRow(room, server=self.server)
        for listed in found:
            if listed.name not in told and listed.name not in open_now:
                yield LiveRoomRow(described(listed), server=self.server)

    @property
    def _occurrences(self) -> list[ListedOccurrence]:
        found = self.found.occurrences if self.found is not None else ()
        known = {(one.event, one.day): one for one in (*self.shown.occurrences, *found)}
        return [*known.values()]

    @property
    def _discoverable(self) -> Iterable[CommunityCard]:
        found = self.found.communities if self.found is not None else ()
        mine = {card.id for card in self.shown.communities}
        cards = {card.id: card for card in (*self.shown.discoverable, *found)}
        return (card for id, card in cards.items() if id not in mine)

    def _people_rows(self) -> Iterator[PersonRow]:
        """Yield who is followed, those on stage first, and then who was found."""
        on_stage = {id: room.room.name for room in self.shown.rooms for id in room.followed}
        following = sorted(self.shown.following, key=lambda id: id not in on_stage)
        for id in following:
            if (person := self.shown.people.get(id)) is not None:
                yield PersonRow(person, on_stage.get(id, ""), self.server)
        for person in self.found.people if self.found is not None else ():
            if person.id not in following:
                yield PersonRow(person, server=self.server)

    def _name_of_person(self, id: str) -> str:
        person = self.shown.people.get(id)
        return person.full_name if person is not None else "somebody"

    def _fits(self, row: HomeRow) -> bool:
        """Whether every typed word is in a row; what the server found does fit."""
        told = _text_of(row).casefold()
        fits = all(word in told for word in self.typed.casefold().split())
        return fits or row.key in self._found_keys

    @property
    def _found_keys(self) -> set[str]:
        found = self.found
        if found is None:
            return set()
        at = self.server
        return {
            *(f"room {room.name} {at}" for room in found.rooms),
            *(f"event {one.event} {one.day} {at}" for one in found.occurrences),
            *(f"community {card.id} {at}" for card in found.communities),
            *(f"person {person.id} {at}" for person in found.people),
        }


def sections_of(
    homes: Sequence[HomeFacts], now: float, local: Local = localtime
) -> tuple[HomeSection, ...]:
    """Return what to show of one server; of several, with a heading for each.

    Of what was typed one sees where it was found.
    """
    if len(homes) == 1:
        return homes[0].sections(now, local)
    told: list[HomeSection] = []
    for home in homes:
        sections = home.sections(now, local)
        if sections or not home.typed:
            told += [HomeSection("", (home.row,), 1), *sections]
    return tuple(told)


def _section(title: str, rows: Iterable[HomeRow], total: int = 0) -> HomeSection:
    kept = tuple(rows)
    return HomeSection(title, kept, max(total, len(kept)))


def _narrowed(section: HomeSection, fits: Callable[[HomeRow], bool]) -> HomeSection:
    rows = tuple(row for row in section.rows if fits(row))
    return HomeSection(section.title, rows, len(rows))


def _is_today(one: ListedOccurrence, now: float, local: Local) -> bool:
    return one.starts_at <= now or day_words(one.starts_at, now, local) == "Today"


def _text_of(row: HomeRow) -> str:
    match row:
        case LiveRoomRow(room, followed, community):
            return " ".join((room.name, room.topic, room.host, *followed, community))
        case PlannedRow(one, community):
            return f"{one.title} {one.host} {one.room} {community}"
        case CommunityRow(card):
            return f"{card.name} {card.summary}"
        case PersonRow(person, room):
            return f"{person.full_name} {person.headline} {room}"
        case ServerRow(server):
            return server
