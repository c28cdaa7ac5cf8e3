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

from ...protocol import local
from ...signals import heeded
from ..engine_process import Engine, EngineProcess, heard_here
from ..outcome import INTERRUPTED, Outcome
from .room import PlainRoom

LEAVE_WAIT = 2.0
NOT_TEXT = "Not sent, your terminal writes letters in an encoding that is not known here; UTF-8 is"


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
    ``notices`` is what a server of one's own has for its admin; such a server ends with this.
    """
    engine = EngineProcess(replace(enter, levels=False), log=log, command=engine_command)
    output = Output()
    ends_room = notices is not None
    room = PlainRoom(engine, output.say, enter, share_line, ends_room=ends_room)
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(_run(room, engine, output, notices))
    return Outcome(INTERRUPTED)


async def _run(
    room: PlainRoom, engine: Engine, output: Output, notices: local.Notices | None
) -> Outcome:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    output.on_end = stop.set
    for number in heeded((signal.SIGTERM, signal.SIGHUP, signal.SIGINT)):
        loop.add_signal_handler(number, stop.set)
    encoding = getattr(sys.stdin, "encoding", None) or "utf-8"

    def typed(line: bytes | None) -> None:
        if line is None:
            room.end_input()
        elif (text := text_of(line, encoding)) is None:
            output.say(NOT_TEXT)
        else:
            room.obey(text)

    ended, end = os.pipe()
    reading = threading.Thread(target=_read_lines, args=(loop, typed, ended), daemon=True)
    reading.start()
    talking = asyncio.create_task(room.run())
    if notices is not None:
        notices(heard_here(room.receive))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({talking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if talking.done():
            return talking.result()
        room.leave()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(talking, LEAVE_WAIT)
        if output.fault is not None:
            raise output.fault
        return Outcome(INTERRUPTED)
    finally:
        stopping.cancel()
        talking.cancel()
        # What is typed from now on is somebody else's, a password maybe.
        os.close(end)
        reading.join(LEAVE_WAIT)
        os.close(ended)
        await engine.close()


class Output:
    """Standard output; once nobody reads it, ``fault`` says why, and ``on_end`` is called."""

    def __init__(self) -> None:
        self.fault: OSError | None = None
        self.on_end: Callable[[], None] = lambda: None

    def say(self, text: str) -> None:
        """Put out a line; a letter that the encoding lacks is escaped."""
        if self.fault is not None:
            return
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        try:
            print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
        except OSError as fault:
            self.fault = fault
            self.on_end()


def text_of(line: bytes, encoding: str) -> str | None:
    """What was typed, on a terminal of this encoding; None if it is text in neither that nor UTF-8.

    UTF-8 goes first: where it can be read it is hardly ever anything else, and many terminals write
    it whatever the locale says.
    """
    for each in ("utf-8-sig", encoding):
        with contextlib.suppress(UnicodeError, LookupError):
            return line.decode(each)
    return None


def _read_lines(
    loop: asyncio.AbstractEventLoop, typed: Callable[[bytes | None], None], ended: int
) -> None:
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
                if rest:
                    loop.call_soon_threadsafe(typed, rest)
                loop.call_soon_threadsafe(typed, None)
                return
            *lines, rest = (rest + chunk).split(b"\n")
            rest = rest[-4096:]
            for line in lines:
                loop.call_soon_threadsafe(typed, line)
