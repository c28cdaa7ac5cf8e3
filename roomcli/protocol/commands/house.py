"""The room itself: who gets in, how it is run, what is written down, who is there."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ..settings import HandMode, HandOrder
from .base import Command, Id, ShortText
from .entering import Password

WEEK = 7 * 24 * 3600
InviteRole = Literal["listener", "speaker", "cohost"]


class Lock(Command, frozen=True, kw_only=True):
    """Let nobody new in (moderators)."""


class Unlock(Command, frozen=True, kw_only=True):
    """Let people in again (moderators)."""


class ChangeSettings(Command, frozen=True, kw_only=True):
    """Run the room differently (moderators); what is None stays as it is."""

    topic: Annotated[str, Meta(max_length=200)] | None = None
    hands: HandMode | None = None
    order: HandOrder | None = None
    floor_seconds: Annotated[int, Meta(ge=0, le=3600)] | None = None
    chat: bool | None = None
    slow_seconds: Annotated[int, Meta(ge=0, le=3600)] | None = None
    capacity: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    listed: bool | None = None


class SetPassword(Command, frozen=True, kw_only=True):
    """Ask everybody who comes for this password, or for none if it is empty (host)."""

    password: Password


class MakeRoomInvite(Command, frozen=True, kw_only=True):
    """Ask for an invite to this room (moderators); ``role`` is what it brings.

    ``uses`` is how many people may come by it, None any number; ``seconds`` how long it is good.
    """

    role: InviteRole = "listener"
    uses: Annotated[int, Meta(ge=1, le=1000)] | None = None
    seconds: Annotated[int, Meta(ge=60, le=5 * WEEK)] = WEEK


class RevokeRoomInvite(Command, frozen=True, kw_only=True):
    """Make an invite stop working, by its id; all of them without one (moderators)."""

    id: Id | None = None


class ListRoomInvites(Command, frozen=True, kw_only=True):
    """Ask which invites are good (moderators); answered by ``room_invite_list``."""


class ListPeople(Command, frozen=True, kw_only=True):
    """Ask for a page of the audience, or of those who left lately; answered by ``people_page``."""

    offset: Annotated[int, Meta(ge=0, lt=1_000_000)] = 0
    of: Literal["audience", "left"] = "audience"


class ListBans(Command, frozen=True, kw_only=True):
    """Ask for a page of those whose keys are kept out (moderators); answered by ``ban_list``."""

    offset: Annotated[int, Meta(ge=0, lt=1_000_000)] = 0


class ListSilenced(Command, frozen=True, kw_only=True):
    """Ask for a page of those who are silenced, here or away (moderators): ``silence_list``."""

    offset: Annotated[int, Meta(ge=0, lt=1_000_000)] = 0


class ReadLog(Command, frozen=True, kw_only=True):
    """Ask for the moderation log from the entry after number ``after`` on: ``log_page``."""

    after: Annotated[int, Meta(ge=0, lt=2**53)] = 0


class EndRoom(Command, frozen=True, kw_only=True):
    """Close the room for everyone (host)."""

    reason: ShortText = ""
