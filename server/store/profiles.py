"""The profiles that people filled in, by the ids of the people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from roomcli.protocol.profile import Profile

from ..changes import Changes


class Profiles(Protocol):
    """Everybody's profile; they are in memory, since each of them says how somebody is shown."""

    @property
    def changes(self) -> Changes[Profile]:
        """Tells of every profile that is saved or forgotten, by its person."""

    @property
    def elsewhere(self) -> Changes[Profile]:
        """Tells of each profile that another server changed, by its person."""

    def __len__(self) -> int:
        """Return how many profiles there are."""

    def everybody(self) -> Iterable[tuple[str, Profile]]:
        """Return all profiles, each with its person."""

    def of_person(self, person: str) -> Profile | None:
        """Return the profile of the person with this id; None for somebody who filled in none."""

    def save(self, person: str, profile: Profile) -> None:
        """Save somebody's profile, in place of the one before."""

    def forget(self, person: str) -> None:
        """Delete somebody's profile, if there is one."""
