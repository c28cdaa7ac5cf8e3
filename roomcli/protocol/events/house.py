"""The room itself: how it is run, its chat, its moderation log, its end."""

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
    """The room is run like this from now on; a change of ``order`` sorts the queue anew."""

    settings: RoomSettings
    by: str


class PasswordChanged(ViewEvent, frozen=True, kw_only=True):
    """Whoever comes needs a password now, another one, or none any longer."""

    wanted: bool
    by: str


class ChatPosted(ViewEvent, frozen=True, kw_only=True):
    """Somebody wrote to the room."""

    message: ChatMessage


class ChatRemoved(ViewEvent, frozen=True, kw_only=True):
    """A message is gone from the chat."""

    number: Count
    by: str


class ModerationLogged(ViewEvent, frozen=True, kw_only=True):
    """A moderator, or the server by its rules, did what the room has a right to know."""

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
