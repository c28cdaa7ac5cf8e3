"""Drops what comes of people whom the user blocks: their voice, and what they write.

A moderator's client drops nothing: who looks after a room has to hear and read what goes on there.
"""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from ..protocol import events as e
from ..protocol.view import RoomView

T = TypeVar("T")


class Blocked:
    """The people whom the user blocks on this server, by id."""

    def __init__(self) -> None:
        self._people: frozenset[str] = frozenset()

    def follow(self, news: object) -> bool:
        """Take note of what the server says of them; return whether it said anything."""
        match news:
            case e.Welcome(blocked=people) | e.BlockedChanged(people=people):
                self._people = frozenset(people)
                return True
        return False

    def told_on_joining(self, event: object) -> e.BlockedChanged | None:
        """Return what a frontend has to know of them before it is in a room; None if nothing.

        The welcome came before the frontend knew of the room.
        """
        if not isinstance(event, e.Joined) or not (self._people or event.resumed):
            return None
        return e.BlockedChanged(people=tuple(sorted(self._people)))

    def unheard(self, view: RoomView) -> frozenset[str]:
        """Return the seats on stage whose voice is not played."""
        if view.is_moderator or not self._people:
            return frozenset()
        return frozenset(id for id, each in view.stage.items() if each.person in self._people)

    def without(self, event: T, view: RoomView | None) -> T | None:
        """Return an event without what blocked people wrote, or None if nothing of it is left."""
        view = event.view if isinstance(event, e.Joined) else view
        if not self._people or view is None or view.is_moderator:
            return event
        match event:
            case e.ChatPosted(message=message) if message.person in self._people:
                return None
            case e.ChatPage(messages=messages):
                kept = tuple(each for each in messages if each.person not in self._people)
                return replace(event, messages=kept)
            case e.Joined(chat=chat):
                kept = tuple(each for each in chat if each.person not in self._people)
                return replace(event, chat=kept)
        return event
