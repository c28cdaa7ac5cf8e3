"""The table of silences."""

from __future__ import annotations

from typing import Any

import msgspec

from roomcli.protocol.people import SilenceNotice

from ...limits import ServerLimits
from .database import Database, decoded
from .saving import saving
from .unopened import forget_unopened

_SAVE = saving("silences", "room, owner, key", "notice")
_AT = (
    "CASE WHEN json_valid(notice)"
    " THEN CAST(json_extract(notice, '$.at') AS DOUBLE PRECISION) ELSE 0 END"
)
_LIFT = "DELETE FROM silences WHERE room = ? AND owner = ? AND key = ?"


class SilenceTable:
    """The silences in all rooms."""

    def __init__(self, database: Database, limits: ServerLimits) -> None:
        self._database = database
        self._limits = limits

    async def of_room(self, room: str, owner: str) -> list[SilenceNotice]:
        rows, unwritten = await self._database.query_with_unwritten(
            "SELECT key, notice FROM silences WHERE room = ? AND owner = ?", (room, owner)
        )
        kept: dict[Any, Any] = dict(rows)
        for statement, parameters in unwritten:
            if statement == _SAVE and parameters[:2] == (room, owner):
                kept[parameters[2]] = parameters[3]
            elif statement == _LIFT and parameters[:2] == (room, owner):
                kept.pop(parameters[2], None)
        silences = [decoded(each, SilenceNotice) for each in kept.values()]
        return sorted(silences, key=lambda silence: (silence.at, silence.key))

    async def of_person(self, key: str) -> list[tuple[str, str, SilenceNotice]]:
        rows, unwritten = await self._database.query_with_unwritten(
            "SELECT room, owner, notice FROM silences WHERE key = ?", (key,)
        )
        kept: dict[tuple[Any, Any], Any] = {(room, owner): notice for room, owner, notice in rows}
        for statement, parameters in unwritten:
            if statement == _SAVE and parameters[2] == key:
                kept[parameters[0], parameters[1]] = parameters[3]
            elif statement == _LIFT and parameters[2] == key:
                kept.pop((parameters[0], parameters[1]), None)
        return [(*place, decoded(notice, SilenceNotice)) for place, notice in kept.items()]

    def save(self, room: str, owner: str, silence: SilenceNotice) -> None:
        text = msgspec.json.encode(silence).decode()
        self._database.enqueue(_SAVE, (room, owner, silence.key, text))

    def lift(self, room: str, owner: str, key: str) -> None:
        self._database.enqueue(_LIFT, (room, owner, key))

    def forget_old(self, now: float) -> None:
        self._database.enqueue_all(*forget_unopened("silences", _AT, now, self._limits.disk))
