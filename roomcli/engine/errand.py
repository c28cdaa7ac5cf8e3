"""An errand: a short stay at home at a server, for commands that need no room."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import trio

from ..errors import CommandRefused, ConnectionFailed, RoomcliError
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.address import Address
from ..protocol.local import Connection, Problem
from .ending import Ending
from .keys import PersonalKey, personal_key
from .link import ServerConnection
from .replies import Answer, PendingReplies

T = TypeVar("T")

LEAST_PAUSE, LONGEST_WAIT = 0.1, 5.0
"""Seconds to wait before a command that came too soon is given again, and in all."""
ANSWER_SECONDS = 15.0
"""Seconds that the server may take for each command, and for the first to let the person in."""


class Errand:
    """A stay at home: gives commands one after the other, and keeps the news that come meanwhile.

    Everything raises CommandRefused, ConnectionFailed, and TooSlowError.
    """

    def __init__(self, link: ServerConnection, warn: Callable[[str], None]) -> None:
        self._link = link
        self._warn = warn
        self._replies = PendingReplies(link.send)
        self._news: deque[e.DeskEvent] = deque()

    async def arrive(self) -> None:
        """Wait until the server lets the person in."""
        with trio.fail_after(ANSWER_SECONDS):
            while not isinstance(await self._next(), e.Welcome):
                pass

    async def give(self, command: c.DeskCommand) -> list[e.DeskEvent]:
        """Give one command, and return the answers to it; wait a moment if that came too soon."""
        waited = 0.0
        while True:
            try:
                return await self._answers_to(command)
            except CommandRefused as refused:
                pause = refused.retry_after
                if refused.code != "rate_limited" or pause is None:
                    raise
                pause = max(pause, LEAST_PAUSE)
                waited += pause
                if waited > LONGEST_WAIT:
                    raise
            await trio.sleep(pause)

    async def _answers_to(self, command: c.DeskCommand) -> list[e.DeskEvent]:
        answers: list[e.DeskEvent] = []
        last: e.Done | e.Refused | None = None

        def hear(answer: Answer) -> None:
            nonlocal last
            if isinstance(answer, e.DeskEvent):
                answers.append(answer)
            elif isinstance(answer, e.Done | e.Refused):
                last = answer

        self._replies.forward(command, hear)
        with trio.fail_after(ANSWER_SECONDS):
            while last is None:
                what = await self._next()
                if isinstance(what, e.Done | e.Refused | e.DeskEvent):
                    delivered = self._replies.deliver(what)
                    if isinstance(what, e.DeskEvent) and not delivered:
                        self._news.append(what)
        if isinstance(last, e.Refused):
            raise CommandRefused(last.code, last.text, retry_after=last.retry_after)
        return answers

    async def next_news(self) -> e.DeskEvent:
        """Return what the server tells next without being asked, however long that takes."""
        while not self._news:
            what = await self._next()
            if isinstance(what, e.DeskEvent):
                self._news.append(what)
        return self._news.popleft()

    async def _next(self) -> object:
        """Return the link's next news. Raises CommandRefused and ConnectionFailed at its end."""
        what = (await self._link.news.receive()).what
        match what:
            case Ending(code=code, text=text, refused=True):
                raise CommandRefused(code, text)
            case Ending(text=text) | Connection(state="connecting" | "reconnecting", text=text):
                raise ConnectionFailed(text)
            case Problem(text=text):
                self._warn(text)
        return what


def run_errand(
    address: Address,
    name: str,
    headline: str,
    *commands: c.DeskCommand,
    warn: Callable[[str], None],
    key: Callable[[], PersonalKey] = personal_key,
) -> list[e.DeskEvent]:
    """Connect to a server, have it carry out commands one after the other; return all answers.

    Raises ConnectionFailed, CommandRefused by the first command that is refused, ConfigError for a
    key that cannot be used. ``warn`` gets what the person should know, in one line.
    """

    async def give_all(errand: Errand) -> list[e.DeskEvent]:
        return [answer for each in commands for answer in await errand.give(each)]

    return trio.run(partial(stay_at, address, name, headline, key(), give_all, warn))


async def stay_at(
    address: Address,
    name: str,
    headline: str,
    key: PersonalKey,
    stay: Callable[[Errand], Awaitable[T]],
    warn: Callable[[str], None],
) -> T:
    """Connect to a server, and return what comes of a stay. Raises as :func:`run_errand` does.

    ``warn`` has to reach the person: it says too that nothing proves the server.
    """
    link = ServerConnection(address, name, headline, key)
    errand, outcome = Errand(link, warn), list[T]()
    failure: RoomcliError | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.run)
        try:
            await errand.arrive()
            outcome.append(await stay(errand))
        except trio.TooSlowError:
            failure = ConnectionFailed(f"no answer from {address.server}: it took too long")
        except RoomcliError as error:
            failure = error
        nursery.cancel_scope.cancel()
    if failure is not None:
        raise failure
    return outcome[0]
