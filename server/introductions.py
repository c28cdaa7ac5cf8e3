"""How people, communities and events are introduced wherever they are listed outside of rooms.

Here, and nowhere else, badges come to people in answers of desks, and marks to who or what reads
like somebody verified, or like another community. In rooms that is :mod:`server.rooms.rules.names`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from msgspec.structs import replace

from roomcli.protocol import events as e
from roomcli.protocol.badges import Badge, leading_badges
from roomcli.protocol.calendar import ListedOccurrence, ShownEvent
from roomcli.protocol.community import CommunityCard, CommunityDetails
from roomcli.protocol.people import Person

from .calendar.planned import PlannedEvents
from .communities.directory import CommunityDirectory
from .people.profiles.visible import as_in_profile
from .people.skeleton import skeletons
from .people.verified_names import VerifiedNames
from .store import Store

BadgesOf = Callable[[Person], tuple[Badge, ...]]
C = TypeVar("C", bound=CommunityCard)
E = TypeVar("E", bound=e.Event)


class Introductions:
    """Introduces who and what is in an answer; ``badges_of`` says what is shown of somebody."""

    def __init__(
        self,
        store: Store,
        badges_of: BadgesOf,
        communities: CommunityDirectory,
        planned: PlannedEvents,
    ) -> None:
        self._store = store
        self._badges_of = badges_of
        self._communities = communities
        self._planned = planned
        self._names = VerifiedNames()

    def note_person(self, id: str) -> None:
        """Note that somebody is called otherwise, or that something else is proven of them."""
        person = self._store.people.find(id)
        badges = self._badges_of(person) if person is not None else ()
        if person is None or not badges:
            self._names.note(id, ())
            return
        name = as_in_profile(person, self._store.profiles.of_person(id)).name
        self._names.note(id, (name, *_domains(badges)))

    def introduce(self, event: E) -> E:
        """Return an event with the badges and marks of whom and what it is about."""
        match event:
            case e.HomeShown():
                return replace(
                    event,
                    people=self._by_id(event.people),
                    communities=self._cards(event.communities),
                    discoverable=self._cards(event.discoverable),
                    occurrences=self._times(event.occurrences),
                )
            case e.SearchResults():
                return replace(
                    event,
                    people=self._people_of(event.people),
                    communities=self._cards(event.communities),
                    occurrences=self._times(event.occurrences),
                )
            case e.TiesPage():
                return replace(event, people=self._people_of(event.people))
            case e.ProfileShown():
                return replace(event, person=self._verified(event.person))
            case e.CommunitiesListed():
                return replace(event, communities=self._cards(event.communities))
            case e.CommunityShown():
                return replace(event, community=self._details(event.community))
            case e.CommunityPeople(people=people):
                shown = self._people_of(each.person for each in people)
                pairs = zip(people, shown, strict=True)
                return replace(event, people=tuple(replace(a, person=b) for a, b in pairs))
            case e.ApplicationMade():
                return replace(event, person=self._verified(event.person))
            case e.EventShown():
                return replace(
                    event,
                    shown=self._planned_event(event.shown),
                    upcoming=self._times(event.upcoming),
                    people=self._by_id(event.people),
                )
            case e.EventsListed():
                return replace(event, occurrences=self._times(event.occurrences))
            case e.AnswersListed():
                return replace(event, people=self._by_id(event.people))
        return event

    # People: who is marked is so beside somebody verified, as in a room.

    def _verified(self, person: Person) -> Person:
        return replace(person, badges=leading_badges(self._badges_of(person)))

    def _people_of(self, people: Iterable[Person]) -> tuple[Person, ...]:
        return told_apart(map(self._verified, people))

    def _by_id(self, people: Mapping[str, Person]) -> dict[str, Person]:
        return dict(zip(people, self._people_of(people.values()), strict=True))

    # Communities and events: there is no verified one of them, so people stand for them.

    def _cards(self, cards: Iterable[CommunityCard]) -> tuple[CommunityCard, ...]:
        return tuple(map(self._card, cards))

    def _card(self, card: C) -> C:
        owners = self._communities.owners_of(card.id)
        lookalike = self._names.reads_like_another(card.name, owners) or (
            self._communities.reads_like_another(card.name, card.id)
        )
        return replace(card, lookalike=True) if lookalike else card

    def _details(self, details: CommunityDetails) -> CommunityDetails:
        heir = details.successor
        known = (*details.owners, *details.moderators, *((heir,) if heir is not None else ()))
        people = {each.id: each for each in self._people_of(known)}
        return replace(
            self._card(details),
            owners=tuple(people[each.id] for each in details.owners),
            moderators=tuple(people[each.id] for each in details.moderators),
            successor=people[heir.id] if heir is not None else None,
        )

    def _times(self, times: Iterable[ListedOccurrence]) -> tuple[ListedOccurrence, ...]:
        return tuple(
            replace(each, lookalike=True)
            if self._is_lookalike(each.event, each.title, each.community)
            else each
            for each in times
        )

    def _planned_event(self, shown: ShownEvent) -> ShownEvent:
        lookalike = self._is_lookalike(shown.id, shown.title, shown.community)
        return replace(shown, lookalike=True) if lookalike else shown

    def _is_lookalike(self, event: str, title: str, community: str) -> bool:
        known = self._planned.look_up(event)
        # Whoever is asked to speak, and has not agreed, proves nothing for it.
        takes_part = known.agreed & known.named if known is not None else ()
        return self._names.reads_like_another(title, takes_part) or (
            self._communities.reads_like_another(title, community)
        )


def told_apart(people: Iterable[Person]) -> tuple[Person, ...]:
    """Return people of one list, with a mark for who has no badges and reads like who has. Pure."""
    listed = tuple(people)
    forms: dict[str, set[str]] = {}
    for each in listed:
        if each.badges:
            for form in skeletons(each.name):
                forms.setdefault(form, set()).add(each.id)
    return tuple(
        replace(each, lookalike=True)
        if not each.badges and any(form in forms for form in skeletons(each.name))
        else each
        for each in listed
    )


def _domains(badges: Iterable[Badge]) -> Iterable[str]:
    for badge in badges:
        if badge.kind == "domain" or badge.domain:
            yield badge.domain or badge.subject
