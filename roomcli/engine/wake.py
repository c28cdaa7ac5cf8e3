"""Wakes a Trio task from a device's thread."""

from __future__ import annotations

import contextlib

import trio


class Wake:
    """A wake-up call, set from any thread and waited for in the Trio thread that made it."""

    def __init__(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        self._event = trio.Event()

    def from_thread(self) -> None:
        """Wake the waiting task; never blocks, and does nothing when Trio has ended."""
        with contextlib.suppress(trio.RunFinishedError):
            self._token.run_sync_soon(self._set, idempotent=True)

    async def wait(self, most: float) -> None:
        """Wait to be woken, for at most ``most`` seconds."""
        with trio.move_on_after(most):
            await self._event.wait()
        self._event = trio.Event()

    def _set(self) -> None:
        self._event.set()
