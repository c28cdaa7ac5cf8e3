"""What communities hold of a person, and how it follows the person's keys."""

from __future__ import annotations

import contextlib

from roomcli.errors import CommandRefused
from roomcli.protocol.people import Person

from ..people.keyring.state import KnownPerson, Past
from ..store import Store
from .desk import CommunityDesk
from .directory import CommunityDirectory

_PLACE = "community/"


class CommunityHolder:
    """Looks up what communities hold of somebody (:class:`server.people.holdings.Holder`)."""

    def __init__(self, directory: CommunityDirectory, desk: CommunityDesk, store: Store) -> None:
        self._directory = directory
        self._desk = desk
        self._store = store

    async def look_up(self, person: KnownPerson) -> CommunityHoldings:
        """Return what is held of a person: how high they stand where they are more than members."""
        id = self._store.people.id_of(person.id)
        ranks = {f"{_PLACE}{each.id}": each.rank_of(id) for each in self._directory.related(id)}
        above = {place: rank for place, rank in ranks.items() if rank > 0}
        return CommunityHoldings(self._desk, Past(ranks=above))

    def agree(self, person: Person, place: str, rank: int) -> bool:
        """Give somebody in a community what was withheld when two persons became them."""
        if not place.startswith(_PLACE):
            return False
        with contextlib.suppress(CommandRefused):  # it is closed meanwhile
            self._desk.give_role(place.removeprefix(_PLACE), person, rank)
            return True
        return False

    def sign_out(self, key: str) -> None:
        """Do nothing: nobody has anything in a community by having signed in."""


class CommunityHoldings:
    """What communities hold of one person at a moment."""

    def __init__(self, desk: CommunityDesk, past: Past) -> None:
        self._desk = desk
        self.past = past

    def move(self, one: Person, into: Person, past: Past) -> None:
        """Make it the second person's: the lower role, and every ban."""
        self._desk.unite(one, into)

    def copy(self, person: Person, alone: Person) -> None:
        """Hold the bans against the second person too."""
        self._desk.keep_out_too(person, alone)
