"""Silences of people by moderators, in one owner's rooms of a name.

Like a ban, a silence belongs to the room's name and to whoever opened the room, and so outlives the
room's end.
"""

from __future__ import annotations

from typing import Protocol

from roomcli.protocol.people import SilenceNotice


class Silences(Protocol):
    """The silences in all rooms."""

    async def of_room(self, room: str, owner: str) -> list[SilenceNotice]:
        """Return the silences of this owner's room, the earliest first. Raises StoreError."""

    async def of_person(self, key: str) -> list[tuple[str, str, SilenceNotice]]:
        """Return room, owner and silence of all silences of this person. Raises StoreError."""

    def save(self, room: str, owner: str, silence: SilenceNotice) -> None:
        """Save a silence of a person, in all their seats; it replaces an earlier one there."""

    def lift(self, room: str, owner: str, key: str) -> None:
        """Delete a silence, so that the person may speak again."""

    def forget_old(self, now: float) -> None:
        """Delete those of rooms that nobody opens any more, as with bans."""
