"""Keys that are kept out: of one owner's rooms of a name, or of the whole server.

A ban belongs to the room's name and to whoever opened it. So it outlives the room's end, and
somebody else who takes the free name later inherits none.
"""

from __future__ import annotations

from typing import Any

import msgspec

from roomcli.protocol.people import BanNotice

from .database import Database
from .latest_time import seen

EVERYWHERE = "*"
"""The room, with no owner, that a ban from the whole server names."""
_SAVE = "INSERT OR REPLACE INTO bans VALUES (?, ?, ?, ?, ?, ?)"
_LIFT = "DELETE FROM bans WHERE room = ? AND owner = ? AND key = ?"


class Bans(Database):
    """The table of bans."""

    _everywhere: dict[str, BanNotice] = {}

    async def load_bans(self) -> None:
        """Have at hand who is kept out of the whole server: everybody who comes is looked up."""
        self._everywhere = {
            ban.key: ban for _, _, ban in await self._bans("room = ?", (EVERYWHERE,))
        }

    def save_ban(self, room: str, owner: str, ban: BanNotice) -> None:
        """The key is kept out; an earlier ban of the same key there is replaced."""
        if room == EVERYWHERE:
            self._everywhere[ban.key] = ban
        notice = msgspec.json.encode(ban).decode()
        self._tell_all(
            (_SAVE, (room, owner, ban.key, ban.at, ban.until, notice)),
            seen(ban.at),  # however soon the server ends
        )

    def lift_ban(self, room: str, owner: str, key: str) -> None:
        """The key may come in again."""
        if room == EVERYWHERE:
            self._everywhere.pop(key, None)
        self._tell(_LIFT, (room, owner, key))

    async def bans(self, room: str, owner: str, now: float) -> list[BanNotice]:
        """Those of this owner's room that hold, the earliest first. Raises StoreError."""
        bans = [
            ban
            for name, whose, ban in await self._bans("room = ? AND owner = ?", (room, owner))
            if (name, whose) == (room, owner) and ban.holds(now)
        ]
        return sorted(bans, key=lambda ban: (ban.at, ban.key))

    def banned_here(self, key: str, now: float) -> BanNotice | None:
        """The ban of this key from the whole server, if one holds."""
        ban = self._everywhere.get(key)
        return ban if ban is not None and ban.holds(now) else None

    async def all_bans(
        self, now: float, after: str = "", limit: int = -1
    ) -> list[tuple[str, str, BanNotice]]:
        """Room, owner and ban of all that hold, in order of these and the key.

        ``after`` is ``ROOM/OWNER/KEY`` of the one behind which to begin, ``limit`` how many do.
        Raises StoreError.
        """
        # What is queued may take away some of those on disk.
        enough = limit if self.trouble is None else -1
        bans = await self._bans(
            "(until IS NULL OR until > ?) AND room || '/' || owner || '/' || key > ?"
            " ORDER BY room || '/' || owner || '/' || key LIMIT ?",
            (now, after, enough),
        )
        places = {f"{room}/{owner}/{ban.key}": (room, owner, ban) for room, owner, ban in bans}
        good = [places[place] for place in sorted(places) if place > after]
        good = [each for each in good if each[2].holds(now)]
        return good if limit < 0 else good[:limit]

    async def _bans(
        self, where: str, parameters: tuple[Any, ...]
    ) -> list[tuple[str, str, BanNotice]]:
        """Room, owner and ban of those that fit, and of all that wait to be written."""
        rows, unwritten = await self._ask_all(
            f"SELECT room, owner, key, notice FROM bans WHERE {where}", parameters
        )
        kept: dict[Any, Any] = {tuple(place): notice for *place, notice in rows}
        for statement, parameters in unwritten:
            if statement == _SAVE:
                kept[parameters[:3]] = parameters[-1]
            elif statement == _LIFT:
                kept.pop(parameters, None)
        return [(room, owner, _notice(notice)) for (room, owner, _), notice in kept.items()]


def _notice(text: Any) -> BanNotice:
    return msgspec.json.decode(text, type=BanNotice)
