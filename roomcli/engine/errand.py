"""An errand: a short stay at home at a server, for commands that need no room."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import trio

from ..errors import CommandRefused, ConnectionFailed
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.address import Address
from ..protocol.local import Connection
from .keys import PersonalKey, personal_key
from .link import Ending, ServerConnection
from .replies import Answer, PendingReplies

ANSWER_SECONDS = 15.0
"""Seconds that the server may take for each command, and for the first to let the person in."""


def run_errand(
    address: Address,
    name: str,
    headline: str,
    *commands: c.DeskCommand,
    key: Callable[[], PersonalKey] = personal_key,
) -> list[e.DeskEvent]:
    """Connect to a server, have it carry out commands one after the other; return all answers.

    Raises ConnectionFailed, CommandRefused by the first command that is refused, ConfigError for a
    key that cannot be used.
    """
    return trio.run(partial(_errand, address, name, headline, commands, key()))


async def _errand(
    address: Address,
    name: str,
    headline: str,
    commands: tuple[c.DeskCommand, ...],
    key: PersonalKey,
) -> list[e.DeskEvent]:
    link = ServerConnection(address, name, headline, key)
    replies = PendingReplies(link.send)
    answers: list[e.DeskEvent] = []
    failure: CommandRefused | ConnectionFailed | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.run)
        try:
            with trio.fail_after(ANSWER_SECONDS):
                await _welcomed(link)
            for command in commands:
                with trio.fail_after(ANSWER_SECONDS):
                    answers += await _answers(link, replies, command)
        except trio.TooSlowError:
            failure = ConnectionFailed(f"no answer from {address.server}: it took too long")
        except (CommandRefused, ConnectionFailed) as error:
            failure = error
        nursery.cancel_scope.cancel()
    if failure is not None:
        raise failure
    return answers


async def _welcomed(link: ServerConnection) -> None:
    while not isinstance(await _next(link), e.Welcome):
        pass


async def _answers(
    link: ServerConnection, replies: PendingReplies, command: c.DeskCommand
) -> list[e.DeskEvent]:
    """Give one command, and return the answers to it. Raises CommandRefused, ConnectionFailed."""
    answers: list[e.DeskEvent] = []
    last: e.Done | e.Refused | None = None

    def hear(answer: Answer) -> None:
        nonlocal last
        if isinstance(answer, e.DeskEvent):
            answers.append(answer)
        elif isinstance(answer, e.Done | e.Refused):
            last = answer

    replies.forward(command, hear)
    while last is None:
        what = await _next(link)
        if isinstance(what, e.Done | e.Refused | e.DeskEvent):
            replies.deliver(what)
    if isinstance(last, e.Refused):
        raise CommandRefused(last.code, last.text, retry_after=last.retry_after)
    return answers


async def _next(link: ServerConnection) -> object:
    """Return the link's next news. Raises CommandRefused and ConnectionFailed where it ends."""
    what = (await link.news.receive()).what
    match what:
        case Ending(code=code, text=text, refused=True):
            raise CommandRefused(code, text)
        case Ending(text=text) | Connection(state="connecting" | "reconnecting", text=text):
            raise ConnectionFailed(text)
    return what
