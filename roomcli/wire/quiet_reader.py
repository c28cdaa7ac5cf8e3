"""The one reader of all quiet connections: those from which little more than signs of life come.

To wake a task for each acknowledgement costs a server several times what reading it does. So the
tasks of quiet connections sleep, and one task asks the system which of them have sent something and
reads these in a plain loop, once a tick: the more come at once, the less each costs. What the loop
cannot settle by itself goes to the connection's own task, and nothing more is read until that task
asks for it.
"""

from __future__ import annotations

import logging
import selectors
from time import perf_counter
from typing import Protocol

import trio

log = logging.getLogger(__name__)

TICK = 0.020
"""Seconds from one pass over all quiet connections to the next."""
SLICE_SECONDS = 0.002
"""Seconds after which a pass lets other tasks go on, those who speak before all."""


class QuietConnection(Protocol):
    """A connection whose own task sleeps."""

    def fileno(self) -> int:
        """Return the descriptor of its socket."""

    def read_quietly(self) -> bool:
        """Read a bounded part of what has come, and settle it or wake the connection's own task.

        Return whether more is held here, of which the socket shows nothing. A connection that was
        removed reads nothing.
        """

    def cut(self, why: str) -> None:
        """End the connection at once."""


class QuietReader:
    """Reads connections from :meth:`add` to :meth:`remove`. :meth:`run` has to run."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._held: dict[QuietConnection, None] = {}

    def add(self, connection: QuietConnection) -> None:
        """Read this connection from now on."""
        self._selector.register(connection, selectors.EVENT_READ, connection)

    def remove(self, connection: QuietConnection) -> None:
        """Read this connection no longer; its socket is still open."""
        self._selector.unregister(connection)
        self._held.pop(connection, None)

    async def run(self) -> None:
        """Read until cancelled."""
        some = 0
        while True:
            if not some:
                # An epoll, or a kqueue, is readable itself when one of its descriptors is.
                await trio.lowlevel.wait_readable(self._selector.fileno())
            began = trio.current_time()
            some = await self._read_all()
            await trio.sleep_until(began + TICK)

    async def _read_all(self) -> int:
        """Read each connection that has something once; return how many these were."""
        held, self._held = self._held, {}
        began = perf_counter()
        some = held | {key.data: None for key, _ in self._selector.select(0)}
        for connection in some:
            try:
                if connection.read_quietly():
                    self._held[connection] = None
            except Exception:
                # An error in one connection, even a bug of ours, must not end the others.
                log.exception("a connection failed")
                connection.cut("an error")
            if perf_counter() - began > SLICE_SECONDS:
                await trio.lowlevel.checkpoint()
                began = perf_counter()
        return len(some)
