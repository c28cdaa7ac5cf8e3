"""The final answer to each command, in the order of the commands: ``done`` once it is on disk.

It comes after the events of the command, which the room may hold back.

No command waits for the disk: each is carried out at once, however long the disk takes for the one
before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import trio

from roomcli.errors import StoreError
from roomcli.protocol import codec
from roomcli.protocol import events as e

from ..client_connection import ClientConnection
from ..store import PATIENCE
from .tellings import Tellings


class _Command(NamedTuple):
    """A command that was carried out: its name, ref and transaction, and when to give up.

    ``position`` is where its events are in what the room tells.
    """

    name: str
    ref: int | None
    transaction: int
    position: int
    until: float


Flushed = Callable[[int, float], Awaitable[None]]
"""Waits until a transaction is kept, at most until a time of Trio's clock. Raises StoreError."""


class Acknowledgements:
    """Acknowledges the commands of one connection; ``refusals`` counts those that failed.

    ``tellings`` are those of the room, if they are in one.
    """

    def __init__(
        self,
        flushed: Flushed,
        connection: ClientConnection,
        refusals: Counter[str],
        tellings: Tellings | None = None,
    ) -> None:
        self._flushed = flushed
        self._tellings = tellings
        self._connection = connection
        self._refusals = refusals
        self._waiting: list[_Command] = []  # nearly always empty, and a deque never takes little

    def expect(self, name: str, ref: int | None, nursery: trio.Nursery, transaction: int) -> None:
        """Acknowledge a command once this transaction is on disk, at once if it is 0."""
        tellings = self._tellings
        position = tellings.position if tellings is not None else 0
        is_out = tellings is None or tellings.is_out(position)
        if is_out and not transaction and not self._waiting:
            self._done(ref)
            return
        until = trio.current_time() + PATIENCE
        self._waiting.append(_Command(name, ref, transaction, position, until))
        if len(self._waiting) == 1:
            nursery.start_soon(self._wait)

    async def _wait(self) -> None:
        while self._waiting:
            command = self._waiting[0]
            failure = ""
            try:
                if command.transaction:
                    await self._flushed(command.transaction, command.until)
            except StoreError as error:
                failure = str(error)
            if self._tellings is not None:
                await self._tellings.out(command.position)
            if failure:
                name, ref = command.name, command.ref
                self._refusals["failed"] += 1
                self._send(e.Refused(command=name, code="failed", text=failure, ref=ref))
            else:
                self._done(command.ref)
            del self._waiting[0]

    def _send(self, event: e.Done | e.Refused) -> None:
        self._connection.send(codec.encode(event))

    def _done(self, ref: int | None) -> None:
        if ref is not None:
            self._send(e.Done(ref=ref))
