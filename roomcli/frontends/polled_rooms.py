"""The open rooms of a server, asked for again and again over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TypeVar

from ..errors import ConnectionFailed
from .model.open_rooms import RoomsNews, rooms_of

REFRESH = 2.0
"""Seconds between two requests to the server."""

Answer = TypeVar("Answer")


async def polled(ask: Callable[[], list[dict[str, object]]]) -> AsyncIterator[RoomsNews]:
    """Yield the rooms that ``ask`` returns, or the ConnectionFailed that it raises.

    ``ask`` may block.
    """
    while True:
        try:
            told = await _on_a_thread(ask)
        except ConnectionFailed as error:
            yield error
        else:
            yield rooms_of(told)
        await asyncio.sleep(REFRESH)


async def _on_a_thread(ask: Callable[[], Answer]) -> Answer:
    """Return or raise what a blocking call does, run on a thread; leaving does not wait for it."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Answer] = loop.create_future()

    def tell(settle: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody asks any more
            loop.call_soon_threadsafe(lambda: None if answer.done() else settle())

    def work() -> None:
        try:
            told = ask()
        except Exception as error:
            tell(partial(answer.set_exception, error))
        else:
            tell(partial(answer.set_result, told))

    threading.Thread(target=work, daemon=True).start()
    return await answer
