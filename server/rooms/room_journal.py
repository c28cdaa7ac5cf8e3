"""What keeps a room's saves: the server's store alone, or that and what other servers read too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from ..store.reports import FiledReport
from .rules import RoomState
from .rules import effects as f


class RoomJournal(Protocol):
    """Keeps what has to last of one room."""

    @property
    def is_full(self) -> bool:
        """Whether so much waits that optional writes should be refused."""

    @property
    def is_stuck(self) -> bool:
        """Whether it is known that nothing can be written at present."""

    @property
    def is_sure(self) -> bool:
        """Whether no other server can have the room now.

        Else what is not kept yet may never be, and nobody should see it.
        """

    @property
    def may_promise(self) -> bool:
        """Whether what must not be undone may be done now: if it is kept, no server undoes it."""

    def save(self, state: RoomState, saves: Iterable[f.Save]) -> int:
        """Queue these saves of the room, which is in this state, as one transaction.

        Return the number of the transaction if something of it is awaited, else 0.
        """

    def file_report(self, report: FiledReport) -> int:
        """Save a report for the server's admins; return the number of the transaction."""

    def renew_seats(self, state: RoomState) -> None:
        """Renew the tickets of those who are in the room and whose tickets end soon."""

    async def flushed(self, number: int, until: float) -> None:
        """Wait until the transaction of this number is kept as long as it has to be.

        ``until`` is the time of Trio's clock at which to give up. Raises StoreError when it is not
        kept by then, or can never be.
        """


NewRoomJournal = Callable[[str, RoomJournal], RoomJournal]
"""Makes the journal of a room: of its name, and of what keeps it on this server."""
