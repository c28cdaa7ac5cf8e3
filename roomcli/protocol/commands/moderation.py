"""What moderators do with people, and what everybody can do against them: report."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from .base import Command, Id, Key, ShortText

YEAR = 366 * 24 * 3600
ReportReason = Literal["harassment", "hate", "spam", "danger", "other"]


class Silence(Command, frozen=True, kw_only=True):
    """Refuse someone's audio, in all their seats, until the silence is lifted (moderators)."""

    id: Id
    reason: ShortText = ""


class LiftSilence(Command, frozen=True, kw_only=True):
    """Let someone speak again, also who is away (moderators); ``list_silenced`` tells whom."""

    id: Id


class AskToUnmute(Command, frozen=True, kw_only=True):
    """Lift a silence and ask; the microphone opens only when its owner presses (moderators)."""

    id: Id


class Remove(Command, frozen=True, kw_only=True):
    """Put someone out of the room (moderators)."""

    id: Id
    reason: ShortText = ""


class Ban(Command, frozen=True, kw_only=True):
    """Put someone out and keep their key out (moderators); also who already left.

    ``seconds`` is for how long; None is for good.
    """

    id: Id
    seconds: Annotated[int, Meta(ge=1, le=YEAR)] | None = None
    reason: ShortText = ""


class Unban(Command, frozen=True, kw_only=True):
    """Let a key in again (moderators); ``list_bans`` tells which are kept out."""

    key: Key


class Report(Command, frozen=True, kw_only=True):
    """Tell the server's admins of somebody, also of who already left; nobody else learns of it.

    What the room said in the last minute, its chat and its state go with it.
    """

    id: Id
    reason: ReportReason = "other"
    note: ShortText = ""


class MakeCohost(Command, frozen=True, kw_only=True):
    """Give somebody the host's tools (host)."""

    id: Id


class HandOver(Command, frozen=True, kw_only=True):
    """Make somebody else the host and become a speaker oneself (host)."""

    id: Id
