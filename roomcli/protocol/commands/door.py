"""Commands at the door of a room that wants a knock."""

from __future__ import annotations

from .base import Command, Id
from .entering import RoomName, Token


class Knock(Command, frozen=True, kw_only=True):
    """Wait at the door of a room until a moderator says whether to come in, or no longer.

    The outcome comes as ``knock_answered``. ``invite`` is one to this room, where it takes one. One
    waits at one door at a time; with ``on`` false at none.
    """

    room: RoomName
    invite: Token | None = None
    on: bool = True


class AnswerKnock(Command, frozen=True, kw_only=True):
    """Let somebody in who knocks, or do not (moderators); ``id`` is the person's."""

    id: Id
    let_in: bool = True


DoorCommand = AnswerKnock
"""Every command about who knocks, for those in the room."""
