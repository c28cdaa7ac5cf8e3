"""Tests of what is on its way to a room's stream, and of what may be promised in a shared store."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
import trio.testing

from roomcli.errors import StoreError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.nodes.room_journal import MOST_BYTES, RoomOutbox, SharedJournal

from ...support.held_store import locked
from ...support.patience import until
from ...support.serving import serving

SOON = 1.0


def outbox_with_snapshot() -> RoomOutbox:
    """Return the outbox of a room that is in its stream as a whole."""
    outbox = RoomOutbox()
    outbox.note_written(outbox.take_snapshot())
    return outbox


async def test_who_waits_is_told_once_the_change_is_in_the_stream(autojump_clock: object) -> None:
    outbox = outbox_with_snapshot()
    outbox.add(lambda: b"a", 7)
    outbox.add(lambda: b"b", 0)
    with pytest.raises(StoreError, match="it holds here"):
        await outbox.settled(7, trio.current_time() + SOON)
    assert outbox.take_changes() == ([b"a", b"b"], 2)
    outbox.note_written(1)
    await outbox.settled(7, trio.current_time())
    assert outbox.take_changes() == ([], 2)


async def test_nobody_waits_for_a_stream_that_is_another_servers(autojump_clock: object) -> None:
    outbox = outbox_with_snapshot()
    outbox.add(lambda: b"a", 7)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: expect_loss(outbox))
        await trio.testing.wait_all_tasks_blocked()
        outbox.note_loss()


async def expect_loss(outbox: RoomOutbox) -> None:
    """Wait for a change that is never in the stream, and hear so at once."""
    began = trio.current_time()
    with pytest.raises(StoreError):
        await outbox.settled(7, began + SOON)
    assert trio.current_time() == began


async def test_a_snapshot_tells_all_that_was_before_and_nothing_is_kept_for_it() -> None:
    outbox = RoomOutbox()
    outbox.add(lambda: pytest.fail("nobody reads this"), 7)
    outbox.note_written(outbox.take_snapshot())
    await outbox.settled(7, trio.current_time())
    # While the whole is on its way, what follows is kept.
    outbox.need_snapshot()
    upto = outbox.take_snapshot()
    outbox.add(lambda: b"after", 8)
    outbox.note_written(upto)
    assert outbox.take_changes() == ([b"after"], 2)


async def test_of_too_many_changes_the_room_as_a_whole_is_less(autojump_clock: object) -> None:
    outbox = outbox_with_snapshot()
    outbox.add(lambda: bytes(MOST_BYTES), 0)
    assert not outbox.needs_snapshot
    outbox.add(lambda: b"a", 0)
    assert outbox.needs_snapshot
    assert outbox.take_changes()[0] == []
    with trio.fail_after(SOON):
        outbox.need_snapshot()
        await outbox.news()


async def test_a_shared_store_is_enough_for_what_moderators_do_and_else_the_lease(
    tmp_path: Path,
) -> None:
    leased = True
    async with serving(tmp_path) as server:
        server.hub.new_journal = lambda name, shared: SharedJournal(
            name, shared, lambda room: leased
        )
        host = await server.client(intent="host")
        leased = False
        await host.do(c.Lock())
        with locked(tmp_path):
            server.store.latest_time.save(server.clock.now())
            await until(lambda: server.store.trouble is not None)
            refused = await host.ask(c.Unlock())
            assert isinstance(refused, e.Refused)
            assert refused.code == "try_later"
            host.send(c.Chat(text="hello"))
            await host.until(e.ChatPosted)
            leased = True
            host.send(c.Unlock())
            await host.until(e.RoomUnlocked)  # as in a server that is alone
