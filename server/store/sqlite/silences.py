"""Silences of people by moderators, in one owner's rooms of a name.

Like a ban, a silence belongs to the room's name and to whoever opened the room, and so outlives the
room's end.
"""

from __future__ import annotations

from typing import Any

import msgspec

from roomcli.protocol.people import SilenceNotice

from .database import Database, decoded

_SAVE = "INSERT OR REPLACE INTO silences (room, owner, key, notice) VALUES (?, ?, ?, ?)"
_LIFT = "DELETE FROM silences WHERE room = ? AND owner = ? AND key = ?"


class Silences(Database):
    """The table of silences."""

    def save_silence(self, room: str, owner: str, silence: SilenceNotice) -> None:
        """Save a silence of a person, in all their seats; it replaces an earlier one there."""
        text = msgspec.json.encode(silence).decode()
        self._enqueue(_SAVE, (room, owner, silence.key, text))

    def lift_silence(self, room: str, owner: str, key: str) -> None:
        """Delete a silence, so that the person may speak again."""
        self._enqueue(_LIFT, (room, owner, key))

    async def silences(self, room: str, owner: str) -> list[SilenceNotice]:
        """Return the silences of this owner's room, the earliest first. Raises StoreError."""
        rows, unwritten = await self._ask_all(
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
