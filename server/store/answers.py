"""Which commands rooms have carried out lately, where several servers share the store."""

from __future__ import annotations

from typing import Protocol

from ..rooms.rules.answered import KeptAnswer


class LastAnswers(Protocol):
    """The last commands of all rooms, for whoever has a room next."""

    async def of_room(self, room: str) -> list[KeptAnswer]:
        """Return the commands of the last minute and more, the oldest first. Raises StoreError."""

    def save(self, room: str, answer: KeptAnswer) -> None:
        """Save that a command was carried out; what is old goes by itself."""
