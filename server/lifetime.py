"""How long a server runs, and what a hangup signal makes it do."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator

import trio

from roomcli.signals import heeded

HANGUP_SECONDS = 1.0
"""Seconds that the system may need after a hangup signal to take the terminal away."""


class Lifetime:
    """Waits for the end of a server: a signal, or the end of its parent process.

    The parent process holds the other end of the pipe ``parent``. A hangup signal ends a server
    whose terminal was closed; a server that still has a terminal, or never had one, calls ``renew``
    instead.
    """

    def __init__(
        self, signals: AsyncIterator[int], parent: int | None, renew: Callable[[], None]
    ) -> None:
        self._signals = signals
        self._parent = parent
        self._renew = renew
        self._had_terminal = _has_terminal()

    async def is_over(self) -> None:
        """Wait until the server has to stop."""
        async with trio.open_nursery() as nursery:
            if self._parent is not None:
                nursery.start_soon(self._parent_is_gone, self._parent, nursery.cancel_scope)
            await self._told_to_stop()
            nursery.cancel_scope.cancel()

    async def told_again(self) -> None:
        """Wait until the server is told once more to stop: at once, that means."""
        async for number in self._signals:
            if number != signal.SIGHUP:
                return
        await trio.sleep_forever()

    async def _told_to_stop(self) -> None:
        async for number in self._signals:
            if number != signal.SIGHUP:
                return
            self._renew()
            if self._had_terminal:
                await trio.sleep(HANGUP_SECONDS)
                if not _has_terminal():
                    return

    async def _parent_is_gone(self, parent: int, scope: trio.CancelScope) -> None:
        async with trio.lowlevel.FdStream(parent) as pipe:
            while await pipe.receive_some():
                pass
        scope.cancel()


@contextlib.contextmanager
def received_signals() -> Iterator[AsyncIterator[int]]:
    """Open a receiver of the signals that a server acts on.

    Signals that the starting process had set to be ignored stay ignored. Those that nobody has
    taken by the end, such as a second hangup of a terminal that closes, kill no server that stops.
    """
    numbers = heeded((signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
    if not numbers:
        yield _none()
        return
    # Trio hands signals that are left, some of them later, to the handlers of before.
    for each in numbers:
        signal.signal(each, _ignore)
    with trio.open_signal_receiver(*numbers) as signals:
        yield signals


def _ignore(number: int, frame: object) -> None:
    pass


async def _none() -> AsyncIterator[int]:
    await trio.sleep_forever()
    yield 0


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
