"""Voice from worker to worker, past the parent.

Each worker has an inbox, one end of a pair of sockets for messages, and writes into those of the
others. The parent opens them all and keeps them open: who is started again has the same one. A
message has what came in one pass of Trio's loop, as bundle entries by the numbers of their rooms.
"""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import trio

log = logging.getLogger(__name__)

LONGEST = 64 * 1024
"""Bytes of a message at the most."""
MOST_WAITING = LONGEST // 2
"""Bytes of voice that wait for the next message at the most; then it is sent."""
MOST_READ = 64
"""Messages that are read at once, so that there is time for everything else."""

Voices = dict[int, list[bytes]]
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Voices)


@dataclass(frozen=True)
class WorkerInbox:
    """The two ends of a pair of sockets: a worker reads from one what others write to the other."""

    to_read: socket.socket
    to_write: socket.socket


def open_inbox() -> WorkerInbox:
    """Return a new pair. Raises OSError."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for each in ends:
        each.setblocking(False)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * LONGEST)
    return WorkerInbox(*ends)


class WorkerInboxes:
    """A worker's own inbox, and those of all workers in their order. :meth:`run` has to run."""

    def __init__(self, own: socket.socket, inboxes: Sequence[socket.socket]) -> None:
        self._own = own
        self._inboxes = inboxes
        self._waiting: dict[tuple[int, ...], Voices] = {}
        self._bytes = 0
        self._some = trio.Event()

    def pass_on(self, room: int, workers: tuple[int, ...], entry: bytes) -> None:
        """Send a frame to these workers, together with what else comes at this moment.

        Who is behind misses it.
        """
        self._waiting.setdefault(workers, {}).setdefault(room, []).append(entry)
        self._bytes += len(entry)
        if self._bytes > MOST_WAITING:
            self._send_all()
        self._some.set()

    async def run(self, hear: Callable[[int, list[bytes]], None]) -> None:
        """Send what is passed on, and give ``hear`` what others do, by room, until cancelled."""
        self._discard_all()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._keep_reading, hear)
            while True:
                await self._some.wait()
                self._some = trio.Event()
                self._send_all()

    def _send_all(self) -> None:
        waiting, self._waiting, self._bytes = self._waiting, {}, 0
        for workers, voices in waiting.items():
            message = _encoder.encode(voices)
            for each in workers:
                with contextlib.suppress(BlockingIOError):  # it is behind
                    self._inboxes[each].send(message)

    def _discard_all(self) -> None:
        """Discard what was sent to an earlier life of this worker."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self._own.recv(1)

    async def _keep_reading(self, hear: Callable[[int, list[bytes]], None]) -> None:
        while True:
            await trio.lowlevel.wait_readable(self._own)
            self._read_arrived(hear)

    def _read_arrived(self, hear: Callable[[int, list[bytes]], None]) -> None:
        for _ in range(MOST_READ):
            try:
                received = self._own.recv(LONGEST)
            except BlockingIOError:
                return
            for room, entries in _decoder.decode(received).items():
                try:
                    hear(room, entries)
                except Exception:
                    # An error in one room, even a bug of ours, must not end the others.
                    log.exception("voice of another worker failed")
