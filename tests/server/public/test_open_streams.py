"""Tests of what is known of all connections of a port together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from server.public.open_streams import OpenStreams, StreamCounts

from ...support.patience import until
from ...support.serving import serving


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
