"""The time that a test waits for something that must come."""

from __future__ import annotations

import contextlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from unittest import mock

import trio
from trio.testing import MockClock

PATIENCE = 60.0
"""Seconds until a test gives up waiting for something that comes at once on a quiet machine.

Nothing is measured by it, and only a failure waits so long. On a machine whose cores are all busy,
programs start and screens are drawn ten times slower.
"""


MOMENT = 0.001
"""Seconds between two looks at what is waited for."""


async def until(condition: Callable[[], bool]) -> None:
    """Wait until ``condition`` is true.

    Where time is virtual, none passes meanwhile.
    """
    moment = 0.0 if isinstance(trio.lowlevel.current_clock(), MockClock) else MOMENT
    with trio.fail_after(PATIENCE):
        while not condition():  # noqa: ASYNC110
            await trio.sleep(moment)


def limits(*places: str) -> dict[str, float]:
    """Limits of the product by their places (``module.NAME``), as it has them now."""
    return {place: pkgutil.resolve_name(place) for place in places}


@contextlib.contextmanager
def widened(limits: Mapping[str, float]) -> Iterator[None]:
    """Within the block nobody is cut off for being slow: these are as long as a test waits.

    What a test has set itself stays.
    """
    with contextlib.ExitStack() as stack:
        for place, usual in limits.items():
            if pkgutil.resolve_name(place) == usual:
                stack.enter_context(mock.patch(place, PATIENCE))
        yield
