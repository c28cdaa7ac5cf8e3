"""The table of profiles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from roomcli.errors import StoreError
from roomcli.protocol.profile import Profile

from ...changes import Changes
from .changed import ChangedKeys, KeyedRows, differences
from .database import Database, unpacked
from .saving import saving

_ROWS = KeyedRows("profiles", "person", "profile")


class ProfileTable:
    """The profiles; they are in memory too, since everybody who comes is looked up."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._profiles: dict[str, Profile] = {}
        self.changes: Changes[Profile] = Changes()
        self.elsewhere: Changes[Profile] = Changes()

    async def load(self) -> None:
        """Load every profile that can be read; the others' owners may fill one in again."""
        try:
            rows = await self._database.query("SELECT person, profile FROM profiles")
        except StoreError as error:
            rows = []
            self._warn("the profiles that people filled in", error)
        for person, packed in rows:
            profile = self._profile(person, packed)
            if profile is not None:
                self._profiles[str(person)] = profile

    async def refresh(self, changed: ChangedKeys) -> None:
        async for person, before, now in differences(
            *(self._database, _ROWS, changed.ids("profiles"), self._profiles, self._profile)
        ):
            if now is None:
                del self._profiles[person]
            else:
                self._profiles[person] = now
            self.changes.announce(person, before, now)
            self.elsewhere.announce(person, before, now)

    def _profile(self, person: Any, packed: Any) -> Profile | None:
        try:
            return unpacked(packed, Profile)
        except StoreError as error:
            self._warn("a profile that somebody filled in", error)
            return None

    def _warn(self, what: str, error: StoreError) -> None:
        self._database.tell_admin("profiles_unreadable", f"{what} cannot be read: {error}")

    def __len__(self) -> int:
        return len(self._profiles)

    def everybody(self) -> Iterable[tuple[str, Profile]]:
        return tuple(self._profiles.items())

    def of_person(self, person: str) -> Profile | None:
        return self._profiles.get(person)

    def save(self, person: str, profile: Profile) -> None:
        before, self._profiles[person] = self._profiles.get(person), profile
        self._database.enqueue(
            saving("profiles", "person", "profile"), (person, msgspec.msgpack.encode(profile))
        )
        self.changes.announce(person, before, profile)

    def forget(self, person: str) -> None:
        before = self._profiles.pop(person, None)
        if before is not None:
            self._database.enqueue("DELETE FROM profiles WHERE person = ?", (person,))
            self.changes.announce(person, before, None)
