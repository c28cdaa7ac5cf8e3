"""What stands at home for one person: put together from what each noun shows to them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from itertools import islice

import trio

from roomcli.protocol import events as e
from roomcli.protocol.community import CommunityCard
from roomcli.protocol.finding import (
    HOME_COMMUNITIES,
    HOME_DISCOVERABLE,
    HOME_FOLLOWED,
    HOME_OCCURRENCES,
    HOME_ROOMS,
    MAX_ON_STAGE,
    HomeRoom,
)

from ..calendar.desk import CalendarDesk
from ..calendar.rules import Circle
from ..communities.directory import CommunityDirectory
from ..people.profiles.visible import shown_or_somebody
from ..people.ties.follows import follows_that_count
from ..rooms.hub import Hub
from ..rooms.other_rooms import SeenRoom
from ..store import Store

SLICE = 200
"""Rooms that are looked at before other tasks get their turn: less than a millisecond."""


class HomeComposer:
    """Says what stands at home for a person, by id; it keeps nothing."""

    def __init__(
        self, hub: Hub, store: Store, communities: CommunityDirectory, calendar: CalendarDesk
    ) -> None:
        self._hub = hub
        self._store = store
        self._communities = communities
        self._calendar = calendar

    async def home_of(self, person: str) -> e.HomeShown:
        """Return what stands at home for somebody now.

        Other tasks get their turn between its parts, each of which takes few milliseconds.
        """
        rooms, total_rooms = await self._rooms(person)
        await trio.lowlevel.checkpoint()
        circle = Circle(
            communities=self.own_ids(person),
            people=follows_that_count(self._store.ties, person).keys(),
        )
        now = self._hub.now()
        week = self._calendar.answers.foremost(person, circle, HOME_OCCURRENCES, now)
        await trio.lowlevel.checkpoint()
        mine, total_mine = self._own_communities(person)
        discoverable, total_discoverable = self._communities.discoverable(0, person)
        follows = self._store.ties.made_by(person, "follows")
        following = tuple([*follows][::-1][:HOME_FOLLOWED])
        named = dict.fromkeys((*following, *(each for room in rooms for each in room.followed)))
        belonging = [*(each.community for each in rooms)]
        belonging += [each.community for each in week.occurrences]
        return e.HomeShown(
            rooms=rooms,
            total_rooms=total_rooms,
            occurrences=week.occurrences,
            more=week.more,
            communities=mine,
            total_communities=total_mine,
            discoverable=tuple(each.card() for each in discoverable[:HOME_DISCOVERABLE]),
            total_discoverable=total_discoverable,
            following=following,
            total_following=len(follows),
            people={id: shown_or_somebody(self._store, id) for id in named},
            community_names=self.community_names(belonging, person),
        )

    def community_names(self, ids: Iterable[str], person: str) -> dict[str, str]:
        """Return the names of communities, by id, as far as a person may know of them."""
        names = {id: self._communities.shown_name(id, person) for id in ids if id}
        return {id: name for id, name in names.items() if name}

    def own_ids(self, person: str) -> set[str]:
        """Return the communities that somebody is in or follows, by id."""
        related = {each.id for each in self._communities.related(person) if person in each.members}
        return related | self._store.ties.made_by(person, "community").keys()

    async def _rooms(self, person: str) -> tuple[tuple[HomeRoom, ...], int]:
        follows = follows_that_count(self._store.ties, person)
        own = self.own_ids(person)
        total, found = 0, list[tuple[int, int, str]]()
        for number, room in enumerate(self._hub.seen_rooms(), 1):
            total += 1
            rank = self._rank(room, follows, own)
            found.append((rank, -room.number_of_people, room.name))
            if number % SLICE == 0:
                await trio.lowlevel.checkpoint()
        first = (self._hub.seen_room(name) for _, _, name in heapq.nsmallest(HOME_ROOMS, found))
        shown_rooms = (each for each in first if each is not None)
        return tuple(self._home_room(each, person, follows) for each in shown_rooms), total

    def _rank(self, room: SeenRoom, follows: Mapping[str, float], own: set[str]) -> int:
        """Return where a room stands: 0 with somebody followed, 1 of an own community, else 2."""
        if follows and any(each in follows for each in room.on_stage):
            return 0
        return 1 if own and self._communities.community_of(room.name) in own else 2

    def _home_room(self, room: SeenRoom, person: str, follows: Mapping[str, float]) -> HomeRoom:
        community = self._communities.community_of(room.name)
        seen = bool(community) and bool(self._communities.shown_name(community, person))
        followed = (each for each in room.on_stage if each in follows)
        return HomeRoom(
            room=room.listed(),
            community=community if seen else "",
            followed=tuple(islice(followed, MAX_ON_STAGE)),
        )

    def _own_communities(self, person: str) -> tuple[tuple[CommunityCard, ...], int]:
        mine = [each.card() for each in self._communities.mine(person)]
        known = {each.id for each in mine}
        followed = (
            self._communities.visible(id, person)
            for id in self._store.ties.made_by(person, "community")
            if id not in known
        )
        cards = [*mine, *(each.card() for each in followed if each is not None)]
        return tuple(cards[:HOME_COMMUNITIES]), len(cards)
