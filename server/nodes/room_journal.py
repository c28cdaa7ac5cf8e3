"""The journals of rooms that span servers.

Where each server has a store of its own, a room is kept there and put onto its stream. In a store
that they share it is for all of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

import trio

from roomcli.errors import StoreError

from ..rooms.room_changes import change_of, encode_change
from ..rooms.room_journal import RoomJournal
from ..rooms.rules import RoomState
from ..rooms.rules import effects as f
from ..store.reports import FiledReport
from ..store.seats import Seats

MOST_BYTES = 256 * 1024
"""Of changes that wait: beyond that the whole room is written anew."""
UNSHARED = "it holds here; if another server takes the room before it is told, that undoes it"
"""What whoever waited is told of a change that is not in the stream yet."""


class RoomOutbox:
    """The changes of one room on their way to its stream, until they are in it."""

    def __init__(self) -> None:
        self._news = trio.Event()
        self._progress = trio.Event()
        self.start_anew()

    def start_anew(self) -> None:
        """Begin with a room of which nothing is in the stream yet."""
        self.needs_snapshot = True
        """Whether the room has to be written as a whole: changes alone would not tell it."""
        self.is_lost = False
        self.ended_at: float | None = None
        """When the room was opened that has ended by now for good; None while it goes on."""
        self._added = 0
        self._pending: deque[bytes] = deque()
        self._bytes = 0
        self._lasting: dict[int, int] = {}  # which change a transaction of the store became
        self._news.set()

    def add(self, change: Callable[[], bytes], transaction: int) -> None:
        """Have a change written; ``transaction`` is the store's if somebody waits for it, or 0."""
        self._added += 1
        if transaction:
            self._lasting[transaction] = self._added
        if not self.needs_snapshot:
            self._pending.append(change())
            self._bytes += len(self._pending[-1])
            if self._bytes > MOST_BYTES:
                self.need_snapshot()
        self._news.set()

    def need_snapshot(self) -> None:
        """Let the next writing be of the whole room."""
        self.needs_snapshot = True
        self._pending.clear()
        self._bytes = 0
        self._news.set()

    async def news(self) -> None:
        """Wait until there is something to write."""
        await self._news.wait()

    def take_snapshot(self) -> int:
        """Return up to which change the room, as it is now, is told by a snapshot."""
        self.needs_snapshot = False
        self._news = trio.Event()
        return self._added

    def take_changes(self) -> tuple[list[bytes], int]:
        """Return the changes that wait, and up to which change they tell the room."""
        changes = list(self._pending)
        self._pending.clear()
        self._bytes = 0
        self._news = trio.Event()
        return changes, self._added

    def note_end(self, opened_at: float) -> None:
        """Note that the room has ended for good, which was opened then."""
        self.ended_at = opened_at
        self._news.set()

    def note_written(self, upto: int) -> None:
        """Note that all changes up to this one are in the stream."""
        for transaction, at in tuple(self._lasting.items()):
            if at > upto:
                break
            del self._lasting[transaction]
        self._tell_progress()

    def note_loss(self) -> None:
        """Note that another server has the room: nothing more will be in the stream."""
        self.is_lost = True
        self._tell_progress()

    async def settled(self, transaction: int, until: float) -> None:
        """Wait until the change of this transaction is in the stream. Raises StoreError."""
        with trio.move_on_at(until):
            while transaction in self._lasting and not self.is_lost:
                await self._progress.wait()
        if transaction in self._lasting:
            raise StoreError(UNSHARED)

    def _tell_progress(self) -> None:
        self._progress.set()
        self._progress = trio.Event()


class LeasedJournal:
    """A :class:`~server.rooms.room_journal.RoomJournal` over another, of a room had by a lease.

    ``may_answer`` says whether this server may still promise what happens in the room ``name``.
    """

    def __init__(self, name: str, kept: RoomJournal, may_answer: Callable[[str], bool]) -> None:
        self._name = name
        self._kept = kept
        self._may_answer = may_answer

    @property
    def is_full(self) -> bool:
        return self._kept.is_full

    @property
    def is_stuck(self) -> bool:
        return self._kept.is_stuck

    @property
    def is_sure(self) -> bool:
        return self._may_answer(self._name)

    @property
    def may_promise(self) -> bool:
        return self.is_sure

    def save(self, state: RoomState, saves: Iterable[f.Save]) -> int:
        return self._kept.save(state, saves)

    def file_report(self, report: FiledReport) -> int:
        return self._kept.file_report(report)

    def renew_seats(self, state: RoomState) -> None:
        self._kept.renew_seats(state)

    async def flushed(self, number: int, until: float) -> None:
        await self._kept.flushed(number, until)


class SharedJournal(LeasedJournal):
    """In a store that the servers share, from which the next owner opens the room."""

    @property
    def may_promise(self) -> bool:
        # Without Valkey too: the store takes nothing from a server that has the room no more.
        return self.is_sure or not self.is_stuck


class SpanningJournal(LeasedJournal):
    """In this server's own store, and on the room's stream, which the next owner reads."""

    def __init__(
        self,
        name: str,
        kept: RoomJournal,
        seats: Seats,
        outbox: RoomOutbox,
        may_answer: Callable[[str], bool],
    ) -> None:
        super().__init__(name, kept, may_answer)
        self._seats = seats
        self._outbox = outbox

    @property
    def is_sure(self) -> bool:
        return super().is_sure and not self._outbox.is_lost

    def save(self, state: RoomState, saves: Iterable[f.Save]) -> int:
        saves = list(saves)
        number = super().save(state, saves)
        if any(isinstance(each, f.ForgetRoom) for each in saves):
            self._outbox.note_end(state.opened_at)
        if saves:
            seats = self._seats.of_room(self._name)
            waits = any(isinstance(each, f.LASTING) for each in saves)
            self._outbox.add(
                lambda: encode_change(change_of(saves, state, seats)), number if waits else 0
            )
        return number

    def renew_seats(self, state: RoomState) -> None:
        super().renew_seats(state)
        self._outbox.need_snapshot()

    async def flushed(self, number: int, until: float) -> None:
        await super().flushed(number, until)
        await self._outbox.settled(number, until)
