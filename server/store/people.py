"""The people whom the server knows: their ids, by their keys."""

from __future__ import annotations

from typing import Protocol

from roomcli.protocol.people import Person

KEEP_PERSON = 30 * 24 * 3600.0
"""Seconds that somebody whom nothing names any more is kept after they were last in a room."""
MAX_PASSING = 20_000
"""The most people whom nothing names that are kept; of more, those seen last."""


class KnownPeople(Protocol):
    """Everybody who was in a room or at its door, as they were called last; an id never changes.

    Somebody is named by a seat, a ban, a silence, a chat message, a room that is theirs, a
    community that they are something to, the calendar, a profile, a claim, or as the person of
    several keys. ``key`` is the one by which a person is known, their first.
    """

    def id_of(self, key: str) -> str:
        """Return the id of the person with this key: a new, random one if the key is unknown.

        A new id is remembered for a while, but kept only when the person is saved.
        """

    def find(self, id: str) -> Person | None:
        """Return somebody by id, as they were saved last; None for somebody who is not kept."""

    def save(self, person: Person, now: float) -> None:
        """Save that this person is here now, in a room or at its door, and how they are called."""

    @property
    def is_crowded(self) -> bool:
        """Whether so many people are new that :meth:`forget_passing` should be called now."""

    async def forget_passing(self, now: float) -> None:
        """Delete people whom nothing names: who was seen long ago, and those beyond the most.

        Raises StoreError.
        """
