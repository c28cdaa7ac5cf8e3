"""Keys that are kept out: of one owner's rooms of a name, or of the whole server.

A ban belongs to the room's name and to whoever opened it. So it outlives the room's end, and
somebody else who takes the free name later inherits none.
"""

from __future__ import annotations

from typing import Any

import msgspec

from roomcli.protocol.people import BanNotice

from .database import Database

EVERYWHERE = "*"
"""The room, with no owner, that a ban from the whole server names."""
_GOOD = "(until IS NULL OR until > ?)"


class Bans(Database):
    """The table of bans."""

    _everywhere: dict[str, BanNotice] = {}

    async def load_bans(self) -> None:
        """Have at hand who is kept out of the whole server: everybody who comes is looked up."""
        rows = await self._ask("SELECT notice FROM bans WHERE room = ?", (EVERYWHERE,))
        self._everywhere = {ban.key: ban for ban in (_notice(*row) for row in rows)}

    def save_ban(self, room: str, owner: str, ban: BanNotice) -> None:
        """The key is kept out; an earlier ban of the same key there is replaced."""
        if room == EVERYWHERE:
            self._everywhere[ban.key] = ban
        self._tell(
            "INSERT OR REPLACE INTO bans VALUES (?, ?, ?, ?, ?, ?)",
            (room, owner, ban.key, ban.at, ban.until, msgspec.json.encode(ban).decode()),
        )

    def lift_ban(self, room: str, owner: str, key: str) -> None:
        """The key may come in again."""
        if room == EVERYWHERE:
            self._everywhere.pop(key, None)
        self._tell("DELETE FROM bans WHERE room = ? AND owner = ? AND key = ?", (room, owner, key))

    async def bans(self, room: str, owner: str, now: float) -> list[BanNotice]:
        """Those of this owner's room that hold, the earliest first."""
        rows = await self._ask(
            f"SELECT notice FROM bans WHERE room = ? AND owner = ? AND {_GOOD} ORDER BY at, key",
            (room, owner, now),
        )
        return [_notice(*row) for row in rows]

    def banned_here(self, key: str, now: float) -> BanNotice | None:
        """The ban of this key from the whole server, if one holds."""
        ban = self._everywhere.get(key)
        return ban if ban is not None and ban.holds(now) else None

    async def all_bans(
        self, now: float, after: str = "", limit: int = -1
    ) -> list[tuple[str, str, BanNotice]]:
        """Room, owner and ban of all that hold, in order of these and the key.

        ``after`` is ``ROOM/OWNER/KEY`` of the one behind which to begin, ``limit`` how many do.
        """
        rows = await self._ask(
            f"SELECT room, owner, notice FROM bans WHERE {_GOOD}"
            " AND room || '/' || owner || '/' || key > ?"
            " ORDER BY room || '/' || owner || '/' || key LIMIT ?",
            (now, after, limit),
        )
        return [(room, owner, _notice(notice)) for room, owner, notice in rows]


def _notice(text: Any) -> BanNotice:
    return msgspec.json.decode(text, type=BanNotice)
