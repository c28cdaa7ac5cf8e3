"""Tests of how the outbound stream closes: one flush with one deadline."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from .test_stream import CLOSE, Pair, blocked, opened, pair, received

__all__ = ["pair"]


async def test_closing_flushes_what_is_queued(pair: Pair) -> None:
    async with trio.open_nursery() as nursery:
        stream = await opened(pair[0], nursery)
        pushed = blocked(stream)
        stream.push_control(b"goodbye")
        nursery.start_soon(stream.aclose)
        assert (await received(pair[1], pushed + 7))[-7:] == b"goodbye"
        await trio.testing.wait_all_tasks_blocked()
        assert pair[1].recv(1) == b""


async def test_closing_takes_a_second_at_most_from_the_close_frame_on(
    pair: Pair, autojump_clock: trio.testing.MockClock
) -> None:
    async with trio.open_nursery() as nursery:
        stream = await opened(pair[0], nursery)
        blocked(stream)
        began = trio.current_time()
        stream.push_close(CLOSE)
        await trio.sleep(0.6)  # as a WebSocket does, waiting for the answer
        nursery.start_soon(stream.aclose)
        await stream.aclose()
        assert trio.current_time() - began == pytest.approx(1.0)
        assert stream.broken == "closed"
        assert pair[0].fileno() == -1


async def test_closing_takes_a_second_at_most_when_cancelled(
    pair: Pair, autojump_clock: trio.testing.MockClock
) -> None:
    began = trio.current_time()
    with trio.move_on_after(0.5):
        async with trio.open_nursery() as nursery:
            stream = await opened(pair[0], nursery)
            blocked(stream)
            try:
                await trio.sleep_forever()
            finally:
                await stream.aclose()
    assert trio.current_time() - began == pytest.approx(1.5)
    assert pair[0].fileno() == -1


async def test_somebody_may_send_while_another_closes(
    pair: Pair, autojump_clock: trio.testing.MockClock
) -> None:
    """The library's reader may answer a ping while the session closes: only one of them waits."""
    async with trio.open_nursery() as nursery:
        stream = await opened(pair[0], nursery)
        blocked(stream)
        nursery.cancel_scope.cancel()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stream.aclose)
        await trio.testing.wait_all_tasks_blocked()
        await stream.send_all(b"\x8a\x00")
    assert stream.broken == "closed"
