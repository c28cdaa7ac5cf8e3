"""How pages name people and communities: with a link where there is a page to show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from roomcli.protocol.people import Person
from roomcli.protocol.profile import PUBLIC, Profile

from ...communities.directory import CommunityDirectory
from ...communities.rules import STRANGER
from ...people.profiles.visible import find_shown
from ...store import Store
from .models import PageLink


class PageNames:
    """Names whom and what everybody may read of."""

    def __init__(
        self, store: Store, communities: CommunityDirectory, now: Callable[[], float]
    ) -> None:
        self._store = store
        self._communities = communities
        self._now = now

    def public_profile(self, id: str) -> Profile | None:
        """Return a profile for everybody to read; there is none of who is banned from here."""
        person, profile = self._store.people.find(id), self._store.profiles.of_person(id)
        if person is None or profile is None or profile.page != PUBLIC:
            return None
        if self._store.bans.from_server(person.key, self._now()) is not None:
            return None
        return profile

    def person_link(self, person: Person) -> PageLink:
        """Return how a person is named: by the name alone, unless they have a page."""
        profile = self.public_profile(person.id)
        if profile is None:
            shown = find_shown(self._store, person.id) or person
            return PageLink(name=shown.name)
        return PageLink(name=profile.name, path=f"p/{person.id}", headline=profile.headline)

    def person_links(
        self, ids: Iterable[str], people: Mapping[str, Person]
    ) -> tuple[PageLink, ...]:
        """Return how these people are named, as far as they are known."""
        found = (people.get(each) for each in ids)
        return tuple(self.person_link(each) for each in found if each is not None)

    def community_link(self, id: str) -> PageLink | None:
        """Return the link to a community's page; None for what a stranger may not know of."""
        seen = self._communities.visible(id, STRANGER) if id else None
        return None if seen is None else PageLink(name=seen.name, path=f"c/{id}")
