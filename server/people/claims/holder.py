"""How claims follow the persons whose keys unite or split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from roomcli.protocol.people import Person

from ..keyring.state import KnownPerson, Past
from .book import ClaimBook
from .commands import PassOn


@dataclass(frozen=True)
class HeldClaims:
    """What is proven of a person: it is nothing that is held against them."""

    book: ClaimBook
    end_begun: Callable[[Person], None]

    @property
    def past(self) -> Past:
        """Nothing of it matters for the rules of keys."""
        return Past()

    def move(self, one: Person, into: Person, past: Past) -> None:
        """Let what was proven of the first person be proven of the second, who they are now."""
        self.end_begun(one)  # else it would be proven of somebody who is nobody any more
        self.book.perform(PassOn(person=one.id, into=into.id))

    def copy(self, person: Person, alone: Person) -> None:
        """Leave what was proven where it is: a key that splits off takes no proof along."""


@dataclass(frozen=True)
class ClaimHolder:
    """The claims, as the part of the server that holds them of people.

    ``end_begun`` ends what is being looked at for somebody.
    """

    book: ClaimBook
    end_begun: Callable[[Person], None] = lambda person: None

    async def look_up(self, person: KnownPerson) -> HeldClaims:
        """Return what is held of anybody."""
        return HeldClaims(self.book, self.end_begun)

    def agree(self, person: Person, place: str, rank: int) -> bool:
        """Do nothing: claims give no rank."""
        return False

    def sign_out(self, key: str) -> None:
        """Show everywhere that what was proven through the key counts no more."""
        self.book.tell_fallen(key)
