"""Events about the room itself: its settings, chat, moderation log and end."""

from __future__ import annotations

from typing import Literal

from ..chat import ChatMessage
from ..moderation_log import LogEntry
from ..people import Count, Seconds
from ..settings import RoomSettings
from .base import ViewEvent


class RoomLocked(ViewEvent, frozen=True, kw_only=True):
    """Nobody new can enter."""

    by: str


class RoomUnlocked(ViewEvent, frozen=True, kw_only=True):
    """People can enter again."""

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


class ChatRemoved(ViewEvent, frozen=True, kw_only=True):
    """A message was removed from the chat."""

    number: Count
    by: str


class ModerationLogged(ViewEvent, frozen=True, kw_only=True):
    """A moderator, or the server by its rules, did something that the room has a right to know."""

    entry: LogEntry


class HostAbsent(ViewEvent, frozen=True, kw_only=True):
    """No host or co-host is there; the room closes at ``closes_at`` unless one returns."""

    closes_at: Seconds


class HostPresent(ViewEvent, frozen=True, kw_only=True):
    """Somebody who may moderate is there again."""


class RoomEnded(ViewEvent, frozen=True, kw_only=True):
    """The room is closed for everyone."""

    reason: Literal["ended", "no_host", "server_closing", "closed_by_admin"]
    by: str | None = None


HouseEvent = (
    RoomLocked
    | RoomUnlocked
    | SettingsChanged
    | PasswordChanged
    | ChatPosted
    | ChatRemoved
    | ModerationLogged
    | HostAbsent
    | HostPresent
    | RoomEnded
)
"""Every event of the room itself."""
