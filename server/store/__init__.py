"""The store: what the server keeps, as one protocol for each noun.

Callers know these protocols and no database. What implements them is a package below:
``sqlite`` and ``postgres``, which share ``tables``.

    rooms        open rooms
    seats        the places that resume tickets bring back
    bans         keys that may not come in
    silences     people whom moderators silenced
    log          moderation logs
    chat         chat messages of open rooms
    reports      reports for the server's admins
    host_tokens  the tokens that give the right to open rooms
    communities  communities, and what people are to them
    people       the people whom the server knows, by their keys
    calendar     calendar events, answers, and what people chose for their calendar
    profiles     the profiles that people filled in
    ties         whom people follow, and whom they block
    keyrings     the keys of people who have several, or had
    claims       what was proven about people
    latest_time  the latest time seen, for a start with a clock that was set back
    copies       copies of the store from before its tables were changed
    writes       the queue of all writes
    fences       which server may write a room, where several share the store
    answers      what rooms have carried out lately, where several share the store
    personal_news  what people are told, for the other servers that share the store
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from .answers import LastAnswers
from .bans import EVERYWHERE, Bans
from .calendar import Calendars
from .chat import Chats
from .claims import KeptClaims
from .communities import KeptCommunities
from .copies import Copies
from .fences import RoomFences
from .followers import Followers
from .host_tokens import HostTokens
from .keyrings import Keyrings
from .latest_time import LatestTime
from .log import Logs
from .people import KnownPeople
from .personal_news import PersonalNews
from .profiles import Profiles
from .reports import Reports
from .rooms import Rooms
from .seats import Seat, Seats
from .silences import Silences
from .ties import Ties
from .writes import PATIENCE, Writes, WriteTrouble


@dataclass(frozen=True, kw_only=True)
class Store:
    """All that the server keeps: a part for each noun, and the queue that all parts write to.

    A write is valid from when it is queued, and is tried again and again until it is kept. Whoever
    must not answer before that waits for :meth:`flushed`. Voice never waits for the store. Call all
    of it from the Trio thread only.
    """

    place: str
    """Where the data are, for messages to the admin."""
    rooms: Rooms
    seats: Seats
    bans: Bans
    silences: Silences
    log: Logs
    chat: Chats
    reports: Reports
    host_tokens: HostTokens
    communities: KeptCommunities
    people: KnownPeople
    calendar: Calendars
    profiles: Profiles
    ties: Ties
    keyrings: Keyrings
    claims: KeptClaims
    latest_time: LatestTime
    copies: Copies
    writes: Writes
    keep_up: Callable[[Followers], Awaitable[None]] | None = None
    """Follows what other servers change, until cancelled; None where nobody else writes."""
    fences: RoomFences | None = None
    """Which server may write a room; None where one server alone has the store."""
    answers: LastAnswers | None = None
    """What rooms have carried out lately; None where one server alone has the store."""
    personal_news: PersonalNews | None = None
    """Carries what people are told to the other servers; None where there are none."""

    def transaction(self, room: str = "") -> AbstractContextManager[None]:
        """Write everything that is queued inside together, or nothing of it.

        What is written of a ``room`` is refused for good once another server has that.
        """
        return self.writes.transaction(room)

    async def flushed(self, number: int | None = None, until: float | None = None) -> None:
        """Wait until the transaction of this number, the newest by default, is kept.

        ``until`` is the time of Trio's clock at which to give up, by default in 5 s. Raises
        StoreError when the transaction is not written by then, or can never be.
        """
        await self.writes.flushed(number, until)

    @property
    def queued(self) -> int:
        """The number of the newest transaction."""
        return self.writes.queued

    @property
    def waiting(self) -> int:
        """The number of transactions that are not kept yet."""
        return self.writes.waiting

    @property
    def trouble(self) -> WriteTrouble | None:
        """The reason why nothing can be written, and since when; None while writing works."""
        return self.writes.trouble

    @property
    def is_lost(self) -> bool:
        """Whether another server may have the data by now: no stranger is judged by old bans."""
        return self.writes.is_lost

    @property
    def is_full(self) -> bool:
        """Whether so many writes wait that optional ones should not be added."""
        return self.writes.fullness >= 1

    @property
    def is_overfull(self) -> bool:
        """Whether newcomers have to wait too: twice as much waits as when the queue is full."""
        return self.writes.fullness >= 2

    async def forget_old(self, now: float) -> None:
        """Delete what has expired, and what is kept for a limited time only."""
        for part in (
            *(self.seats, self.host_tokens, self.bans, self.silences),
            *(self.log, self.reports, self.chat),
        ):
            part.forget_old(now)
        await self.copies.forget_old(now)


__all__ = [
    "EVERYWHERE",
    "PATIENCE",
    "Followers",
    "Seat",
    "Store",
]
