"""The plain room on standard input and output, until it is left.

Lines of words instead of a screen: for screen readers, pipes, and terminals that cannot draw.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from ..protocol import local
from ..signals import heeded
from .engine_process import Engine, EngineProcess, heard_here
from .outcome import INTERRUPTED, Outcome
from .plain_room import PlainRoom

LEAVE_WAIT = 2.0


def run_plain(
    enter: local.Enter,
    *,
    share_line: str | None = None,
    notices: local.Notices | None = None,
    engine_command: Sequence[str] | None = None,
    log: Path,
) -> Outcome:
    """Be in a room line by line until it is left; end of input leaves it.

    ``share_line`` is the line for friends, with ``{invite}`` where the room's invite goes.
    ``notices`` is what a server of one's own has for its admin.
    """
    engine = EngineProcess(replace(enter, levels=False), log=log, command=engine_command)
    room = PlainRoom(engine, _say, enter, share_line)
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(_run(room, engine, notices))
    return Outcome(INTERRUPTED)


async def _run(room: PlainRoom, engine: Engine, notices: local.Notices | None) -> Outcome:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in heeded((signal.SIGTERM, signal.SIGHUP, signal.SIGINT)):
        loop.add_signal_handler(number, stop.set)

    def typed(line: str | None) -> None:
        if line is None:
            room.end_input()
        else:
            room.obey(line)

    ended, end = os.pipe()
    reading = threading.Thread(target=_read, args=(loop, typed, ended), daemon=True)
    reading.start()
    talking = asyncio.create_task(room.run())
    if notices is not None:
        notices(heard_here(room.take))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({talking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if talking.done():
            return talking.result()
        room.leave()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(talking, LEAVE_WAIT)
        return Outcome(INTERRUPTED)
    finally:
        stopping.cancel()
        talking.cancel()
        # What is typed from now on is somebody else's, a password maybe.
        os.close(end)
        reading.join(LEAVE_WAIT)
        os.close(ended)
        await engine.close()


def _read(loop: asyncio.AbstractEventLoop, typed: Callable[[str | None], None], ended: int) -> None:
    """Lines of standard input, which may be a terminal, a pipe or a file; on a thread.

    Until the other end of ``ended`` is closed. Unbuffered: what was not read stays there.
    """
    rest = b""
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
        while True:
            try:
                if ended in select.select([0, ended], [], [])[0]:
                    return
                chunk = os.read(0, 4096)
            except (OSError, ValueError):  # closed
                chunk = b""
            if not chunk:
                loop.call_soon_threadsafe(typed, None)
                return
            *lines, rest = (rest + chunk).split(b"\n")
            rest = rest[-4096:]
            for line in lines:
                loop.call_soon_threadsafe(typed, line.decode("utf-8", "replace"))


def _say(text: str) -> None:
    print(text, file=sys.stdout, flush=True)
