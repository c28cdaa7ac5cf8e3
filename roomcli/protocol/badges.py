"""Badges: what the server has checked about a person, as it is shown to others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta, Struct

from .times import Seconds

BadgeKind = Literal["forge", "domain", "mail", "sign_on"]
ForgeKind = Literal["github", "gitlab", "forgejo", "gitea", "sourcehut"]
MAX_SUBJECT = 400
Subject = Annotated[str, Meta(max_length=MAX_SUBJECT)]
Domain = Annotated[str, Meta(max_length=253)]

SHOWN_BADGES = 2
"""The most badges that a person is shown with; a card has all of them."""
MAX_SHOWN_SUBJECT = 64
"""Characters of the longest subject and domain of those, so that a room full of people fits into a
message."""
CHECK_AGAIN_SECONDS = 86400.0
"""How often the server looks again at what it can look at without the person."""


class Badge(Struct, frozen=True, kw_only=True):
    """What was proven of a person, when, and until when it counts.

    ========  ==========================================  ==================
    kind      what was proven                             subject
    ========  ==========================================  ==================
    forge     an account lists a key of the person        HOST/USER
    domain    a domain lists a key of the person          the domain
    mail      the person reads mail at a domain           the domain
    sign_on   the person has an account at an issuer      the issuer's host
    ========  ==========================================  ==================

    ``proven_at`` is since when it has been proven here without a break, ``checked_at`` when that
    was last seen to be so. ``domain`` is a company's mail domain that was proven, by a code or by
    the issuer; empty for others. ``account_since`` is when the account was made, where the forge
    tells it to everybody. ``by_device`` says that the person signed on with a code typed elsewhere,
    which somebody may have been talked into.
    """

    kind: BadgeKind
    subject: Subject
    proven_at: Seconds
    checked_at: Seconds
    until: Seconds
    domain: Domain = ""
    account_since: Seconds | None = None
    by_device: bool = False

    def holds(self, now: float) -> bool:
        """Whether the badge is shown and counts."""
        return now < self.until

    @property
    def is_looked_at(self) -> bool:
        """Whether the server looks again by itself, without the person."""
        return self.kind in ("forge", "domain")

    def is_overdue(self, now: float) -> bool:
        """Whether the server has looked again, and was not told."""
        return self.is_looked_at and now >= self.checked_at + 2 * CHECK_AGAIN_SECONDS


class OwnClaim(Struct, frozen=True, kw_only=True):
    """A claim as its person sees it: ``key`` is the one through which it was proven.

    ``stands`` says whether that key is in force, so that others see the badge; ``hidden`` that its
    person shows it to nobody: then it opens doors, and is no badge.
    """

    id: str
    badge: Badge
    key: str
    stands: bool = True
    hidden: bool = False


class OfferedIssuer(Struct, frozen=True, kw_only=True):
    """An issuer at which one can sign on here; ``by_device`` says whether by a typed code too."""

    issuer: str
    name: str
    by_device: bool = False


def leading_badges(badges: Iterable[Badge]) -> tuple[Badge, ...]:
    """Return the badges that a person is shown with, those that say most first.

    A company says more than a domain, a domain more than an account at an issuer or a forge.
    """
    short = [each for each in badges if _is_short(each)]
    return tuple(sorted(short, key=_weight))[:SHOWN_BADGES]


def _is_short(badge: Badge) -> bool:
    return max(len(badge.subject), len(badge.domain)) <= MAX_SHOWN_SUBJECT


def _weight(badge: Badge) -> int:
    if badge.domain:
        return 1 if badge.by_device else 0
    return ("domain", "sign_on", "forge", "mail").index(badge.kind) + 2
