"""Runs home in lines on standard input and output, until the user goes into a room or out."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path

from ...protocol import local
from ...signals import heeded
from ..engine_process import EngineProcess
from ..model.open_rooms import HomeServer, HomeServers
from ..outcome import INTERRUPTED, Outcome
from ..shared_engine import SharedEngine
from .home import Entering, PlainHome
from .output import Output
from .typed_lines import typed_lines

Next = Entering | Outcome
"""The room to enter, or how home ended."""


def run_plain_home(
    who: Callable[[str], local.ConnectServer],
    servers: Sequence[HomeServer],
    kept: HomeServers,
    *,
    log: Path,
) -> tuple[Next, Sequence[HomeServer]]:
    """Be at home until the user goes into a room or out; return that, and the servers by then.

    ``who`` says who is at a server, by its URL. What is typed after a line that leads away is left
    to be read by the room.
    """
    try:
        return asyncio.run(_run(who, servers, kept, log))
    except KeyboardInterrupt:
        return Outcome(INTERRUPTED), servers


async def _run(
    who: Callable[[str], local.ConnectServer],
    servers: Sequence[HomeServer],
    kept: HomeServers,
    log: Path,
) -> tuple[Next, Sequence[HomeServer]]:
    shared = SharedEngine(partial(EngineProcess, log=log))
    output, loop = Output(), asyncio.get_running_loop()
    ended: asyncio.Future[Next] = loop.create_future()
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    following: dict[str, asyncio.Task[None]] = {}

    def conclude(outcome: Next) -> None:
        if not ended.done():
            ended.set_result(outcome)

    def leave(room: Entering | None) -> None:
        conclude(room or Outcome(0))

    def follow(server: HomeServer) -> None:
        task = asyncio.create_task(_follow(shared, server.name, who(server.url), plain))
        following[server.name] = task
        task.add_done_callback(partial(_fail_with, ended))

    def unfollow(server: HomeServer) -> None:
        following.pop(server.name).cancel()
        shared.leave_home(server.name)

    plain = PlainHome(
        servers,
        shared.ask,
        output.say,
        leave,
        sign_on=shared.sign_on,
        kept=kept,
        follow=follow,
        unfollow=unfollow,
    )
    shared.hear_at_home = plain.hear
    output.on_end = partial(leave, None)
    for number in heeded((signal.SIGTERM, signal.SIGHUP, signal.SIGINT)):
        loop.add_signal_handler(number, partial(conclude, Outcome(INTERRUPTED)))
    put = lines.put_nowait
    typing = typed_lines(output, put, partial(put, None), plain.completions, one_by_one=True)
    async with typing as read_on:
        for server in servers:
            follow(server)
        obeying = asyncio.create_task(_obey_lines(lines, plain, leave, ended, read_on))
        obeying.add_done_callback(partial(_fail_with, ended))
        try:
            return await ended, plain.servers
        finally:
            obeying.cancel()
            for task in following.values():
                task.cancel()
            await shared.close()


def _fail_with(ended: asyncio.Future[Next], task: asyncio.Task[None]) -> None:
    """End home with what went wrong in a task."""
    if not task.cancelled() and (fault := task.exception()) and not ended.done():
        ended.set_exception(fault)


async def _follow(
    shared: SharedEngine, name: str, server: local.ConnectServer, plain: PlainHome
) -> None:
    async with aclosing(shared.rooms(server)) as news:
        async for each in news:
            plain.hear_news(name, each)


async def _obey_lines(
    lines: asyncio.Queue[str | None],
    plain: PlainHome,
    leave: Callable[[Entering | None], None],
    ended: asyncio.Future[Next],
    read_on: Callable[[], None],
) -> None:
    while (line := await lines.get()) is not None:
        await plain.obey(line)
        if ended.done():
            return
        read_on()
    leave(None)
