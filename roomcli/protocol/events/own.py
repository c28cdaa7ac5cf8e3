"""Events about one connection: its beginning and end, and the answers to its questions."""

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
    """First message of a connection: the client has to sign ``nonce`` (see ``handshake``).

    ``keeps`` says in words what the server keeps of what people say in its rooms.
    """

    nonce: Annotated[bytes, Meta(min_length=NONCE_BYTES, max_length=NONCE_BYTES)]
    features: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()


class Joined(Event, frozen=True, kw_only=True):
    """The person is in the room.

    ``ticket`` takes this seat back after a lost connection; the engine keeps it, and tells it only
    to a frontend that owns the engine and could start another one. ``resumed`` says that a ticket
    took the seat back just now. ``invite`` is given to moderators of a room that wants one.
    ``server_time`` is the server's clock (seconds since 1970). ``chat`` is the room's newest
    messages, only those after ``hello.chat_after``; ``keeps`` is as in ``challenge``.
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
    """A moderator asks this person to unmute."""

    by: str


class PeoplePage(Event, frozen=True, kw_only=True):
    """A page of the audience in order of arrival, or of people who left, the latest first."""

    offset: Count
    total: Count
    people: tuple[Person, ...]
    of: Literal["audience", "left"] = "audience"
    ref: Count | None = None


class ChatPage(Event, frozen=True, kw_only=True):
    """A page of older messages, oldest first; ``more`` says whether there are even older ones."""

    messages: tuple[ChatMessage, ...]
    more: bool = False
    ref: Count | None = None


class LogPage(Event, frozen=True, kw_only=True):
    """A page of the moderation log, in order; ``more`` says whether the log goes on.

    The first entry is chained to ``opened_at`` and the room's name.
    """

    entries: tuple[LogEntry, ...]
    opened_at: Seconds
    more: bool = False
    ref: Count | None = None


class BanList(Event, frozen=True, kw_only=True):
    """A page of the keys banned from this room, the newest last, without the ``offset`` newest.

    ``total`` is the number of all bans.
    """

    bans: tuple[BanNotice, ...]
    offset: Count = 0
    total: Count = 0
    ref: Count | None = None


class SilenceList(Event, frozen=True, kw_only=True):
    """A page of people silenced in this room, here or away, as in ``ban_list``."""

    silences: tuple[SilenceNotice, ...]
    offset: Count = 0
    total: Count = 0
    ref: Count | None = None


class RoomInviteList(Event, frozen=True, kw_only=True):
    """The invites that are valid."""

    invites: tuple[RoomInvite, ...]
    ref: Count | None = None


class RoomInviteMade(Event, frozen=True, kw_only=True):
    """A new invite to the room, valid until ``expires_at``; its ``id`` revokes it."""

    invite: str
    expires_at: Seconds
    id: str = ""
    ref: Count | None = None


class Done(Event, frozen=True, kw_only=True):
    """The command with this ``ref`` was carried out, and is on disk where it must be."""

    ref: Count


class Refused(Event, frozen=True, kw_only=True):
    """A command was refused: ``code`` is stable, ``text`` is for a person."""

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


OwnEvent = (
    Challenge
    | Joined
    | AskedToUnmute
    | PeoplePage
    | ChatPage
    | LogPage
    | BanList
    | SilenceList
    | RoomInviteList
    | RoomInviteMade
    | Done
    | Refused
    | Goodbye
)
"""Every event of one connection."""
