"""Commands for one's own microphone and hand, and for the way on stage and off it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from .base import Command, Id, ShortText


class Mute(Command, frozen=True, kw_only=True):
    """Close one's own microphone."""


class Unmute(Command, frozen=True, kw_only=True):
    """Open one's own microphone; refused in the audience and while silenced.

    With ``lease``, the engine closes it again unless ``renew_microphone`` comes every second; the
    server ignores ``lease``.
    """

    lease: bool = False


class RaiseHand(Command, frozen=True, kw_only=True):
    """Ask to speak, on ``topic``. If the hand is up already, the new topic replaces the old one."""

    topic: ShortText = ""


class LowerHand(Command, frozen=True, kw_only=True):
    """Lower one's own hand."""


class LowerAllHands(Command, frozen=True, kw_only=True):
    """Empty the queue (moderators)."""


class AcceptHand(Command, frozen=True, kw_only=True):
    """Bring someone with a raised hand on stage (moderators)."""

    id: Id


class DeclineHand(Command, frozen=True, kw_only=True):
    """Lower someone's hand (moderators)."""

    id: Id


class InviteToStage(Command, frozen=True, kw_only=True):
    """Invite someone in the audience to come on stage (moderators)."""

    id: Id


class AcceptStageInvitation(Command, frozen=True, kw_only=True):
    """Come on stage after an invitation."""


class DeclineStageInvitation(Command, frozen=True, kw_only=True):
    """Stay in the audience after an invitation."""


class MoveToAudience(Command, frozen=True, kw_only=True):
    """Move someone from the stage to the audience (moderators)."""

    id: Id
    reason: ShortText = ""


class LeaveStage(Command, frozen=True, kw_only=True):
    """Go back to the audience."""


class GiveTime(Command, frozen=True, kw_only=True):
    """Extend a speaker's turn, by seconds from now or from its end (moderators)."""

    id: Id
    seconds: Annotated[int, Meta(ge=10, le=3600)] = 60


FloorCommand = (
    Mute
    | Unmute
    | RaiseHand
    | LowerHand
    | LowerAllHands
    | AcceptHand
    | DeclineHand
    | InviteToStage
    | AcceptStageInvitation
    | DeclineStageInvitation
    | MoveToAudience
    | LeaveStage
    | GiveTime
)
"""Every command about the floor."""
