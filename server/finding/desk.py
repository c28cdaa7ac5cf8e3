"""The desk that shows home, and searches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import get_args

import trio

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.finding import SEARCH_PAGE, SearchKind
from roomcli.protocol.people import Person
from roomcli.protocol.profile import Profile
from roomcli.protocol.text import cleaned

from ..calendar.desk import CalendarDesk
from ..calendar.rules import CalendarEvent
from ..communities.directory import CommunityDirectory
from ..communities.rules import Community
from ..people.profiles.visible import visible_to
from ..rooms.hub import Hub
from ..store import Store
from .composing import HomeComposer
from .searching import FoundPage, find_page
from .word_index import WordIndex

_KINDS: tuple[SearchKind, ...] = get_args(SearchKind)
_LOADED_AT_ONCE = 200


class FindingDesk:
    """Answers what is asked of home, and searches; it keeps nothing but indexes of words."""

    commands = get_args(c.FindingCommand)
    questions = commands

    def __init__(
        self,
        composer: HomeComposer,
        hub: Hub,
        store: Store,
        communities: CommunityDirectory,
        calendar: CalendarDesk,
    ) -> None:
        self._composer = composer
        self._hub = hub
        self._store = store
        self._communities = communities
        self._calendar = calendar
        self._people = WordIndex()
        self._groups = WordIndex()
        self._planned = WordIndex()
        self._rooms = WordIndex()
        self._topics: dict[str, str] = {}

    async def read_all(self) -> None:
        """Index the words of all that is there, and of what changes from now on."""
        self._store.profiles.changes.hear(self._note_profile)
        self._communities.changes.hear(self._note_community)
        self._calendar.planned.changes.hear(self._note_planned)
        for number, (person, profile) in enumerate(self._store.profiles.everybody()):
            self._note_profile(person, None, profile)
            if number % _LOADED_AT_ONCE == 0:
                await trio.lowlevel.checkpoint()
        for community in self._communities.everything():
            self._note_community(community.id, None, community)
        for number, event in enumerate(self._calendar.planned.everything()):
            self._note_planned(event.id, None, event)
            if number % _LOADED_AT_ONCE == 0:
                await trio.lowlevel.checkpoint()

    async def carry_out(self, asker: Person, command: c.FindingCommand) -> Sequence[e.DeskEvent]:
        """Carry out a command. Raises nothing: what is not found is no error."""
        match command:
            case c.ShowHome():
                return [await self._composer.home_of(asker.id)]
            case c.Search():
                return [await self._find_all(asker.id, command)]

    def export(self, person: Person) -> Iterable[e.ThingHeld]:
        """Return nothing: what is found here others hold."""
        return ()

    def forget(self, person: Person) -> None:
        """Do nothing: what is deleted elsewhere is found no more."""

    # Searching.

    async def _find_all(self, asker: str, command: c.Search) -> e.SearchResults:
        kinds = _KINDS if command.of == "everything" else (command.of,)
        pages = {kind: await self._find_kind(kind, asker, command) for kind in kinds}
        ids = {kind: pages[kind].ids if kind in pages else () for kind in _KINDS}
        rooms = (self._hub.seen_room(each) for each in ids["rooms"])
        people = (self._find_person(each, asker) for each in ids["people"])
        groups = (self._communities.visible(each, asker) for each in ids["communities"])
        now = self._hub.now()
        times = (self._calendar.answers.next_time(each, asker, now) for each in ids["events"])
        occurrences = tuple(each for each in times if each is not None)
        belonging = (each.community for each in occurrences)
        return e.SearchResults(
            of=command.of,
            text=cleaned(command.text, len(command.text)),
            offset=command.offset,
            rooms=tuple(each.listed() for each in rooms if each is not None),
            people=tuple(each for each in people if each is not None),
            communities=tuple(each.card() for each in groups if each is not None),
            occurrences=occurrences,
            more=tuple(kind for kind, page in pages.items() if page.more),
            community_names=self._composer.community_names(belonging, asker),
        )

    async def _find_kind(self, kind: SearchKind, asker: str, command: c.Search) -> FoundPage:
        text, offset = command.text, command.offset
        match kind:
            case "rooms":
                self._renew_rooms()
                return await find_page(self._rooms, text, self._is_listed, offset, SEARCH_PAGE)
            case "people":
                blocks = self._store.ties.made_by(asker, "blocks")
                return await find_page(
                    self._people,
                    text,
                    lambda id: id not in blocks and self._find_person(id, asker) is not None,
                    offset,
                    SEARCH_PAGE,
                )
            case "communities":
                return await find_page(
                    self._groups,
                    text,
                    lambda id: self._communities.visible(id, asker) is not None,
                    offset,
                    SEARCH_PAGE,
                )
            case "events":
                return await find_page(
                    self._planned,
                    text,
                    lambda id: self._calendar.answers.is_ahead_for(id, asker, self._hub.now()),
                    offset,
                    SEARCH_PAGE,
                )

    def _find_person(self, id: str, viewer: str) -> Person | None:
        store, person = self._store, self._store.people.find(id)
        now = self._hub.now()
        return visible_to(
            person,
            store.profiles.of_person(id),
            is_banned=person is not None and store.bans.from_server(person.key, now) is not None,
            is_blocked=id in store.ties.made_by(viewer, "blocks"),
        )

    def _is_listed(self, name: str) -> bool:
        return self._hub.seen_room(name) is not None

    # The indexes.

    def _renew_rooms(self) -> None:
        """Index the rooms as they are now; those that are there already cost next to nothing."""
        topics = {each.name: each.topic for each in self._hub.seen_rooms()}
        for name in self._topics.keys() - topics.keys():
            self._rooms.remove(name)
        for name, topic in topics.items():
            if self._topics.get(name) != topic:
                self._rooms.index_texts(name, ((name, 2), (topic, 1)))
        self._topics = topics

    def _note_profile(self, id: str, before: Profile | None, now: Profile | None) -> None:
        if now is None:
            self._people.remove(id)
        else:
            self._people.index_texts(id, ((now.name, 3), (now.company, 2), (now.headline, 1)))

    def _note_community(self, id: str, before: Community | None, now: Community | None) -> None:
        if now is None:
            self._groups.remove(id)
        elif before is None or _texts(before) != _texts(now):
            self._groups.index_texts(id, _texts(now))

    def _note_planned(
        self, id: str, before: CalendarEvent | None, now: CalendarEvent | None
    ) -> None:
        if now is None:
            self._planned.remove(id)
        elif before is None or before.plan.title != now.plan.title:
            self._planned.index_texts(id, ((now.plan.title, 1),))


def _texts(community: Community) -> tuple[tuple[str, int], ...]:
    about = ((line, 1) for line in community.about)
    return ((community.name, 3), (community.summary, 2), *about)
