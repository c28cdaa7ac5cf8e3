"""Tests of a bundle on its way to many connections: each gets it once, whole, and in its order."""

from __future__ import annotations

import errno
import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
import trio
import trio.testing

from roomcli.wire.records import PlainRecords
from roomcli.wire.stream import OutboundStream
from server.streams import batch
from server.streams.batch import FEW, PlainStreamBatch, RingBatch, StreamBatch, new_batch
from server.streams.ring import ENTRIES

from ...support.patience import PATIENCE

MANY = ENTRIES + 2 * FEW
BATCHES = (PlainStreamBatch, new_batch)
"""One that sends one by one, and the best that this system has."""


class StreamEnds:
    """Connections and their other ends."""

    def __init__(self, stack: ExitStack, nursery: trio.Nursery, count: int) -> None:
        self.streams: list[OutboundStream] = []
        self.ends: list[socket.socket] = []
        for _ in range(count):
            ours, theirs = socket.socketpair()
            for each in (ours, theirs):
                stack.enter_context(each)
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
            theirs.setblocking(False)
            stream = OutboundStream(ours, nursery, voice_max_age=10.0)
            stream.begin_pushes()
            self.streams.append(stream)
            self.ends.append(theirs)

    def send(self, batch: StreamBatch, frame: bytes) -> None:
        """Send a frame to all."""
        for stream in self.streams:
            batch.add(stream, frame)
        batch.flush()

    async def got(self, number: int, size: int) -> bytes:
        """Read so many bytes at one end."""
        got = b""
        with trio.fail_after(PATIENCE):
            while len(got) < size:
                try:
                    got += self.ends[number].recv(size - len(got))
                except BlockingIOError:
                    await trio.lowlevel.wait_readable(self.ends[number])
        return got


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Close what was opened."""
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("make", BATCHES)
@pytest.mark.parametrize("count", [1, FEW, FEW + 1, MANY])
async def test_all_get_each_bundle_once(
    make: type[PlainStreamBatch], count: int, stack: ExitStack
) -> None:
    sends = make()
    async with trio.open_nursery() as nursery:
        all = StreamEnds(stack, nursery, count)
        for number in range(5):
            all.send(sends, b"bundle %d," % number)
        expected = b"".join(b"bundle %d," % number for number in range(5))
        assert {await all.got(number, len(expected)) for number in range(count)} == {expected}
        for stream in all.streams:
            stream.cut("done")


@pytest.mark.parametrize("make", BATCHES)
async def test_who_reads_nothing_gets_the_rest_in_order_and_harms_nobody(
    make: type[PlainStreamBatch], stack: ExitStack
) -> None:
    sends, big, small = make(), b"b" * 60_000, b"small"
    async with trio.open_nursery() as nursery:
        all = StreamEnds(stack, nursery, FEW + 2)
        slow, gone = all.streams[1], all.streams[2]
        while not slow.blocked:
            slow.push_control(b"before" * 100)
        queued = slow.bytes_waiting + slow.frames_waiting
        all.ends[2].close()
        all.send(sends, big)  # does not fit into any of the sockets
        all.send(sends, small)
        slow.push_control(b"after")
        assert gone.broken is not None
        assert gone.broken.startswith("connection lost: ")
        assert slow.blocked
        assert queued
        for number in (0, *range(3, FEW + 2)):
            assert await all.got(number, 60_005) == big + small
        got = b""
        while not got.endswith(small):
            got += await all.got(1, 1)
        assert got.replace(b"before" * 100, b"") == b"after" + big + small
        for stream in all.streams:
            stream.cut("done")


class Stamping(PlainRecords):
    """Records that are other bytes for each connection, as those of TLS are; one of them fails."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def seal(self, plain: bytes) -> bytes:
        """Stamp the bytes."""
        if self._number == 3:
            raise ssl.SSLError("ended")
        return b"%d:%s," % (self._number, plain)


@pytest.mark.parametrize("make", BATCHES)
async def test_each_gets_the_record_that_is_sealed_for_it(
    make: type[PlainStreamBatch], stack: ExitStack
) -> None:
    sends = make()
    async with trio.open_nursery() as nursery:
        all = StreamEnds(stack, nursery, MANY)
        for number, stream in enumerate(all.streams):
            stream._records = Stamping(number)
        all.send(sends, b"bundle")
        for number in range(MANY):
            if number != 3:
                expected = b"%d:bundle," % number
                assert await all.got(number, len(expected)) == expected
        assert all.streams[3].broken == "TLS: protocol error"
        for stream in all.streams:
            stream.cut("done")


def test_a_system_without_a_ring_sends_one_by_one_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def forbidden() -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(batch, "SendRing", forbidden)
    caplog.set_level(logging.INFO)
    assert isinstance(new_batch(), PlainStreamBatch)
    assert "Operation not permitted" in caplog.text


async def test_a_ring_that_fails_ends_the_connections_of_which_nothing_is_known(
    stack: ExitStack,
) -> None:
    def fail(*_: object) -> dict[int, int]:
        raise OSError(errno.EIO, "no ring any more")

    async with trio.open_nursery() as nursery:
        all = StreamEnds(stack, nursery, FEW + 1)
        apart = StreamEnds(stack, nursery, 1)
        ring: Any = SimpleNamespace(send=fail)
        all.send(RingBatch(ring), b"bundle")
        assert {each.broken for each in all.streams} == {"connection lost: Input/output error"}
        apart.send(new_batch(), b"bundle")
        assert await apart.got(0, 6) == b"bundle"
        apart.streams[0].cut("done")
