"""Commands for the room itself: who may enter, settings, moderation log, lists of people."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ..entrance import AllowedPeople, ClaimPatterns, GuestMode
from ..settings import Bitrate, Capacity, HandMode, HandOrder, PauseSeconds, TurnSeconds
from .base import Command, Id, ShortText
from .entering import Password

WEEK = 7 * 24 * 3600
InviteRole = Literal["listener", "speaker", "cohost"]


class Lock(Command, frozen=True, kw_only=True):
    """Let nobody new in (moderators)."""


class Unlock(Command, frozen=True, kw_only=True):
    """Let people in again (moderators)."""


class ChangeSettings(Command, frozen=True, kw_only=True):
    """Change the room's settings (moderators); a setting that is None stays as it is."""

    topic: Annotated[str, Meta(max_length=200)] | None = None
    hands: HandMode | None = None
    order: HandOrder | None = None
    floor_seconds: TurnSeconds | None = None
    chat: bool | None = None
    slow_seconds: PauseSeconds | None = None
    capacity: Capacity | None = None
    listed: bool | None = None
    low_delay: bool | None = None
    guests: GuestMode | None = None
    members: bool | None = None
    claimed: ClaimPatterns | None = None
    by_device: bool | None = None
    allowed: AllowedPeople | None = None
    knock: bool | None = None
    max_bitrate: Bitrate | None = None


class SetPassword(Command, frozen=True, kw_only=True):
    """Ask everybody who enters for this password; an empty one means none is needed (host)."""

    password: Password


class MakeRoomInvite(Command, frozen=True, kw_only=True):
    """Ask for an invite to this room, which gives ``role`` to who uses it (moderators).

    ``uses`` is how many people may use it, None for any number; ``seconds`` how long it is valid.
    """

    role: InviteRole = "listener"
    uses: Annotated[int, Meta(ge=1, le=1000)] | None = None
    seconds: Annotated[int, Meta(ge=60, le=5 * WEEK)] = WEEK


class RevokeRoomInvite(Command, frozen=True, kw_only=True):
    """Revoke an invite by its id, or all invites without an id (moderators)."""

    id: Id | None = None


class ListRoomInvites(Command, frozen=True, kw_only=True):
    """Ask for the valid invites (moderators); answered by ``room_invite_list``."""


class ListPeople(Command, frozen=True, kw_only=True):
    """Ask for a page of the audience, or of people who left lately; answered by ``people_page``."""

    offset: Annotated[int, Meta(ge=0, lt=1_000_000)] = 0
    of: Literal["audience", "left"] = "audience"


class ListBans(Command, frozen=True, kw_only=True):
    """Ask for a page of the banned keys (moderators); answered by ``ban_list``."""

    offset: Annotated[int, Meta(ge=0, lt=1_000_000)] = 0


class ListSilenced(Command, frozen=True, kw_only=True):
    """Ask for a page of silenced people, here or away (moderators): ``silence_list``."""

    offset: Annotated[int, Meta(ge=0, lt=1_000_000)] = 0


class ReadLog(Command, frozen=True, kw_only=True):
    """Ask for the moderation log after entry number ``after``; answered by ``log_page``."""

    after: Annotated[int, Meta(ge=0, lt=2**53)] = 0


class EndRoom(Command, frozen=True, kw_only=True):
    """Close the room for everyone (host)."""

    reason: ShortText = ""


HouseCommand = (
    Lock
    | Unlock
    | ChangeSettings
    | SetPassword
    | MakeRoomInvite
    | RevokeRoomInvite
    | ListRoomInvites
    | ListPeople
    | ListBans
    | ListSilenced
    | ReadLog
    | EndRoom
)
"""Every command about the room itself."""
