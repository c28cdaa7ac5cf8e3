"""The keys of persons who have, or had, more than the one key that they are known by."""

from __future__ import annotations

from typing import Protocol

from ..changes import Changes
from ..people.keyring import KnownPerson


class Keyrings(Protocol):
    """The persons of whose keys something is known. Everybody else is the one key that they use.

    They are in memory too, since each newcomer's key is looked up.
    """

    @property
    def elsewhere(self) -> Changes[KnownPerson]:
        """Tells of each person whose keys another server changed, by the first key."""

    def everybody(self) -> list[KnownPerson]:
        """Return all persons that are kept."""

    def is_damaged(self, id: str) -> bool:
        """Whether what was kept of a person's keys cannot be read any more."""

    def save(self, person: KnownPerson) -> None:
        """Save a person's keys; this replaces what was kept of them."""

    def forget(self, id: str) -> None:
        """Delete what is kept of a person's keys: they are another person's, or one key alone."""
