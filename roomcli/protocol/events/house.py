"""Events about the room itself: its settings, chat, moderation log and end.

``by`` is a person, by id.
"""

from __future__ import annotations

from typing import Literal

from ..chat import ChatMessage
from ..moderation_log import LogEntry
from ..people import Count
from ..settings import RoomSettings
from ..times import Seconds
from .base import FactEvent, People, ViewEvent


class RoomLocked(FactEvent, frozen=True, kw_only=True):
    """Nobody new can enter."""

    becomes = {"locked": True}
    by: str


class RoomUnlocked(FactEvent, frozen=True, kw_only=True):
    """People can enter again."""

    becomes = {"locked": False}
    by: str


class SettingsChanged(ViewEvent, frozen=True, kw_only=True):
    """The room has new settings; a change of ``order`` sorts the queue again."""

    settings: RoomSettings
    by: str


class PasswordChanged(ViewEvent, frozen=True, kw_only=True):
    """People who enter now need a password, another password, or none any longer."""

    wanted: bool
    by: str


class ChatPosted(ViewEvent, frozen=True, kw_only=True):
    """Somebody wrote to the room."""

    message: ChatMessage
    people: People = {}


class ChatRemoved(ViewEvent, frozen=True, kw_only=True):
    """A message was removed from the chat."""

    number: Count
    by: str


class ModerationLogged(ViewEvent, frozen=True, kw_only=True):
    """A moderator, or the server by its rules, did something that the room has a right to know."""

    entry: LogEntry


class HostAbsent(FactEvent, frozen=True, kw_only=True):
    """No host or co-host is there; the room closes at ``closes_at`` unless one returns."""

    closes_at: Seconds


class HostPresent(FactEvent, frozen=True, kw_only=True):
    """Somebody who may moderate is there again."""

    becomes = {"closes_at": None}


class RoomEnded(ViewEvent, frozen=True, kw_only=True):
    """The room is closed for everyone."""

    reason: Literal["ended", "no_host", "server_closing", "closed_by_admin"]
    by: str | None = None


RoomFactEvent = RoomLocked | RoomUnlocked | HostAbsent | HostPresent
"""Every event that only gives facts of the room other values."""
HouseEvent = (
    RoomFactEvent
    | SettingsChanged
    | PasswordChanged
    | ChatPosted
    | ChatRemoved
    | ModerationLogged
    | RoomEnded
)
"""Every event of the room itself."""
