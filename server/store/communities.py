"""Communities, and what people are to them; their moderation logs are among the others."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, Protocol

from ..communities.rules.state import KeptCommunity, Relation


class StoredCommunity(NamedTuple):
    """A community as it was saved last, with its people in the order in which they came."""

    community: KeptCommunity
    people: dict[str, Relation]


class KeptCommunities(Protocol):
    """The communities that nobody closed. Persons are named by their ids."""

    async def load(self) -> list[StoredCommunity]:
        """Return all of them, but those of which something is damaged: these the admin is told.

        Raises StoreError.
        """

    async def load_again(self, ids: Collection[str] | None) -> list[StoredCommunity]:
        """Return those with these ids, or all, as they are once everything queued is written.

        Raises StoreError.
        """

    def save(self, community: KeptCommunity) -> None:
        """Save what a community says of itself.

        Of several servers that do it at once one is right, and the others are refused.
        """

    def reserve(self, community: str, rooms: Collection[str], names: Collection[str]) -> None:
        """Note that a community has these rooms now, and names, by what these read as.

        Of two that take the same at once, on two servers, one is refused.
        """

    def save_person(self, community: str, person: str, relation: Relation) -> None:
        """Save what somebody is to a community, in place of what they were."""

    def forget_person(self, community: str, person: str) -> None:
        """Save that somebody is nothing to a community any longer."""

    def remove(self, community: str) -> None:
        """Delete a closed community with all that people are to it; its log stays for a while."""
