"""The streams of all connections of a port: what waits in them, and what they dropped."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import NamedTuple

import trio

from roomcli.wire.stream import OutboundStream

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""Seconds between two looks at what waits for all."""


class StreamCounts(NamedTuple):
    """What all streams together hold at a moment.

    ``blocked`` are those that take no more bytes, ``frames_waiting`` what waits in all queues.
    ``voice_dropped`` are the bundles that grew too old in a queue, those of streams that have ended
    as well, so that it only grows.
    """

    open: int
    blocked: int
    frames_waiting: int
    voice_dropped: int


class OpenStreams:
    """Knows the streams that are open.

    Each stream counts for itself; they are asked in :meth:`count_all`, so that sending costs
    nothing more.
    """

    def __init__(self) -> None:
        self._open: set[OutboundStream] = set()
        self._dropped = 0

    @contextlib.contextmanager
    def include(self, stream: OutboundStream) -> Iterator[None]:
        """Count a stream as open until the block ends."""
        self._open.add(stream)
        try:
            yield
        finally:
            self._open.remove(stream)
            self._dropped += stream.voice_dropped

    def count_all(self) -> StreamCounts:
        """Ask all streams that are open."""
        blocked = waiting = 0
        dropped = self._dropped
        for stream in self._open:
            blocked += stream.blocked
            waiting += stream.frames_waiting
            dropped += stream.voice_dropped
        return StreamCounts(len(self._open), blocked, waiting, dropped)

    async def keep_bounded(self, most_waiting: Callable[[], float]) -> None:
        """Let only so many bytes wait for all together, until cancelled.

        Each may let a megabyte wait, so that many who ask for much and read nothing would fill the
        memory. The connections for which most waits are cut.
        """
        while True:
            await trio.sleep(LOOK_SECONDS)
            waiting = {each: size for each in self._open if (size := each.bytes_waiting)}
            total, most = sum(waiting.values()), most_waiting()
            if total > most:
                log.error("%(bytes)d bytes wait for clients that take nothing", {"bytes": total})
            for stream in sorted(waiting, key=waiting.__getitem__, reverse=True):
                if total <= most:
                    break
                total -= waiting[stream]
                stream.cut("control_overflow")
