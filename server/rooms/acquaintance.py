"""What the server knows of people beyond their keys, for rooms to ask when somebody comes.

Rooms know no profiles, claims and ties: whoever has these gives the hub an :class:`Acquaintance`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from roomcli.protocol.badges import Badge
from roomcli.protocol.people import Person

from .rules import CheckedClaim


class Acquaintance(Protocol):
    """The profiles, claims and blocks of a server, as far as rooms need to know of them."""

    def has_profile(self, person: Person) -> bool:
        """Whether somebody keeps a profile here."""

    def badges_of(self, person: Person) -> tuple[Badge, ...]:
        """Return the badges of somebody that count now, as everybody may see them."""

    def proven_of(self, person: Person) -> tuple[Badge, ...]:
        """Return all that is proven of somebody, also what they show to nobody: for doors alone."""

    def blocks(self, person: str, other: str) -> bool:
        """Whether the one person has blocked the other; both by their ids."""


class Strangers:
    """The acquaintance of a server that keeps nothing of people: everybody is a guest."""

    def has_profile(self, person: Person) -> bool:
        return False

    def badges_of(self, person: Person) -> tuple[Badge, ...]:
        return ()

    def proven_of(self, person: Person) -> tuple[Badge, ...]:
        return ()

    def blocks(self, person: str, other: str) -> bool:
        return False


def claims_at_door(proven: Iterable[Badge]) -> tuple[CheckedClaim, ...]:
    """Return what is proven of somebody, as a room that asks for claims takes it."""
    return tuple(_claim(badge) for badge in proven)


def _claim(badge: Badge) -> CheckedClaim:
    match badge.kind:
        case "forge":
            host = badge.subject.partition("/")[0]
            by_forge = badge.account_since is not None
            since = badge.proven_at if badge.account_since is None else badge.account_since
            return CheckedClaim("forge", host, since, by_forge)
        case "domain":
            return CheckedClaim("domain", badge.subject, badge.proven_at)
        case "mail" | "sign_on":
            since, by_device = badge.proven_at, badge.by_device
            return CheckedClaim("organisation", badge.domain, since, by_device=by_device)
