"""Waking a Trio task from a device's thread."""

from __future__ import annotations

import contextlib

import trio


class Wake:
    """Set from any thread by :meth:`from_thread`; made and waited for in the Trio thread."""

    def __init__(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        self._event = trio.Event()

    def from_thread(self) -> None:
        """Wake the waiting task; never blocks, does nothing once Trio is gone."""
        with contextlib.suppress(trio.RunFinishedError):
            self._token.run_sync_soon(self._set, idempotent=True)

    async def wait(self, most: float) -> None:
        """Wait to be woken, for ``most`` seconds at the longest."""
        with trio.move_on_after(most):
            await self._event.wait()
        self._event = trio.Event()

    def _set(self) -> None:
        self._event.set()
