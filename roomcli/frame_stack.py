"""Gives a program room on Python's stack, so that none of its calls is slow by bad luck.

CPython keeps the frames of Python functions in pieces of 16 KiB, and gives a piece back to the
system when its first frame ends. Code that calls again and again across the end of a piece asks
the system for memory each time: a call takes 7 µs in place of 25 ns (CPython 3.11 to 3.13). Which
code that is depends on how deep it is called: reading the screen's styles took 25 ms in place of
8, the import of NumPy 80 ms in place of 45.
"""

from __future__ import annotations

from types import FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_SLOTS = 40_000
"""Size of the frame in words of 8 bytes: a piece of 512 KiB is made for it, 190 of them left."""


def _call(function: Callable[..., int], *arguments: Any) -> int:
    return function(*arguments)


call_with_room: Callable[..., int] = FunctionType(
    _call.__code__.replace(co_stacksize=_SLOTS), globals(), "call_with_room"
)
"""Call a function with arguments and return its result; all that it calls has room.

The frame of this call says that it needs much, so the piece that is made for it is large. What is
never touched of it takes no memory.
"""
