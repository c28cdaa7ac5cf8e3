"""Runs the plain room on standard input and output until the user leaves it.

It has lines of words instead of a screen: for screen readers, pipes, and terminals that cannot
draw.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from ...protocol import local
from ...protocol.lines import LineSplitter
from ...signals import heeded
from ..engine_process import LEAVE_WAIT, Engine, EngineProcess, heard_here
from ..model.own_devices import KeepDevice, kept_for_now
from ..model.sound_memory import SoundMemory
from ..outcome import INTERRUPTED, Outcome
from .room import PlainRoom

MAX_LINE = 4096
"""Bytes that a typed line may have, as in a terminal."""
TOO_LONG = f"Not sent: a line has {MAX_LINE} bytes at most"
NOT_TEXT = "Not sent, your terminal writes letters in an encoding that is not known here; UTF-8 is"


def run_plain(
    enter: local.Enter,
    *,
    share_line: str | None = None,
    notices: local.Notices | None = None,
    keep_device: KeepDevice = kept_for_now,
    sound: SoundMemory | None = None,
    engine_command: Sequence[str] | None = None,
    log: Path,
) -> Outcome:
    """Enter a room line by line and return when the user has left; end of input leaves the room.

    ``share_line`` is the line for friends, with ``{invite}`` in the place of the room's invite.
    ``notices`` brings what the user's own server has for its admin; such a server ends with this
    process. ``keep_device`` is told which microphone or speakers are chosen, ``sound`` how the
    user's voice is treated.
    """
    # Levels say who speaks.
    opening = replace(enter, levels=True, chimes=enter.chimes is not False)
    engine = EngineProcess(opening, log=log, command=engine_command, mic=enter.mic)
    output = Output()
    ends_room = notices is not None
    room = PlainRoom(
        engine,
        output.say,
        enter,
        share_line,
        ends_room=ends_room,
        keep_device=keep_device,
        sound=sound,
    )
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
    async with typed_lines(output, room.obey, room.end_input):
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
            await engine.close()


@contextlib.asynccontextmanager
async def typed_lines(
    output: Output,
    obey: Callable[[str], None],
    end_input: Callable[[], None],
    *,
    one_by_one: bool = False,
) -> AsyncIterator[Callable[[], None]]:
    """Within the block ``obey`` gets each line that is typed; ``end_input`` is told of the end.

    What is typed after it is for another program, maybe a password. With ``one_by_one`` nothing
    after a line is read before the function is called that the block gets: what follows may be for
    somebody else.
    """
    encoding = getattr(sys.stdin, "encoding", None) or "utf-8"
    turns = threading.Semaphore(0) if one_by_one else None

    def read_on() -> None:
        if turns is not None:
            turns.release()

    def typed(line: bytes | None) -> None:
        if line is None:
            output.say(TOO_LONG)
            read_on()
        elif (text := text_of(line, encoding)) is None:
            output.say(NOT_TEXT)
            read_on()
        else:
            obey(text)

    ended, end = os.pipe()
    loop = asyncio.get_running_loop()
    heard = (loop, typed, end_input, ended, turns)
    reading = threading.Thread(target=_read_lines, args=heard, daemon=True)
    reading.start()
    try:
        yield read_on
    finally:
        os.close(end)
        read_on()
        reading.join(LEAVE_WAIT)
        os.close(ended)


class Output:
    """Standard output; once it cannot be written, ``fault`` says why and ``on_end`` is called."""

    def __init__(self) -> None:
        self.fault: OSError | None = None
        self.on_end: Callable[[], None] = lambda: None

    def say(self, text: str) -> None:
        """Print a line; a character that the encoding lacks is escaped."""
        if self.fault is not None:
            return
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        try:
            print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
        except OSError as fault:
            self.fault = fault
            self.on_end()


def text_of(line: bytes, encoding: str) -> str | None:
    """Return the typed text; None if the bytes are neither UTF-8 nor text in this encoding.

    UTF-8 is tried first: text that can be read as UTF-8 is hardly ever anything else, and many
    terminals write it whatever the locale says.
    """
    for each in ("utf-8-sig", encoding):
        with contextlib.suppress(UnicodeError, LookupError):
            return line.decode(each)
    return None


def _read_lines(
    loop: asyncio.AbstractEventLoop,
    typed: Callable[[bytes | None], None],
    end_input: Callable[[], None],
    ended: int,
    turns: threading.Semaphore | None,
) -> None:
    """Read lines of standard input on a thread, until the other end of ``ended`` is closed.

    ``typed`` gets each line, None for one that is too long; ``end_input`` is called at the end.
    Standard input may be a terminal, a pipe or a file. Reading is unbuffered: what was not read
    stays there. With ``turns`` nothing behind a line is read before the line had its turn, which
    takes reading byte by byte.
    """
    most = 1 if turns is not None else 4096
    lines = LineSplitter(MAX_LINE)
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
        while True:
            try:
                if ended in select.select([0, ended], [], [])[0]:
                    return
                chunk = os.read(0, most)
            except (OSError, ValueError):  # closed
                chunk = b""
            if not chunk:
                if rest := lines.rest():
                    loop.call_soon_threadsafe(typed, rest)
                loop.call_soon_threadsafe(end_input)
                return
            for line in lines.feed(chunk):
                loop.call_soon_threadsafe(typed, line)
                if turns is not None:
                    turns.acquire()
