"""Looks whether claims are so: once when they are made, and again every day."""

from __future__ import annotations

import logging

import trio

from roomcli.protocol.badges import OwnClaim
from roomcli.protocol.people import Person

from ...fetching.fetcher import Fetcher
from . import commands as c
from .book import ClaimBook
from .domains import look_at_domain
from .forges import age_of_account, look_at_account
from .proof import NotProven, NotReached, Proof
from .state import Claim, ForgeAccount, OwnDomain

log = logging.getLogger(__name__)

PAUSE_SECONDS = 600.0
"""Seconds until what is due is looked up again, once all of it was looked at."""
PACE_SECONDS = 4.0
"""Seconds between two looks: most are at the same few forges, which are not to be flooded."""
MOST_A_ROUND = 100


class Checker:
    """Looks at forges and domains."""

    def __init__(self, book: ClaimBook, fetcher: Fetcher) -> None:
        self._book = book
        self._fetcher = fetcher

    async def prove(self, person: Person, fact: ForgeAccount | OwnDomain) -> OwnClaim:
        """Look at what a person claims, and note it. Raises NotProven, NotReached, CommandRefused.

        How old an account is is asked once, when it is proven by its person.
        """
        keys = self._book.keys_in_force(person)
        proof = await self._look(fact, keys, person.id)
        since = None
        if isinstance(fact, ForgeAccount):
            since = await age_of_account(self._fetcher, fact, person.id)
        return self._book.record(person, fact, proof.key_among(keys), since)

    async def keep_checking(self) -> None:
        """Look again at what is due and end what is too old, until cancelled."""
        while True:
            self._book.perform(c.DropOld())
            due = self._book.due()
            for claim in due[:MOST_A_ROUND]:
                await self._look_again(claim)
                await trio.sleep(PACE_SECONDS)
            if len(due) <= MOST_A_ROUND:
                await trio.sleep(PAUSE_SECONDS)

    async def _look_again(self, claim: Claim) -> None:
        fact, person = claim.fact, self._book.owner_of(claim)
        if not isinstance(fact, ForgeAccount | OwnDomain):
            return
        in_force = self._book.keys_in_force(person)
        try:
            # By its own key too: one that is cut may come back, and the claim with it.
            proof = await self._look(fact, in_force | {claim.key}, "")
        except NotProven:
            self._book.perform(c.NoteGone(id=claim.id))
        except NotReached as error:
            log.info("a claim cannot be looked at again at present: %s", error)
            self._book.perform(c.NoteUnreached(id=claim.id))
        else:
            key = proof.key_among(in_force)
            self._book.perform(c.NoteSeen(id=claim.id, key=key))

    async def _look(
        self, fact: ForgeAccount | OwnDomain, keys: frozenset[str], person: str
    ) -> Proof:
        if isinstance(fact, ForgeAccount):
            return await look_at_account(self._fetcher, fact, keys, person)
        return await look_at_domain(self._fetcher, fact, keys, person)
