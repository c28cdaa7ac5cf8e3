"""Tests of what is known of all connections of a port together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.hostile import Flood
from roomcli.protocol import commands as c
from server.public.open_streams import OpenStreams, StreamCounts

from ...support.patience import until
from ...support.serving import patient_limits, serving


class Stream:
    """What is asked of a stream."""

    def __init__(self, *, blocked: bool, waiting: int, dropped: int) -> None:
        self.blocked, self.frames_waiting, self.voice_dropped = blocked, waiting, dropped


def test_what_was_dropped_never_falls_when_streams_end() -> None:
    streams = OpenStreams()
    one: Any = Stream(blocked=True, waiting=3, dropped=5)
    other: Any = Stream(blocked=False, waiting=1, dropped=2)
    with streams.include(one):
        with streams.include(other):
            assert streams.count_all() == StreamCounts(2, 1, 4, 7)
        other.voice_dropped = 100
        assert streams.count_all() == StreamCounts(1, 1, 3, 7)
        one.voice_dropped += 1
    assert streams.count_all() == StreamCounts(0, 0, 0, 8)


async def test_a_port_knows_its_connections(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        assert server.listener is not None
        streams = server.listener.streams
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        assert streams.count_all().open == 2
        for client in (host, guest):
            await client.go()
        await until(lambda: streams.count_all().open == 0)


async def test_of_all_who_do_not_read_those_go_for_whom_most_waits(tmp_path: Path) -> None:
    """Each stays below its own limit; together they would fill the memory."""
    async with serving(tmp_path, limits=patient_limits(queues_mib=1)) as running:
        host = await running.client(intent="host")
        assert running.listener is not None
        streams = running.listener.streams
        honest = set(streams._open)
        flood = Flood(replace(running.room(), invite=None))
        lazy = [await flood.upgraded("127.0.0.1") for _ in range(3)]
        for peer in lazy:
            await peer.message()
        hoarding = list(streams._open - honest)
        for each, size in zip(hoarding, (200_000, 800_000, 700_000), strict=True):
            while each.bytes_waiting < size:
                each.push_control(bytes(10_000))
        await until(lambda: any(each.broken for each in hoarding))
        assert [each.broken for each in hoarding] == [None, "control_overflow", None]
        await host.do(c.Lock())
        for peer in lazy:
            await peer.stream.aclose()
