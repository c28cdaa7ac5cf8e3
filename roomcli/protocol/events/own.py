"""What concerns one connection: its beginning and end, and the answers to its questions."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ..chat import ChatMessage
from ..handshake import NONCE_BYTES
from ..moderation_log import LogEntry
from ..people import BanNotice, Count, Person, RoomInvite, Seconds, SilenceNotice
from ..view import RoomView
from .base import Event


class Challenge(Event, frozen=True, kw_only=True):
    """First message of a connection: sign this (see ``handshake``).

    ``keeps`` says in words what the server keeps of what is said in its rooms.
    """

    nonce: Annotated[bytes, Meta(min_length=NONCE_BYTES, max_length=NONCE_BYTES)]
    features: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()


class Joined(Event, frozen=True, kw_only=True):
    """The person is in the room.

    ``ticket`` brings this seat back after a lost connection; the engine
    keeps it, and tells it only to a frontend that owns it and would start another engine.
    ``resumed`` says that it just did. ``invite`` is there for
    moderators of a room that wants one. ``server_time`` is the server's clock (seconds since 1970).
    ``chat`` is its newest messages, those after ``hello.chat_after`` only; ``keeps`` as in
    ``challenge``.
    """

    room: str
    you: str
    view: RoomView
    server_time: Seconds
    resumed: bool = False
    ticket: str | None = None
    invite: str | None = None
    chat: tuple[ChatMessage, ...] = ()
    keeps: tuple[str, ...] = ()
    features: tuple[str, ...] = ()


class AskedToUnmute(Event, frozen=True, kw_only=True):
    """A moderator would like to hear you."""

    by: str


class PeoplePage(Event, frozen=True, kw_only=True):
    """Part of the audience in order of arrival, or of those who left, the last to leave first."""

    offset: Count
    total: Count
    people: tuple[Person, ...]
    of: Literal["audience", "left"] = "audience"
    ref: Count | None = None


class ChatPage(Event, frozen=True, kw_only=True):
    """Older messages, oldest first; ``more`` says whether there are still older ones."""

    messages: tuple[ChatMessage, ...]
    more: bool = False
    ref: Count | None = None


class LogPage(Event, frozen=True, kw_only=True):
    """Part of the moderation log, in order; ``more`` says whether it goes on.

    ``opened_at`` is what the first entry is chained to, with the room's name.
    """

    entries: tuple[LogEntry, ...]
    opened_at: Seconds
    more: bool = False
    ref: Count | None = None


class BanList(Event, frozen=True, kw_only=True):
    """Whose keys are kept out of this room: of ``total`` those before the newest ``offset``."""

    bans: tuple[BanNotice, ...]
    offset: Count = 0
    total: Count = 0
    ref: Count | None = None


class SilenceList(Event, frozen=True, kw_only=True):
    """Who is silenced in this room, here or away; ``offset`` and ``total`` as in ``ban_list``."""

    silences: tuple[SilenceNotice, ...]
    offset: Count = 0
    total: Count = 0
    ref: Count | None = None


class RoomInviteList(Event, frozen=True, kw_only=True):
    """The invites that are good."""

    invites: tuple[RoomInvite, ...]
    ref: Count | None = None


class RoomInviteMade(Event, frozen=True, kw_only=True):
    """A fresh invite to the room, good until ``expires_at``; its ``id`` revokes it."""

    invite: str
    expires_at: Seconds
    id: str = ""
    ref: Count | None = None


class Done(Event, frozen=True, kw_only=True):
    """The command with this ``ref`` is carried out, and on disk where it must be."""

    ref: Count


class Refused(Event, frozen=True, kw_only=True):
    """A command is refused: ``code`` is stable, ``text`` is for a person."""

    command: str
    code: str
    text: str
    ref: Count | None = None
    retry_after: Seconds | None = None


class Goodbye(Event, frozen=True, kw_only=True):
    """Last message before the server closes; ``retry`` says whether coming back makes sense."""

    code: str
    text: str
    retry: bool = False
