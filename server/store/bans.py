"""Bans of keys: from one owner's rooms of a name, or from the whole server.

A ban belongs to the room's name and to whoever opened the room. So it outlives the room's end, and
somebody else who takes the free name later inherits no bans.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from roomcli.protocol.people import BanNotice

from ..changes import Changes

EVERYWHERE = "*"
"""The room name, with no owner, of a ban from the whole server."""


class Bans(Protocol):
    """The bans from all rooms and from the server."""

    @property
    def elsewhere(self) -> Changes[BanNotice]:
        """Tells of each ban from the whole server that another server changed, by its key."""

    def from_server(self, key: str, now: float) -> BanNotice | None:
        """Return the ban of this key from the whole server, if one holds."""

    async def of_room(self, room: str, owner: str, now: float) -> list[BanNotice]:
        """Return the bans of this owner's room that hold, the earliest first. Raises StoreError."""

    async def page(
        self, now: float, after: str = "", limit: int = -1
    ) -> list[tuple[str, str, BanNotice]]:
        """Return room, owner and ban of all bans that hold, ordered by room, owner and key.

        ``after`` is the ``ROOM/OWNER/KEY`` after which to begin; at most ``limit`` bans are
        returned. Raises StoreError.
        """

    async def of_keys(self, keys: Collection[str], now: float) -> list[tuple[str, str, BanNotice]]:
        """Return room, owner and ban of all bans of these keys that hold. Raises StoreError."""

    @property
    def changes(self) -> int:
        """The number of bans that were saved or lifted so far."""

    def save(self, room: str, owner: str, ban: BanNotice) -> None:
        """Save a ban; it replaces an earlier ban of the same key there."""

    def lift(self, room: str, owner: str, key: str) -> None:
        """Delete a ban, so that the key may come in again."""

    def forget_old(self, now: float) -> None:
        """Delete the bans that have run out, and those of rooms that nobody opens any more.

        Of too many in rooms that are not open those go first of which a room has most.
        """
