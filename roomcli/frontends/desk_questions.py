"""Commands that need no room, each with whoever waits for its answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from ..errors import CommandRefused, ConnectionFailed
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.local import AskedCommand, ChannelEvent, ForServer, ServerNews

FIRST_REF = 1 << 51
"""The first ``ref``, beyond those of a room's commands and searches."""

AskDesk = Callable[[c.DeskCommand], Awaitable[list[e.DeskEvent]]]
"""Gives a command that needs no room, and returns the answers once it is done.

Raises CommandRefused, and ConnectionFailed where no server answers.
"""
AskServer = Callable[[c.DeskCommand, str], Awaitable[list[e.DeskEvent]]]
"""Does so to the server of a URL, or, where that is empty, to that of the room that one is in."""


class DeskQuestions:
    """The commands that wait; ``send`` gives one to the engine, or returns False without one."""

    def __init__(self, send: Callable[[c.Command], bool]) -> None:
        self._send = send
        self._next = FIRST_REF
        self._answers: dict[int, list[e.DeskEvent]] = {}
        self._waiting: dict[int, asyncio.Future[None]] = {}

    async def ask(self, command: AskedCommand, server: str = "") -> list[e.DeskEvent]:
        """Give a command and return its answers, as :data:`AskServer` says."""
        ref, self._next = self._next, self._next + 1
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answers[ref], self._waiting[ref] = [], over
        try:
            asked = replace(command, ref=ref)
            if not self._send(ForServer(server=server, asks=asked) if server else asked):
                raise ConnectionFailed("there is no connection to a server")
            await over
            return self._answers[ref]
        finally:
            del self._answers[ref], self._waiting[ref]

    def settles(self, event: ChannelEvent) -> bool:
        """Take an event that answers a waiting command; return whether it did."""
        event = event.said if isinstance(event, ServerNews) else event
        ref = getattr(event, "ref", None)
        if not isinstance(ref, int) or ref < FIRST_REF:
            return False
        over = self._waiting.get(ref)
        if over is None or over.done():
            return True  # whoever asked waits no longer
        match event:
            case e.DeskEvent():
                self._answers[ref].append(event)
            case e.Done():
                over.set_result(None)
            case e.Refused(code=code, text=text):
                over.set_exception(CommandRefused(code, text))
        return True

    def fail(self, text: str) -> None:
        """Tell all who wait that no answer will come."""
        for over in self._waiting.values():
            if not over.done():
                over.set_exception(ConnectionFailed(text))


SignOnHere = Callable[[str, str], Awaitable[str]]
"""Begins to sign on with an issuer of a server, which may be empty as for :data:`AskServer`.

Returns the address to open in a browser here.

Raises as :data:`AskDesk` does.
"""


async def nobody_answers(command: c.DeskCommand, server: str) -> list[e.DeskEvent]:
    """Stand in where there is no server."""
    raise ConnectionFailed("there is no connection to a server")


async def nobody_signs_on(issuer: str, server: str) -> str:
    """Stand in where there is no server."""
    raise ConnectionFailed("there is no connection to a server")
