"""What a room tells, in order. What must last is shown only once it is kept.

What was decided holds at once, for voice too. What is said of it waits until its transaction is
kept: of what nobody has seen, the next server that has the room may know nothing. All that the room
says after that waits behind it, answers too, since events change a view in their order alone. While
nothing waits, everything goes out at once.

A store that stands still holds no room up for long. After ``PATIENCE``, when whoever did it is told
that it failed, all goes out, and nothing waits any more until the store has caught up. Nor does
anything begin to wait while it is known that nothing can be written, unless another server may have
the room.
"""

from __future__ import annotations

import contextlib
import math
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, NoReturn

import trio

from roomcli.errors import StoreError

from ..store import PATIENCE
from .room_journal import RoomJournal

LOOKS = 2
"""How many times ``PATIENCE`` is waited where another server may have the room: one that stood
still needs a moment to hear so, and then shows nothing more."""

Telling = Callable[[], None]
"""Says something to somebody."""


class HeldBack(NamedTuple):
    """What waits for a transaction."""

    transaction: int
    tellings: list[Telling]


class Tellings:
    """What one room tells; :meth:`run` has to run while it is open."""

    def __init__(self, journal: RoomJournal) -> None:
        self._journal = journal
        self._held: deque[HeldBack] = deque()
        self._begun = self._over = 0  # how often something had to wait, and does no longer
        self._late: int | None = None  # the newest transaction that was shown before it was kept
        self._is_dropped = False
        self._some = trio.Event()
        self._progress = trio.Event()

    def tell_in_turn(self, telling: Telling) -> None:
        """Say something after all that was said before: at once, unless something waits."""
        if self._held:
            self._held[-1].tellings.append(telling)
        else:
            telling()

    def hold(self, transaction: int) -> None:
        """Let all that is said from now on wait until this transaction is kept."""
        if self._is_dropped or self._late is not None:
            return
        if self._held or not (self._journal.is_stuck and self._journal.is_sure):
            self._held.append(HeldBack(transaction, []))
            self._begun += 1
            self._some.set()

    def drop(self) -> None:
        """Never say what waits: another server has the room, and may know nothing of it."""
        self._is_dropped = True
        self._held.clear()
        self._tell_progress()

    @property
    def position(self) -> int:
        """How far the room has got with what it says."""
        return self._begun

    def is_out(self, position: int) -> bool:
        """Whether all up to this position was said."""
        return self._over >= position

    async def out(self, position: int) -> bool:
        """Wait until all up to this position was said; return False if it never is."""
        while not (self.is_out(position) or self._is_dropped):
            await self._progress.wait()
        return self.is_out(position)

    async def run(self) -> NoReturn:
        """Say what waits as soon as that may be said, until cancelled."""
        while True:
            await self._some.wait()
            self._some = trio.Event()
            await self.tell_rest()
            if self._late is not None:
                with contextlib.suppress(StoreError):
                    await self._journal.flushed(self._late, math.inf)
                self._late = None

    async def tell_rest(self) -> None:
        """Say all that waits as soon as that may be said."""
        while self._held:
            if await self._may_be_shown(self._held[0].transaction):
                self._release()
            elif self._held:
                self._late = self._held[-1].transaction
                while self._held:
                    self._release()

    async def _may_be_shown(self, transaction: int) -> bool:
        """Wait until a transaction is kept; return False if nobody should wait any longer."""
        for _ in range(LOOKS):
            until = trio.current_time() + PATIENCE
            try:
                await self._journal.flushed(transaction, until)
            except StoreError:
                if self._journal.is_sure:
                    break
                await trio.sleep_until(until)
            else:
                return True
        return False

    def _release(self) -> None:
        if not self._held:
            return
        held = self._held.popleft()
        self._over += 1
        for each in held.tellings:
            each()
        self._tell_progress()

    def _tell_progress(self) -> None:
        progress, self._progress = self._progress, trio.Event()
        progress.set()
