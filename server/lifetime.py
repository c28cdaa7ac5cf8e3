"""How long a server runs, and what it does when it is told to look at its files again."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator

import trio

from roomcli.signals import heeded

HANGUP_SECONDS = 1.0
"""After a hangup the system may need a moment to take the terminal away."""


class Lifetime:
    """From its start until a signal ends it, or the process that holds ``parent``'s other end.

    A hangup ends a server whose terminal was closed; one that has a terminal still, or never had
    one, calls ``renew`` instead.
    """

    def __init__(
        self, signals: AsyncIterator[int], parent: int | None, renew: Callable[[], None]
    ) -> None:
        self._signals = signals
        self._parent = parent
        self._renew = renew
        self._had_terminal = _has_terminal()

    async def is_over(self) -> None:
        """Wait for the end."""
        async with trio.open_nursery() as nursery:
            if self._parent is not None:
                nursery.start_soon(self._parent_is_gone, self._parent, nursery.cancel_scope)
            await self._told_to_stop()
            nursery.cancel_scope.cancel()

    async def _told_to_stop(self) -> None:
        async for number in self._signals:
            if number != signal.SIGHUP:
                return
            self._renew()
            if self._had_terminal:
                await trio.sleep(HANGUP_SECONDS)
                if not _has_terminal():
                    return await self._drained()

    async def _drained(self) -> None:
        """A terminal that goes may say so twice, and the second must not kill us at the end."""
        with trio.move_on_after(HANGUP_SECONDS / 10):
            async for _ in self._signals:
                pass

    async def _parent_is_gone(self, parent: int, scope: trio.CancelScope) -> None:
        async with trio.lowlevel.FdStream(parent) as pipe:
            while await pipe.receive_some():
                pass
        scope.cancel()


@contextlib.contextmanager
def received_signals() -> Iterator[AsyncIterator[int]]:
    """The signals that a server acts on, but for those that its starter had it ignore."""
    numbers = heeded((signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
    if not numbers:
        yield _none()
        return
    with trio.open_signal_receiver(*numbers) as signals:
        yield signals


async def _none() -> AsyncIterator[int]:
    await trio.sleep_forever()
    yield 0


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
