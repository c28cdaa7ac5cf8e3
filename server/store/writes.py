"""The queue of writes: what is queued is valid at once, and kept as soon as it can be."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

PATIENCE = 5.0
"""Seconds to wait for a write before a command is said to have failed."""
HELD = "it holds, and will be written; a restart before that may undo it"
LOST = "it holds, but cannot be written down: a restart undoes it"
OUTDONE = "it was changed on another server at the same moment, and this was not done: try again"
"""What whoever waited is told of a write that is not kept yet, and of one that never can be: by one
server alone, and where several write."""


class WriteTrouble(NamedTuple):
    """The reason why nothing can be written, and since when (seconds since 1970)."""

    since: float
    why: str


class Writes(Protocol):
    """The queue of all parts' writes; their transactions are kept in the order of their numbers.

    Reads see what is queued. A write that fails for a reason that may pass is tried again from the
    first unwritten one on.
    """

    @property
    def queued(self) -> int:
        """The number of the newest transaction; numbers go up by one from 1."""

    @property
    def waiting(self) -> int:
        """The number of transactions that are not kept yet."""

    @property
    def fullness(self) -> float:
        """How much waits, as a share of what may wait before optional writes are refused."""

    @property
    def trouble(self) -> WriteTrouble | None:
        """The reason why nothing can be written, and since when; None while writing works."""

    @property
    def is_lost(self) -> bool:
        """Whether another server may have the data by now, or may have changed them unheard."""

    def transaction(self, room: str = "") -> AbstractContextManager[None]:
        """Write everything that is queued inside together, or nothing of it.

        What is written of a ``room`` is refused for good once another server has that. One inside
        another belongs to the outer one. After an error inside, what was queued until then is
        written.
        """

    async def flushed(self, number: int | None = None, until: float | None = None) -> None:
        """Wait until the transaction of this number, the newest by default, is kept.

        ``until`` is the time of Trio's clock at which to give up, by default in ``PATIENCE``.
        Raises StoreError (``HELD``, ``LOST``) when the transaction is not kept by then, or can
        never be.
        """
