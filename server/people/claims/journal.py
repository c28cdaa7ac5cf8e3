"""What happened to claims. Each event holds all that ``evolve`` needs, times too."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from roomcli.protocol.tags import snake_case

from .state import Claim

ClaimEnd = Literal["withdrawn", "gone", "expired", "moved"]


class ClaimEntry(Struct, frozen=True, kw_only=True, tag_field="event", tag=snake_case):
    """The base of all events."""


class ClaimRecorded(ClaimEntry, frozen=True, kw_only=True):
    """Something is proven of a person, for the first time or anew."""

    claim: Claim


class CheckMissed(ClaimEntry, frozen=True, kw_only=True):
    """The server could not look whether it still is so; it stands, and is looked at later."""

    id: str
    next_check_at: float


class ClaimDropped(ClaimEntry, frozen=True, kw_only=True):
    """A claim is no more: taken back, seen to be so no longer, too old, or proven by another."""

    id: str
    why: ClaimEnd


class ClaimHidden(ClaimEntry, frozen=True, kw_only=True):
    """A claim is shown to nobody from now on, or to everybody again."""

    id: str
    hidden: bool


class ClaimPassedOn(ClaimEntry, frozen=True, kw_only=True):
    """The person of a claim became another one's: two persons are one now."""

    id: str
    person: str


JournalledClaim = ClaimRecorded | CheckMissed | ClaimDropped | ClaimHidden | ClaimPassedOn
