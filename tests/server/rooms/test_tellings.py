"""Tests of what a room tells while something is not kept yet, and of stores that stand still."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import pytest
import trio
import trio.testing

from roomcli.errors import StoreError
from server.rooms.rules import RoomState
from server.rooms.rules import effects as f
from server.rooms.tellings import Tellings
from server.store import PATIENCE
from server.store.reports import FiledReport


class SlowJournal:
    """Keeps a transaction when the test says so, or never."""

    is_full = is_stuck = False
    is_sure = may_promise = True

    def __init__(self) -> None:
        self._kept = 0
        self._progress = trio.Event()
        self.never = False

    def keep(self, upto: int) -> None:
        """Keep all transactions up to this one."""
        self._kept = upto
        self._progress.set()
        self._progress = trio.Event()

    async def flushed(self, number: int, until: float) -> None:
        """Wait until a transaction is kept."""
        with trio.move_on_at(until):
            while self._kept < number and not self.never:
                await self._progress.wait()
        if self._kept < number:
            raise StoreError("not kept")

    def save(self, state: RoomState, saves: Iterable[f.Save]) -> int:
        raise NotImplementedError

    def file_report(self, report: FiledReport) -> int:
        raise NotImplementedError

    def renew_seats(self, state: RoomState) -> None:
        raise NotImplementedError


class Overheard:
    """Tellings that run, and what was said so far."""

    def __init__(self) -> None:
        self.journal = SlowJournal()
        self.tellings = Tellings(self.journal)
        self.heard: list[str] = []

    def say(self, *words: str) -> None:
        """Have these said, one after the other."""
        for each in words:
            self.tellings.tell_in_turn(partial(self.heard.append, each))

    async def heard_by(self, seconds: float) -> list[str]:
        """Return what was said after these seconds."""
        await trio.sleep(seconds)
        await trio.testing.wait_all_tasks_blocked()
        return self.heard


@pytest.fixture
def room(nursery: trio.Nursery) -> Overheard:
    """Return tellings that run."""
    room = Overheard()
    nursery.start_soon(room.tellings.run)
    return room


async def test_all_waits_in_order_behind_what_is_not_kept_and_else_nothing_waits(
    room: Overheard, autojump_clock: object
) -> None:
    room.say("before")
    assert room.heard == ["before"]
    room.tellings.hold(1)
    room.say("locked", "hello")
    room.tellings.hold(2)
    room.say("banned")
    at = room.tellings.position
    assert await room.heard_by(PATIENCE / 2) == ["before"]
    assert not room.tellings.is_out(at)
    room.journal.keep(1)
    assert await room.heard_by(0) == ["before", "locked", "hello"]
    room.journal.keep(2)
    with trio.fail_after(1):
        assert await room.tellings.out(at)
    room.say("after")
    assert room.heard == ["before", "locked", "hello", "banned", "after"]


async def test_a_store_that_stands_still_holds_a_room_up_once(
    room: Overheard, autojump_clock: object
) -> None:
    room.tellings.hold(1)
    room.say("locked")
    await room.heard_by(1)
    room.tellings.hold(2)
    room.say("banned")
    assert await room.heard_by(PATIENCE - 1.1) == []
    assert await room.heard_by(0.2) == ["locked", "banned"]
    room.tellings.hold(3)
    room.say("unlocked")
    assert room.heard == ["locked", "banned", "unlocked"]
    room.journal.keep(3)
    await room.heard_by(0)
    room.tellings.hold(4)
    room.say("removed")
    assert await room.heard_by(1) == ["locked", "banned", "unlocked"]


async def test_nothing_begins_to_wait_for_a_store_that_cannot_be_written(
    room: Overheard, autojump_clock: object
) -> None:
    room.journal.is_stuck = True
    room.tellings.hold(1)
    room.say("locked")
    assert room.heard == ["locked"]
    room.journal.is_stuck = False
    room.tellings.hold(2)
    room.say("banned")
    room.journal.is_stuck = True
    room.tellings.hold(3)
    room.say("unlocked")
    room.journal.keep(2)
    assert await room.heard_by(1) == ["locked", "banned"]


async def test_what_cannot_be_written_waits_where_another_server_may_have_the_room(
    room: Overheard, autojump_clock: object
) -> None:
    room.journal.is_stuck, room.journal.is_sure = True, False
    room.tellings.hold(1)
    room.say("locked")
    assert await room.heard_by(PATIENCE) == []
    room.tellings.drop()
    assert await room.heard_by(PATIENCE) == []


@pytest.mark.parametrize("never", [False, True])
async def test_a_server_that_may_have_lost_the_room_has_time_to_hear_so(
    room: Overheard, autojump_clock: object, never: bool
) -> None:
    room.journal.is_sure, room.journal.never = False, never
    room.tellings.hold(1)
    room.say("locked")
    at = room.tellings.position
    assert await room.heard_by(2 * PATIENCE - 0.1) == []
    room.tellings.drop()
    assert not await room.tellings.out(at)
    assert await room.heard_by(1) == []


async def test_what_waits_at_the_end_of_a_room_is_said_after_it(
    room: Overheard, autojump_clock: object
) -> None:
    tellings = Tellings(room.journal)
    tellings.hold(1)
    tellings.tell_in_turn(partial(room.heard.append, "ended"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tellings.tell_rest)
        assert await room.heard_by(1) == []
        room.journal.keep(1)
    assert room.heard == ["ended"]
