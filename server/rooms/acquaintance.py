"""What the server knows of people beyond their keys, for rooms to ask when somebody comes.

Rooms know no profiles, claims and ties: whoever has these gives the hub an :class:`Acquaintance`.
Persons are named by their ids.
"""

from __future__ import annotations

from typing import Protocol

from .rules import CheckedClaim


class Acquaintance(Protocol):
    """The profiles, claims and blocks of a server, as far as rooms need to know of them."""

    def has_profile(self, person: str) -> bool:
        """Whether somebody keeps a profile here."""

    def claims_of(self, person: str) -> tuple[CheckedClaim, ...]:
        """Return the claims of somebody that hold now."""

    def blocks(self, person: str, other: str) -> bool:
        """Whether the one has blocked the other."""


class Strangers:
    """The acquaintance of a server that keeps nothing of people: everybody is a guest."""

    def has_profile(self, person: str) -> bool:
        return False

    def claims_of(self, person: str) -> tuple[CheckedClaim, ...]:
        return ()

    def blocks(self, person: str, other: str) -> bool:
        return False
