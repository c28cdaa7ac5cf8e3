"""The last seconds of a server with people in it: they are told, and may finish their sentence."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import trio

from .rooms.hub import Hub

log = logging.getLogger(__name__)

DRAIN_SECONDS = 5.0
"""Seconds from the word that the server stops to the goodbye. With what follows, it is over before
the 10 s are that container engines give."""
LOOK_SECONDS = 0.1
"""Seconds between two looks at whether somebody is still there."""


async def drain(hub: Hub, seconds: float, told_again: Callable[[], Awaitable[None]]) -> None:
    """Let people go on for these seconds after they were told, or until all rooms are empty.

    It ends at once when ``told_again`` returns. Whoever comes meanwhile is let in and told too:
    they are brought back with all others.
    """
    if not seconds or not hub.number_in_rooms:
        return
    hub.announce_stop(hub.now() + seconds)
    log.info(
        "stopping in %(seconds)g s: %(people)d are in rooms, and are told; told once more it stops"
        " at once",
        {"seconds": seconds, "people": hub.number_in_rooms},
    )
    with trio.move_on_after(seconds):
        async with trio.open_nursery() as nursery:

            async def cut_short() -> None:
                await told_again()
                nursery.cancel_scope.cancel()

            nursery.start_soon(cut_short)
            while hub.number_in_rooms:  # noqa: ASYNC110 - a room tells nobody that it is empty
                await trio.sleep(LOOK_SECONDS)
            nursery.cancel_scope.cancel()
