"""Tests of one end of the link: what it leaves out while the other end is behind."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from server.workers import frames as f
from server.workers.link import MANY_VOICES, MOST_VOICES, VOICE_SECONDS, WorkerLink

from ...support.patience import PATIENCE


async def pair() -> tuple[
    WorkerLink[f.AnyFromParent, f.AnyFromWorker], WorkerLink[f.AnyFromWorker, f.AnyFromParent]
]:
    """Return the parent's end of a link and the worker's."""
    here, there = trio.socket.socketpair()
    parent: WorkerLink[f.AnyFromParent, f.AnyFromWorker] = WorkerLink(
        trio.SocketStream(here), f.from_worker
    )
    return parent, WorkerLink(trio.SocketStream(there), f.from_parent)


async def test_while_the_other_end_is_behind_voice_is_left_out_and_control_is_not() -> None:
    parent, worker = await pair()
    got: list[f.AnyFromWorker] = []
    for number in range(2 * MOST_VOICES):  # nobody writes yet
        worker.hear(7, ("seat", b"%d" % number, 0.02))
        worker.send(f.Gone(number))
    assert worker.voices_dropped == MOST_VOICES
    async with trio.open_nursery() as nursery:
        nursery.start_soon(parent.run, got.append)
        nursery.start_soon(worker.run, lambda message: None)
        with trio.fail_after(PATIENCE):
            while not any(isinstance(each, f.VoicesHeard) for each in got):
                await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert [each.connection for each in got if isinstance(each, f.Gone)] == list(
        range(2 * MOST_VOICES)
    )
    assert words_in(got) == [[b"%d" % number for number in range(MOST_VOICES)]]


def words_in(messages: list[f.AnyFromWorker]) -> list[list[bytes]]:
    """Return the voice frames in each message."""
    voices = [each.voices for each in messages if isinstance(each, f.VoicesHeard)]
    return [[word for _, word, _ in each] for each in voices]


async def test_one_frame_for_many_goes_over_the_link_once_and_in_order() -> None:
    parent, worker = await pair()
    got: list[f.AnyFromParent] = []
    frame, other = b"for all", b"for one"
    parent.send(f.FrameSent([1], frame))
    assert parent.add_receiver(2, frame)
    parent.send(f.FrameSent([1], other))
    assert not parent.add_receiver(3, frame)  # the first has had another since
    async with trio.open_nursery() as nursery:
        nursery.start_soon(parent.run, lambda message: None)
        nursery.start_soon(worker.run, got.append)
        with trio.fail_after(PATIENCE):
            while len(got) < 2:
                await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert got == [f.FrameSent([1, 2], frame), f.FrameSent([1], other)]


async def test_voice_waits_for_more_and_control_for_nothing(
    mock_clock: trio.testing.MockClock,
) -> None:
    parent, worker = await pair()
    got: list[f.AnyFromWorker] = []

    async def say(*words: bytes) -> list[list[bytes]]:
        for word in words:
            worker.hear(7, ("seat", word, 0.02))
        await trio.testing.wait_all_tasks_blocked(0.01)
        return words_in(got)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(parent.run, got.append)
        nursery.start_soon(worker.run, lambda message: None)
        await trio.testing.wait_all_tasks_blocked()
        assert await say(b"1", b"2") == []
        mock_clock.jump(VOICE_SECONDS / 2)
        assert await say(b"3") == []
        mock_clock.jump(VOICE_SECONDS / 2)
        assert await say() == [[b"1", b"2", b"3"]]
        assert await say(b"4") == [[b"1", b"2", b"3"]]
        worker.send(f.Gone(1))
        assert await say() == [[b"1", b"2", b"3"], [b"4"]]
        assert f.Gone(1) in got
        many = [b"m"] * MANY_VOICES
        assert (await say(*many))[2:] == [many]
        nursery.cancel_scope.cancel()


async def test_the_end_of_one_side_is_the_end_of_the_other() -> None:
    parent, worker = await pair()
    with trio.fail_after(PATIENCE):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(worker.run, lambda message: None)
            async with trio.open_nursery() as short:
                short.start_soon(parent.run, lambda message: None)
                await trio.testing.wait_all_tasks_blocked()
                short.cancel_scope.cancel()


async def test_kinds_of_a_later_version_are_left_out_and_the_log_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    parent, worker = await pair()
    got: list[f.AnyFromParent] = []
    for _ in range(2):
        parent.send(f.AnyTagged(99))  # type: ignore[arg-type]
    parent.send(f.Cut(1))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(parent.run, lambda message: None)
        nursery.start_soon(worker.run, got.append)
        with trio.fail_after(PATIENCE):
            while not got:
                await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert got == [f.Cut(1)]
    assert [each.message for each in caplog.records] == [
        "messages of kind 99 are of a later version: left out"
    ]
