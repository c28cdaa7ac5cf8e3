"""Tests of the rules of the outbound stream, one by one.

A peer that reads nothing blocks a real socket for good, so virtual time may jump: what is measured
is exactly the stream's own patience.
"""

from __future__ import annotations

import socket
import ssl
import sys
from collections.abc import Iterator

import pytest
import trio
import trio.testing

from roomcli.protocol import MAX_MESSAGE
from roomcli.wire.frames import server_frame
from roomcli.wire.records import PlainRecords
from roomcli.wire.stream import MAX_CONTROL, MAX_VOICE, OutboundStream

from ...support.patience import PATIENCE

VOICE_AGE = 0.2
CLOSE = b"\x88\x00"


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Return two connected sockets with small buffers; the stream gets the first."""
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    theirs.setblocking(False)
    yield ours, theirs
    ours.close()
    theirs.close()


Pair = tuple[socket.socket, socket.socket]


async def opened(raw: socket.socket, nursery: trio.Nursery) -> OutboundStream:
    """Return a stream on which frames may be pushed."""
    stream = OutboundStream(raw, nursery, voice_max_age=VOICE_AGE)
    stream.begin_pushes()
    return stream


def blocked(stream: OutboundStream) -> int:
    """Push control frames until the socket takes no more; return how many bytes were pushed."""
    pushed = 0
    while not stream.blocked:
        stream.push_control(bytes(1000))
        pushed += 1000
    return pushed


async def received(theirs: socket.socket, size: int) -> bytes:
    """Read exactly ``size`` bytes at the other end."""
    got = b""
    with trio.fail_after(PATIENCE):
        while len(got) < size:
            try:
                got += theirs.recv(size - len(got))
            except BlockingIOError:
                await trio.lowlevel.wait_readable(theirs)
    return got


def nothing_more(theirs: socket.socket) -> bool:
    """Whether the other end has nothing to read, not even the end."""
    try:
        return not theirs.recv(1)
    except BlockingIOError:
        return True


async def test_what_is_sent_is_queued_before_the_first_checkpoint(pair: Pair) -> None:
    """The library encodes before it locks, so a task cancelled in between has already encoded."""
    async with trio.open_nursery() as nursery:
        stream = await opened(pair[0], nursery)
        with trio.CancelScope() as scope:
            scope.cancel()
            await stream.send_all(b"first")
        stream.push_control(b"second")
        assert await received(pair[1], 11) == b"firstsecond"
        stream.cut("done")


async def test_what_was_sent_is_not_kept(pair: Pair) -> None:
    async with trio.open_nursery() as nursery:
        stream = await opened(pair[0], nursery)
        data = bytes(100)
        before = sys.getrefcount(data)
        await stream.send_all(data)
        assert sys.getrefcount(data) == before
        assert await received(pair[1], 100) == data
        stream.cut("done")


@pytest.mark.parametrize("by_library", [False, True])
async def test_frames_are_pushed_between_the_opening_and_the_close_only(
    pair: Pair, by_library: bool
) -> None:
    async with trio.open_nursery() as nursery:
        stream = OutboundStream(pair[0], nursery, voice_max_age=VOICE_AGE)
        stream.push_control(b"early")
        stream.push_voice(b"early")
        await stream.send_all(b"101")
        stream.begin_pushes()
        stream.push_control(b"control")
        stream.push_voice(b"voice")
        if by_library:
            await stream.send_all(CLOSE)
        else:
            stream.push_close(CLOSE)
        stream.push_control(b"late")
        stream.push_voice(b"late")
        assert await received(pair[1], 17) == b"101controlvoice" + CLOSE
        assert nothing_more(pair[1])
        stream.cut("done")


async def test_voice_that_waits_goes_with_the_close(pair: Pair) -> None:
    async with trio.open_nursery() as nursery:
        stream = await opened(pair[0], nursery)
        pushed = blocked(stream)
        stream.push_voice(b"voice")
        stream.push_close(CLOSE)
        assert (await received(pair[1], pushed + 2))[-2:] == CLOSE
        await stream.aclose()
        assert pair[1].recv(10) == b""


async def test_voice_grows_old_and_control_does_not(
    pair: Pair, autojump_clock: trio.testing.MockClock
) -> None:
    async with trio.open_nursery() as nursery:
        stream = await opened(pair[0], nursery)
        pushed = blocked(stream)
        stream.push_voice(b"old")
        stream.push_control(b"control")
        await trio.sleep(0.15)
        assert stream.voice_waiting == pytest.approx(0.15)
        stream.push_voice(b"new")
        await trio.sleep(0.1)
        autojump_clock.autojump_threshold = float("inf")
        assert (await received(pair[1], pushed + 10))[-10:] == b"controlnew"
        assert stream.voice_dropped == 1
        assert stream.voice_waiting == 0.0
        stream.cut("done")


async def test_the_queue_of_voice_is_short_and_keeps_the_newest(pair: Pair) -> None:
    async with trio.open_nursery() as nursery:
        stream = OutboundStream(pair[0], nursery, voice_max_age=60.0)
        stream.begin_pushes()
        pushed = blocked(stream)
        for number in range(MAX_VOICE + 5):
            stream.push_voice(b"%02d" % number)
        assert stream.voice_dropped == 5
        got = await received(pair[1], pushed + 2 * MAX_VOICE)
        assert got[pushed:] == b"".join(b"%02d" % number for number in range(5, MAX_VOICE + 5))
        stream.cut("done")


async def test_too_much_control_cuts_the_connection(pair: Pair) -> None:
    async with trio.open_nursery() as nursery:
        stream = await opened(pair[0], nursery)
        blocked(stream)

        async def library() -> None:
            with pytest.raises(trio.BrokenResourceError, match="control_overflow"):
                await stream.send_all(bytes(MAX_CONTROL - 10_000))

        nursery.start_soon(library)
        await trio.testing.wait_all_tasks_blocked()
        assert stream.broken is None
        for _ in range(20):
            stream.push_control(bytes(1000))
        assert stream.broken == "control_overflow"
        with pytest.raises(trio.BrokenResourceError):
            await stream.receive_some()


async def test_the_longest_message_fits_behind_others_that_wait(pair: Pair) -> None:
    async with trio.open_nursery() as nursery:
        stream = await opened(pair[0], nursery)
        blocked(stream)
        for size in (1000, 10_000, MAX_MESSAGE):
            stream.push_control(server_frame(bytes(size)))
        assert stream.broken is None
        stream.cut("done")


async def test_a_task_waits_only_while_the_connection_is_blocked(pair: Pair) -> None:
    async with trio.open_nursery() as nursery:
        stream = await opened(pair[0], nursery)
        for _ in range(3):
            stream.push_control(b"abc")
            stream.push_voice(b"def")
        assert not nursery.child_tasks
        await received(pair[1], 18)
        pushed = blocked(stream)
        for _ in range(3):
            stream.push_voice(b"def")
        assert len(nursery.child_tasks) == 1
        await received(pair[1], pushed + 9)
        await trio.testing.wait_all_tasks_blocked()
        assert not nursery.child_tasks
        assert not stream.blocked
        stream.cut("done")


async def test_a_cut_wakes_who_reads(pair: Pair) -> None:
    async with trio.open_nursery() as nursery:
        stream = await opened(pair[0], nursery)

        async def read() -> None:
            with pytest.raises(trio.BrokenResourceError, match="why"):
                await stream.receive_some()

        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        stream.cut("why")
        stream.cut("again")
        assert stream.broken == "why"


@pytest.mark.parametrize("push", ["push_voice", "push_control"])
async def test_no_push_raises_whatever_became_of_the_peer(pair: Pair, push: str) -> None:
    """A server that forwards to a thousand listeners must not fail because of one."""

    class ShutRecords(PlainRecords):
        def seal(self, plain: bytes) -> bytes:
            raise ssl.SSLError("protocol is shutdown")

    async with trio.open_nursery() as nursery:
        stream = OutboundStream(pair[0], nursery, voice_max_age=1, records=ShutRecords())
        stream.begin_pushes()
        getattr(stream, push)(b"frame")
        assert stream.broken is not None
        getattr(stream, push)(b"frame")


async def test_a_peer_that_is_gone_breaks_the_stream_only(pair: Pair) -> None:
    async with trio.open_nursery() as nursery:
        stream = await opened(pair[0], nursery)
        pair[1].close()
        stream.push_voice(b"frame")
        assert stream.broken is not None
        assert stream.broken.startswith("connection lost")
        await stream.aclose()


async def test_who_provokes_answers_and_reads_none_is_cut(pair: Pair) -> None:
    """A TLS peer may ask for new keys again and again, and each request gets an answer."""

    class Provoked(PlainRecords):
        def pending(self) -> bytes:
            return bytes(16 * 1024)

    async with trio.open_nursery() as nursery:
        stream = OutboundStream(pair[0], nursery, voice_max_age=1, records=Provoked())
        stream.begin_pushes()

        async def provoke() -> None:
            for _ in range(2 * MAX_CONTROL // (16 * 1024)):
                pair[1].send(b"provocation")
                await stream.receive_some()

        with pytest.raises(trio.BrokenResourceError, match="control_overflow"):
            await provoke()
        assert stream.broken == "control_overflow"
