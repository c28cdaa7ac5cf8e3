"""How long a test waits for what must come."""

from __future__ import annotations

from collections.abc import Callable

import trio

PATIENCE = 60.0
"""Seconds until a test gives up waiting for something that comes at once on a quiet machine.

Nothing is measured by it and only a failure waits so long: where every core is busy with other
things, programs start and screens are drawn ten times slower.
"""


async def until(condition: Callable[[], bool]) -> None:
    """Wait until this holds."""
    with trio.fail_after(PATIENCE):
        while not condition():
            await trio.lowlevel.checkpoint()
