"""Tests of voice from worker to worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
import trio
import trio.testing

from server.workers.inboxes import MOST_READ, MOST_WAITING, WorkerInbox, WorkerInboxes, open_inbox

ROOM, OTHER_ROOM = 7, 8


@pytest.fixture
def inboxes() -> Iterator[list[WorkerInbox]]:
    """Inboxes of three workers."""
    with ExitStack() as stack:
        opened = [open_inbox() for _ in range(3)]
        for each in opened:
            stack.enter_context(closing(each.to_read))
            stack.enter_context(closing(each.to_write))
        yield opened


class ListeningWorker:
    """A worker that notes what it hears."""

    def __init__(self, number: int, inboxes: list[WorkerInbox]) -> None:
        to_write = [each.to_write for each in inboxes]
        self.inboxes = WorkerInboxes(inboxes[number].to_read, to_write)
        self.heard: list[tuple[int, list[bytes]]] = []

    async def run(self) -> None:
        """Hear until cancelled."""
        await self.inboxes.run(self._hear)

    def _hear(self, room: int, entries: list[bytes]) -> None:
        self.heard.append((room, entries))
        if entries == [b"bad"]:
            raise ValueError


async def test_voice_goes_to_the_workers_that_are_named(inboxes: list[WorkerInbox]) -> None:
    one, other, third = (ListeningWorker(number, inboxes) for number in range(3))
    async with trio.open_nursery() as nursery:
        for each in (one, other, third):
            nursery.start_soon(each.run)
        await trio.testing.wait_all_tasks_blocked(0.01)
        one.inboxes.pass_on(ROOM, (1, 2), b"a")
        one.inboxes.pass_on(ROOM, (1, 2), b"b")
        one.inboxes.pass_on(OTHER_ROOM, (1,), b"bad")
        await trio.testing.wait_all_tasks_blocked(0.01)
        third.inboxes.pass_on(ROOM, (0, 1), b"c")
        await trio.testing.wait_all_tasks_blocked(0.01)
        nursery.cancel_scope.cancel()
    assert one.heard == [(ROOM, [b"c"])]
    assert other.heard == [(ROOM, [b"a", b"b"]), (OTHER_ROOM, [b"bad"]), (ROOM, [b"c"])]
    assert third.heard == [(ROOM, [b"a", b"b"])]


async def test_what_is_too_much_for_one_message_goes_in_several(inboxes: list[WorkerInbox]) -> None:
    one, other = (ListeningWorker(number, inboxes) for number in range(2))
    async with trio.open_nursery() as nursery:
        for each in (one, other):
            nursery.start_soon(each.run)
        await trio.testing.wait_all_tasks_blocked(0.01)
        half = b"l" * (MOST_WAITING // 2 + 1)
        for _ in range(3):
            one.inboxes.pass_on(ROOM, (1,), half)
        await trio.testing.wait_all_tasks_blocked(0.01)
        nursery.cancel_scope.cancel()
    assert other.heard == [(ROOM, [half, half]), (ROOM, [half])]


async def test_who_is_behind_misses_voice_and_who_begins_anew_hears_none_of_before(
    inboxes: list[WorkerInbox],
) -> None:
    one, other = (ListeningWorker(number, inboxes) for number in range(2))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(one.run)
        await trio.testing.wait_all_tasks_blocked(0.01)
        for _ in range(2 * MOST_READ):
            one.inboxes.pass_on(ROOM, (1,), b"early")
            await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(other.run)
        await trio.testing.wait_all_tasks_blocked(0.01)
        one.inboxes.pass_on(ROOM, (1,), b"now")
        await trio.testing.wait_all_tasks_blocked(0.01)
        nursery.cancel_scope.cancel()
    assert other.heard == [(ROOM, [b"now"])]
