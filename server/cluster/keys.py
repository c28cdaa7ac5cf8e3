"""The names under which a room is kept in Valkey."""

from __future__ import annotations


class RoomKeys:
    """The names of one room. All have one hash tag, so that one function can use them together."""

    def __init__(self, room: str) -> None:
        # The tag ends at the first brace: a name with braces would have none, or share one.
        self._tag = "roomcli:{" + room.encode().hex() + "}:"
        self.owner = self._tag + "owner"
        self.head = self._tag + "head"
        """The largest token, and the last event's."""
        self.events = self._tag + "events"
        self.snapshot = self._tag + "snapshot"
        self.ended = self._tag + "ended"
        """When the last room of this name was opened that has ended."""
