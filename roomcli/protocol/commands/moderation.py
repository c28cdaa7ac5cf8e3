"""Commands of moderators about people, and the report, which everybody may send."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from .base import Command, Id, Key, ShortText

YEAR = 366 * 24 * 3600
ReportReason = Literal["harassment", "hate", "spam", "danger", "other"]


class Silence(Command, frozen=True, kw_only=True):
    """Refuse someone's audio, from all their seats, until the silence is lifted (moderators)."""

    id: Id
    reason: ShortText = ""


class LiftSilence(Command, frozen=True, kw_only=True):
    """Let someone speak again, even if they are away (moderators); see ``list_silenced``."""

    id: Id


class AskToUnmute(Command, frozen=True, kw_only=True):
    """Lift a silence and ask someone to unmute, which only they can do (moderators)."""

    id: Id


class Remove(Command, frozen=True, kw_only=True):
    """Remove someone from the room (moderators)."""

    id: Id
    reason: ShortText = ""


class Ban(Command, frozen=True, kw_only=True):
    """Remove someone and keep their key out (moderators), even if they have already left.

    ``seconds`` is the length of the ban; None is for good.
    """

    id: Id
    seconds: Annotated[int, Meta(ge=1, le=YEAR)] | None = None
    reason: ShortText = ""


class Unban(Command, frozen=True, kw_only=True):
    """Let a key in again (moderators); ``list_bans`` tells which keys are banned."""

    key: Key


class Report(Command, frozen=True, kw_only=True):
    """Report somebody to the server's admins, even if they have left; nobody else learns of it.

    The report includes what was said in the room in the last minute, its chat and its state.
    """

    id: Id
    reason: ReportReason = "other"
    note: ShortText = ""


class MakeCohost(Command, frozen=True, kw_only=True):
    """Make somebody a co-host, with the host's tools (host)."""

    id: Id


class HandOver(Command, frozen=True, kw_only=True):
    """Make somebody else the host and become a speaker oneself (host)."""

    id: Id


ModerationCommand = (
    Silence | LiftSilence | AskToUnmute | Remove | Ban | Unban | Report | MakeCohost | HandOver
)
"""Every command about a person."""
