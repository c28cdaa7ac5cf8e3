"""The table of bans."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from roomcli.errors import StoreError
from roomcli.protocol.people import BanNotice

from ...changes import Changes
from ...limits import ServerLimits
from ..bans import EVERYWHERE
from .changed import ChangedKeys, KeyedRows, differences
from .database import ALL, Database, decoded
from .latest_time import seen
from .saving import saving
from .unopened import forget_unopened

_ROWS = KeyedRows("bans", "key", "at, until, notice", f"room = '{EVERYWHERE}' AND owner = ''")
_SAVE = saving("bans", "room, owner, key", "at", "until", "notice")
_LIFT = "DELETE FROM bans WHERE room = ? AND owner = ? AND key = ?"


class BanTable:
    """The bans; those from the whole server are in memory too."""

    def __init__(self, database: Database, limits: ServerLimits) -> None:
        self._database = database
        self._limits = limits
        self._everywhere: dict[str, BanNotice] = {}
        self.changes = 0
        self.elsewhere: Changes[BanNotice] = Changes()

    async def load(self) -> None:
        """Load the bans from the whole server: each newcomer's key is looked up in them.

        Raises StoreError.
        """
        faults: list[StoreError] = []
        keys: set[str] = set()
        bans: list[tuple[str, str, BanNotice]] = []
        try:
            bans = await self._bans("room = ?", (EVERYWHERE,), "NOT INDEXED")
        except StoreError as fault:
            faults.append(fault)
        try:
            rows = await self._database.query(
                "SELECT key FROM bans INDEXED BY sqlite_autoindex_bans_1 WHERE room = ?",
                (EVERYWHERE,),
            )
            keys = {key for (key,) in rows if isinstance(key, str)}
        except StoreError as fault:
            faults.append(fault)
        if len(faults) == 2:
            raise faults[0]
        self._everywhere = {ban.key: ban for _, _, ban in bans}
        hidden = keys - self._everywhere.keys()
        for key in hidden:
            self._everywhere[key] = BanNotice(key=key, name="", at=0.0)
        if hidden or faults:
            text = f"bans from this server are damaged: {len(hidden)} hold until they are lifted"
            self._database.tell_admin("bans_unreadable", text)

    async def refresh(self, changed: ChangedKeys) -> None:
        keys = changed.of("bans")
        self.changes += keys is None or len(keys)
        everywhere = None if keys is None else [key for room, _, key in keys if room == EVERYWHERE]
        async for key, before, now in differences(
            *(self._database, _ROWS, everywhere, self._everywhere, self._ban)
        ):
            if now is None:
                del self._everywhere[key]
            else:
                self._everywhere[key] = now
            self.elsewhere.announce(key, before, now)

    def from_server(self, key: str, now: float) -> BanNotice | None:
        ban = self._everywhere.get(key)
        return ban if ban is not None and ban.holds(now) else None

    async def of_room(self, room: str, owner: str, now: float) -> list[BanNotice]:
        bans = [
            ban
            for name, whose, ban in await self._bans("room = ? AND owner = ?", (room, owner))
            if (name, whose) == (room, owner) and ban.holds(now)
        ]
        return sorted(bans, key=lambda ban: (ban.at, ban.key))

    async def page(
        self, now: float, after: str = "", limit: int = -1
    ) -> list[tuple[str, str, BanNotice]]:
        # Queued deletions may remove some of the rows on disk.
        enough = limit if limit >= 0 and self._database.trouble is None else ALL
        bans = await self._bans(
            "(until IS NULL OR until > ?) AND room || '/' || owner || '/' || key > ?"
            " ORDER BY room || '/' || owner || '/' || key LIMIT ?",
            (now, after, enough),
        )
        places = {f"{room}/{owner}/{ban.key}": (room, owner, ban) for room, owner, ban in bans}
        good = [places[place] for place in sorted(places) if place > after]
        good = [each for each in good if each[2].holds(now)]
        return good if limit < 0 else good[:limit]

    async def of_keys(self, keys: Collection[str], now: float) -> list[tuple[str, str, BanNotice]]:
        if not keys:
            return []
        places = ", ".join("?" for _ in keys)
        bans = await self._bans(f"key IN ({places})", tuple(keys))
        return [each for each in bans if each[2].key in keys and each[2].holds(now)]

    def save(self, room: str, owner: str, ban: BanNotice) -> None:
        self.changes += 1
        if room == EVERYWHERE:
            self._everywhere[ban.key] = ban
        notice = msgspec.json.encode(ban).decode()
        self._database.enqueue_all(
            (_SAVE, (room, owner, ban.key, ban.at, ban.until, notice)),
            seen(ban.at),  # however soon the server ends
        )

    def lift(self, room: str, owner: str, key: str) -> None:
        self.changes += 1
        if room == EVERYWHERE:
            self._everywhere.pop(key, None)
        self._database.enqueue(_LIFT, (room, owner, key))

    def forget_old(self, now: float) -> None:
        self._database.enqueue_all(
            ("DELETE FROM bans WHERE until <= ?", (now,)),
            *forget_unopened("bans", "at", now, self._limits.disk),
        )

    async def _bans(
        self, where: str, parameters: tuple[Any, ...], hint: str = ""
    ) -> list[tuple[str, str, BanNotice]]:
        """Return room, owner and ban of the bans on disk that match and of all unwritten ones."""
        rows, unwritten = await self._database.query_with_unwritten(
            f"SELECT room, owner, key, at, until, notice FROM bans {hint} WHERE {where}", parameters
        )
        kept: dict[Any, tuple[Any, ...]] = {tuple(row[:3]): tuple(row) for row in rows}
        for statement, values in unwritten:
            if statement == _SAVE:
                kept[values[:3]] = values
            elif statement == _LIFT:
                kept.pop(values, None)
        return [(room, owner, self._ban(*rest)) for room, owner, *rest in kept.values()]

    def _ban(self, key: str, at: float, until: float | None, notice: str) -> BanNotice:
        try:
            return decoded(notice, BanNotice)
        except StoreError as error:
            text = f"the ban of {key} holds, but not why: {error}"
            self._database.tell_admin("ban_unreadable", text)
            return BanNotice(key=key, name="", at=at, until=until)
