"""What parts of the server hold of a person, and how it follows the person's keys.

The keyring decides that two persons are one, or one is two. Whatever holds something of people by
their first keys or ids, as rooms and communities do, is told by these protocols.
"""

from __future__ import annotations

from typing import Protocol

from roomcli.protocol.people import Person

from .keyring.state import KnownPerson, Past


class Holdings(Protocol):
    """What one part of the server holds of one person at a moment."""

    @property
    def past(self) -> Past:
        """What of it the rules of keys have to know; its places are this part's alone."""

    def move(self, one: Person, into: Person, past: Past) -> None:
        """Make it the second person's, who was another until now: the person is ``one`` no more.

        ``past`` is what they are as one. It says how high they stand in each place; what is held
        against either is held against both. All that is saved belongs to the open transaction.
        """

    def copy(self, person: Person, alone: Person) -> None:
        """Hold against the second, who was the first person until now, what is held against them.

        Roles and what is owned stay the first person's.
        """


class Holder(Protocol):
    """A part of the server that holds something of people."""

    async def look_up(self, person: KnownPerson) -> Holdings:
        """Return what is held of a person. Raises StoreError."""

    def agree(self, person: Person, place: str, rank: int) -> bool:
        """Give somebody the rank that was withheld, if this is a place of this part.

        Return whether there is such a place still, and this a rank that lasts there.
        """

    def sign_out(self, key: str) -> None:
        """End what somebody has by having signed in with this key, which is revoked."""
